import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE } from './browser.mjs';
import { now, playground, results, transport } from './steps.mjs';

const open = playground();
const SMALLEST_TARGET = 40;
const PANES = ['Module', 'Code', 'Bytes', 'State'];
/** The panes of a module and those of a program. */
const MODULES = [
  ['typed_values.wasm', PANES],
  ['count.wasm', [...PANES, 'Terminal']],
];

test('one pane is shown at a time, and the transport stays', async () => {
  for (const [file, panes] of MODULES) {
    const page = await open({ viewport: PHONE, hash: `#module=${file}` });
    const bar = page.getByRole('navigation', { name: 'Panes' });
    for (const name of panes) {
      await bar.getByRole('button', { name }).click();
      const shown = await page.locator('.pane').evaluateAll((panes) => panes.filter((pane) => pane.offsetHeight > 0).map((pane) => pane.getAttribute('aria-label')));
      assert.deepEqual(shown, [name]);
      assert.ok(await transport(page, 'Run').isVisible());
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width, `${name} fits`);
    }
  }
});

test('targets are large enough for a finger', async () => {
  for (const [file, panes] of MODULES) {
    const page = await open({ viewport: PHONE, hash: `#module=${file}` });
    for (const name of panes) {
      await page.getByRole('navigation', { name: 'Panes' }).getByRole('button', { name }).click();
      const small = await page.evaluate((smallest) => {
        const targets = [...document.querySelectorAll('button, select, input:not([type=file]), [role=treeitem], [role=option]')];
        return targets
          .map((target) => [target.getBoundingClientRect(), target])
          .filter(([box]) => box.height > 0 && box.height < smallest)
          .map(([box, target]) => `${target.className} ${target.textContent.slice(0, 20)}: ${box.height}`);
      }, SMALLEST_TARGET);
      assert.deepEqual(small, [], `${file}, ${name}`);
    }
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

test('every pane has room in any window', async () => {
  for (const [width, height] of [[768, 1024], [844, 390], [1024, 700]]) {
    const page = await open({ viewport: { width, height }, hash: '#module=typed_values.wasm' });
    const show = async (name) => {
      const button = page.getByRole('navigation', { name: 'Panes' }).getByRole('button', { name });
      if (await button.isVisible()) await button.click();
    };
    const size = `${width}×${height}`;
    const chip = await page.locator('.chip strong').boundingBox();
    const buttons = await page.locator('.transport').boundingBox();
    assert.ok(chip.x + chip.width <= buttons.x || chip.y + chip.height <= buttons.y, `${size}: the chip stands clear`);
    await show('Code');
    const list = await page.locator('.list.code').boundingBox();
    const mnemonic = await page.locator('.code-row .mnemonic').first().boundingBox();
    assert.ok(mnemonic.x + mnemonic.width <= list.x + list.width, `${size}: mnemonics are in sight`);
    const row = await page.locator('.code-row').first().boundingBox();
    assert.ok(list.height >= 4 * row.height, `${size}: ${list.height / row.height} rows of code`);
    await show('Bytes');
    const hex = await page.locator('.list.hex').boundingBox();
    const last = await page.locator('.list.hex [data-at]').nth(15).boundingBox();
    assert.ok(last.x + last.width <= hex.x + hex.width, `${size}: sixteen columns are in sight`);
    assert.ok(hex.height >= 80, `${size}: ${hex.height} pixels of bytes`);
  }
});
