// What functions are translated to, beside their instructions, and which are executed how.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE } from './browser.mjs';
import { now, playground, reaches, results, transport } from './steps.mjs';

const open = playground();

const button = (page) => page.getByRole('button', { name: 'Microcode', exact: true });
const list = (page) => page.getByRole('listbox', { name: 'Microcode' });
const operator = (page, text) => list(page).getByRole('option').filter({ hasText: text });
const instructions = (page) => page.getByRole('listbox', { name: 'Instructions' });
const texts = (rows) => rows.locator('.text').allTextContents();

async function factorial(options = {}) {
  const page = await open({ hash: '#module=recursion.wasm&call=factorial,5', ...options });
  await page.locator('.code-row', { hasText: 'i64.mul' }).waitFor();
  return page;
}

test('operators stand beside the instructions that they stand for, and say what they cost', async () => {
  const page = await factorial();
  await button(page).click();
  await operator(page, 'return').waitFor();
  assert.deepEqual(await texts(list(page).getByRole('option')), [
    'if i64.ne $n, 0 → 5',
    't0 ← 1',
    'jump → 10',
    't1 ← i64.add $n, -1',
    't0 ← $n',
    't1 ← call $factorial t1',
    't0 ← i64.mul t0, t1',
    'return t0',
  ]);
  assert.equal(
    (await page.locator('.microcode-head').textContent()).trim(),
    '8 operators, 0.62 an instruction · 88 B, 4.40 a byte',
  );
  await button(page).click();
  await list(page).waitFor({ state: 'detached' });
  await page.keyboard.press('m');
  await list(page).waitFor();
});

test('pointing at one shows the others', async () => {
  const page = await factorial();
  await button(page).click();
  await operator(page, 'i64.add').hover();
  assert.deepEqual(await texts(page.locator('.code-row.soft')), [
    'local.get $n',
    'local.get $n',
    'i64.const 1',
    'i64.sub',
  ]);
  assert.equal(await page.locator('.hex-row .soft').count(), 7);
  await instructions(page).getByRole('option').filter({ hasText: 'i64.eqz' }).hover();
  assert.deepEqual(await texts(page.locator('.operator-row.soft')), ['if i64.ne $n, 0 → 5']);
});

test('what is clicked on is selected on every side, also with keys', async () => {
  const page = await factorial();
  await button(page).click();
  await operator(page, 'i64.mul').click();
  await page.locator('.code-row.selected', { hasText: 'i64.mul' }).waitFor();
  await list(page).press('ArrowUp');
  await page.locator('.operator-row.selected', { hasText: 'call $factorial' }).waitFor();
  const selected = page.locator('.operator-row.selected');
  assert.deepEqual(await texts(selected), ['t0 ← $n', 't1 ← call $factorial t1']);
  await page.locator('.code-row.selected', { hasText: 'call $factorial' }).waitFor();
  await list(page).press('ArrowDown');
  await page.locator('.operator-row.selected', { hasText: 'i64.mul' }).waitFor();
});

test('the run is followed', async () => {
  const page = await factorial();
  await button(page).click();
  await transport(page, 'Step').click();
  await now(page).waitFor();
  const current = page.locator('.operator-row.now');
  assert.deepEqual(await texts(current), ['if i64.ne $n, 0 → 5']);
  for (let step = 1; step <= 5; step += 1) {
    await transport(page, 'Step').click();
    await reaches(page, step);
  }
  assert.deepEqual(await texts(current), ['t1 ← i64.add $n, -1']);
  assert.equal(await current.getAttribute('aria-current'), 'step');
});

test('a call of a host function leaves microcode', async () => {
  const page = await open({ hash: '#module=host_import.wasm&call=run' });
  await transport(page, 'Step').click();
  await now(page).waitFor();
  await button(page).click();
  await operator(page, 'leave').first().waitFor();
});

test('the tier is chosen at any time, and functions say how they are executed', async () => {
  const page = await open({ hash: '#module=recursion.wasm&call=ackermann,2,9' });
  const tier = page.getByRole('toolbar', { name: 'Run and step' }).getByRole('combobox', { name: 'Tier' });
  const functions = page.locator('.tiers .function');
  await tier.selectOption('Stepper');
  await page.getByRole('tab', { name: 'Tiers' }).click();
  await page.getByText('once a call is started').waitFor();
  await page.getByRole('tab', { name: 'State' }).click();
  await transport(page, 'Run').click();
  assert.deepEqual(await results(page), ['21']);
  await page.getByRole('tab', { name: 'Tiers' }).click();
  await page.getByText('0 translated').waitFor();

  await tier.selectOption('Microcode');
  await transport(page, 'Run').click();
  await page.getByText('1 translated').waitFor();
  assert.match(await functions.first().textContent(), /^ackermann.*microcode, \d+ bytes.*translated at once$/);
  await functions.first().click();
  await page.locator('.code-head h2', { hasText: 'ackermann' }).waitFor();
  await page.getByRole('tab', { name: 'State' }).click();
  assert.deepEqual(await results(page), ['21']);
});

test('on a telephone, microcode stands below the code, and the tier is chosen in its tab', async () => {
  const page = await factorial({ viewport: PHONE });
  await page.getByRole('button', { name: 'Code', exact: true }).click();
  await button(page).click();
  const [above, below] = [await instructions(page).boundingBox(), await list(page).boundingBox()];
  assert.ok(above.y + above.height <= below.y, 'one above the other');
  assert.ok(above.height > 120 && below.height > 120, `${above.height} and ${below.height}`);
  await page.getByRole('button', { name: 'State', exact: true }).click();
  await page.getByRole('tab', { name: 'Tiers' }).click();
  await page.locator('.tiers').getByRole('combobox', { name: 'Tier' }).selectOption('Stepper');
  await page.getByText('The stepper executes everything.').waitFor();
});
