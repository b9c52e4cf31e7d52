import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameTimes, told } from './frames.mjs';
import { largeModule } from './large.mjs';
import { choose, playground } from './steps.mjs';

const open = playground();
const SIZE = 20 * 1024 * 1024;

test('a module of 20 MB opens, and its bytes scroll', async () => {
  const page = await open();
  const bytes = largeModule(SIZE);
  const began = performance.now();
  await choose(page, 'large.wasm', bytes);
  console.log(`opened ${(bytes.length / 1e6).toFixed(1)} MB in ${(performance.now() - began).toFixed(0)} ms`);

  const list = page.getByRole('grid', { name: 'Bytes of the module' });
  await list.hover();
  const frames = frameTimes(page, 2000);
  for (let turn = 0; turn < 40; turn += 1) {
    await page.mouse.wheel(0, 400);
    await page.waitForTimeout(16);
  }
  console.log(`frame times while scrolling: ${told(await frames)}`);
  await page.waitForFunction(() => Number(document.querySelector('.hex [data-at]')?.dataset.at) > 1000);
  assert.ok((await list.locator('.hex-row').count()) < 80, 'only rows in sight are drawn');

  await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await page.locator(`#byte-${bytes.length - 1}`).waitFor();
});

test('the last function of a module of 20 MB is found in its structure', async () => {
  const page = await open();
  await choose(page, 'large.wasm', largeModule(SIZE));
  const tree = page.getByRole('tree');
  await tree.getByRole('treeitem', { name: /^Code/ }).click();
  await tree.focus();
  await page.keyboard.press('End');
  await tree.getByRole('treeitem', { level: 2 }).last().click();
  await page.locator('.code-row').first().waitFor();
});
