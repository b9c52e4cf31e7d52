import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE } from './browser.mjs';
import { now, playground, results, transport } from './steps.mjs';

const open = playground();
const SMALLEST_TARGET = 40;
const PANES = ['Module', 'Code', 'Bytes', 'State'];

test('one pane is shown at a time, and the transport stays', async () => {
  const page = await open({ viewport: PHONE, hash: '#module=typed_values.wasm' });
  const bar = page.getByRole('navigation', { name: 'Panes' });
  for (const name of PANES) {
    await bar.getByRole('button', { name }).click();
    const shown = await page.locator('.pane').evaluateAll((panes) => panes.filter((pane) => pane.offsetHeight > 0).map((pane) => pane.getAttribute('aria-label')));
    assert.deepEqual(shown, [name]);
    assert.ok(await transport(page, 'Run').isVisible());
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width, `${name} fits`);
  }
});

test('targets are large enough for a finger', async () => {
  const page = await open({ viewport: PHONE, hash: '#module=typed_values.wasm' });
  for (const name of PANES) {
    await page.getByRole('navigation', { name: 'Panes' }).getByRole('button', { name }).click();
    const small = await page.evaluate((smallest) => {
      const targets = [...document.querySelectorAll('button, select, input:not([type=file]), [role=treeitem], [role=option]')];
      return targets
        .map((target) => [target.getBoundingClientRect(), target])
        .filter(([box]) => box.height > 0 && box.height < smallest)
        .map(([box, target]) => `${target.className} ${target.textContent.slice(0, 20)}: ${box.height}`);
    }, SMALLEST_TARGET);
    assert.deepEqual(small, [], name);
  }
});

test('a call is made with a thumb', async () => {
  const page = await open({ viewport: PHONE, hasTouch: true, hash: '#module=typed_values.wasm' });
  const bar = page.getByRole('navigation', { name: 'Panes' });
  await bar.getByRole('button', { name: 'Module' }).tap();
  await page.getByRole('button', { name: /add_i32/ }).tap();
  const form = page.getByRole('form', { name: 'Call add_i32' });
  await form.locator('input').first().fill('40');
  await form.locator('input').last().fill('2');
  await form.getByRole('button', { name: 'Step into' }).tap();
  await bar.getByRole('button', { name: 'Code' }).tap();
  await now(page).waitFor();
  await transport(page, 'Continue').tap();
  await bar.getByRole('button', { name: 'State' }).tap();
  assert.deepEqual(await results(page), ['42']);
});

test('how a call ended is said on every pane', async () => {
  for (const [hash, said] of [
    ['#module=typed_values.wasm&call=add_i32,40,2', /Finished: 42 · step \d/],
    ['#module=traps.wasm&call=outer,0', /Trap: integer divide by zero · step \d/],
  ]) {
    const page = await open({ viewport: PHONE, hash });
    await transport(page, 'Run').click();
    const line = page.getByRole('button', { name: said });
    await line.click();
    await page.locator('.outcome').waitFor();
  }
});
