import assert from 'node:assert/strict';
import { test } from 'node:test';
import { now, playground, prepare, reaches, results, steps, transport } from './steps.mjs';

const open = playground();

test('a call is stepped, run on and reset with keys', async () => {
  const page = await open({ hash: '#module=typed_values.wasm&call=sum_to_n,100' });
  await page.getByRole('form', { name: 'Call sum_to_n' }).waitFor();
  await page.keyboard.press('j');
  await now(page).waitFor();
  await page.keyboard.press('j');
  await reaches(page, 1);
  await page.keyboard.press('F10');
  await reaches(page, 2);
  await page.keyboard.press('o');
  await reaches(page, 3);
  await page.keyboard.press('c');
  assert.deepEqual(await results(page), ['5050']);
  await page.keyboard.press('r');
  await reaches(page, 0);
  await now(page).waitFor();
  await page.keyboard.press('u');
  assert.deepEqual(await results(page), ['5050']);
});

test('an endless loop is stopped with a key', async () => {
  for (const key of ['s', 'Escape']) {
    const page = await open({ hash: '#module=spin.wasm' });
    await page.keyboard.press('c');
    await page.getByRole('region', { name: 'Running' }).waitFor();
    await page.keyboard.press(key);
    await now(page).waitFor();
  }
});

test('no key fires while typing', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  const form = await prepare(page, 'add_i32', ['40', '2']);
  await form.locator('input').first().press('End');
  await page.keyboard.press('j');
  await page.keyboard.press('/');
  assert.equal(await form.locator('input').first().inputValue(), '40j/');
  assert.equal(await steps(page), 0);
  assert.equal(await now(page).count(), 0);
});

test('a question mark shows all keys, Escape hides them', async () => {
  const page = await open();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  await dialog.getByText('Step over a call').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.keyboard.press('?');
  await dialog.waitFor();
});

test('a slash brings the keyboard to the search', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
});

test('the structure is walked with arrow keys', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  await page.getByRole('tree').focus();
  await page.keyboard.press('Home');
  const active = () => page.getByRole('tree').getAttribute('aria-activedescendant');
  const first = await active();
  await page.keyboard.press('ArrowDown');
  assert.notEqual(await active(), first);
  const type = page.getByRole('treeitem', { name: /^Type/ });
  assert.equal(await type.getAttribute('aria-expanded'), 'false');
  await page.keyboard.press('ArrowRight');
  await page.locator('[role=treeitem][aria-expanded=true]', { hasText: 'Type' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('.hex [data-at].cursor').waitFor();
});

test('the bytes are walked with arrow keys', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  await page.locator('#byte-5').click();
  for (const [key, at] of [['ArrowRight', 6], ['ArrowDown', 22], ['ArrowLeft', 21], ['ArrowUp', 5], ['Home', 0]]) {
    await page.keyboard.press(key);
    await page.locator(`#byte-${at}.cursor`).waitFor();
  }
});

test('tabs and splitters are moved with arrow keys', async () => {
  const page = await open({ hash: '#module=memory_ops.wasm' });
  await page.getByRole('tab', { name: 'State' }).focus();
  for (const name of ['Breakpoints', 'Memory']) {
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.getByRole('tab', { name }).getAttribute('aria-selected'), 'true');
  }
  const splitter = page.getByRole('separator', { name: 'Width of the module pane' });
  const before = Number(await splitter.getAttribute('aria-valuenow'));
  await splitter.press('ArrowRight');
  assert.equal(Number(await splitter.getAttribute('aria-valuenow')), before + 16);
});

test('search results are reached and opened with the keyboard', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  await page.keyboard.press('/');
  await page.keyboard.type('i32');
  const buttons = page.locator('.results button');
  await buttons.nth(1).waitFor();
  const focused = (index) => buttons.nth(index).evaluate((button) => button === document.activeElement);
  await page.keyboard.press('ArrowDown');
  assert.ok(await focused(0));
  await page.keyboard.press('ArrowDown');
  assert.ok(await focused(1));
  await page.keyboard.press('ArrowUp');
  assert.ok(await focused(0));
  await page.locator('#search').fill('sum_to_n');
  await buttons.first().waitFor();
  await page.locator('#search').press('Enter');
  await page.locator('.code-head', { hasText: 'sum_to_n' }).waitFor();
});

test('the keyboard stays on Step when the last step ends the call', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  const form = await prepare(page, 'add_i32', ['40', '2']);
  await form.getByRole('button', { name: 'Step into' }).click();
  await now(page).waitFor();
  const step = transport(page, 'Step');
  await step.focus();
  for (let guard = 0; guard < 9 && !(await page.getByRole('region', { name: 'Result' }).isVisible()); guard += 1) {
    await page.keyboard.press('Enter');
    await page.waitForTimeout(50);
  }
  assert.ok(await step.isDisabled());
  assert.ok(await step.evaluate((button) => button === document.activeElement));
});

test('Escape closes the list of examples, and no other key acts behind it', async () => {
  const page = await open({ hash: '#module=spin.wasm' });
  await page.getByRole('button', { name: 'Examples' }).click();
  const menu = page.getByRole('dialog', { name: 'Examples' });
  await menu.getByText('hello').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Escape');
  await menu.waitFor({ state: 'hidden' });
  assert.equal(await now(page).count(), 0);
});
