import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BROKEN, MODULES, bytesOf, module } from './fixtures.mjs';
import { choose, drag, playground } from './steps.mjs';

const open = playground();

test('the page opens with an example and its first call filled in', async () => {
  const page = await open();
  const name = await page.locator('.chip strong').textContent();
  assert.ok(MODULES.some((module) => module.file === name), name);
  assert.ok(await page.getByRole('button', { name: 'Run', exact: true }).first().isEnabled());
  await page.getByRole('treeitem', { name: /Code/ }).first().waitFor();
});

test('every example of the menu opens', async () => {
  const page = await open();
  for (const fixture of [...MODULES, ...BROKEN]) {
    await page.getByRole('button', { name: 'Examples' }).click();
    await page.locator('#examples').getByRole('button', { name: fixture.title }).first().click();
    await page.locator('.chip strong', { hasText: fixture.file }).waitFor();
  }
});

test('the address names the example', async () => {
  const page = await open({ hash: '#module=recursion.wasm' });
  assert.equal(await page.locator('.chip strong').textContent(), 'recursion.wasm');
});

test('a file dropped anywhere is opened, and the page shows that it will be', async () => {
  const page = await open();
  const fixture = module('typed_values.wasm');
  await drag(page, 'dropped.wasm', bytesOf(fixture), ['dragover']);
  await page.getByText('Drop it to open it').waitFor();
  await drag(page, 'dropped.wasm', bytesOf(fixture), ['drop']);
  await page.locator('.chip strong', { hasText: 'dropped.wasm' }).waitFor();
  await page.getByText('Drop it to open it').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /add_i32/ }).waitFor();
});

test('a file is opened with the button', async () => {
  const page = await open();
  await choose(page, 'chosen.wasm', bytesOf(module('typed_values.wasm')));
  await page.getByRole('button', { name: /scale_i64/ }).waitFor();
});

test('a search finds an entry and goes to it', async () => {
  const page = await open({ hash: '#module=recursion.wasm' });
  await page.getByRole('searchbox').fill('ACKER');
  await page.locator('.results').getByRole('button', { name: /ackermann/ }).first().click();
  await page.locator('.code-head', { hasText: 'ackermann' }).waitFor();
});
