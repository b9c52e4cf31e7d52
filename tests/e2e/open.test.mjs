import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BROKEN, MODULES, PROGRAMS, bytesOf, module } from './fixtures.mjs';
import { choose, chooseExample, drag, dropAll, playground, reaches, results, transport } from './steps.mjs';

const open = playground();

test('every example of the menu opens', async () => {
  const page = await open();
  for (const fixture of [...MODULES, ...PROGRAMS, ...BROKEN]) await chooseExample(page, fixture);
});

test('the address names the example', async () => {
  const page = await open({ hash: '#module=recursion.wasm' });
  assert.equal(await page.locator('.chip strong').textContent(), 'recursion.wasm');
});

test('the address names a call, which stays in it and whose code is shown', async () => {
  const page = await open({ hash: '#module=recursion.wasm&call=is_even,2000' });
  await page.locator('.code-head', { hasText: 'is_even' }).waitFor();
  await page.waitForTimeout(600);
  assert.match(await page.evaluate(() => location.hash), /call=is_even,2000/);
  await page.reload();
  await page.locator('.code-head', { hasText: 'is_even' }).waitFor();
  // Deep recursion is no mistake.
  await transport(page, 'Run').click();
  assert.deepEqual(await results(page), ['1']);
});

test('a file dropped anywhere is opened, and the page shows that it will be', async () => {
  const page = await open();
  const fixture = module('typed_values.wasm');
  await drag(page, 'dropped.wasm', bytesOf(fixture), ['dragover']);
  await page.getByText('Drop it to open it').waitFor();
  await drag(page, 'dropped.wasm', bytesOf(fixture), ['drop']);
  await page.locator('.chip strong', { hasText: 'dropped.wasm' }).waitFor();
  await page.getByText('Drop it to open it').waitFor({ state: 'detached' });
  await page.locator('.export', { hasText: 'add_i32' }).waitFor();
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
  // Bytes are told apart by where they lie: behind the head, types are the first section.
  await page.getByRole('searchbox').fill('01 00 00 00');
  await page.locator('.results').getByRole('button', { name: /0x0004 · Header/ }).waitFor();
});

test('the page follows the address, and Back leads to the module before', async () => {
  const page = await open({ hash: '#module=spin.wasm' });
  const chip = (name) => page.locator('.chip strong', { hasText: name }).waitFor();
  const move = (hash) => page.evaluate((hash) => { location.hash = hash; }, hash);
  await move('#module=typed_values.wasm&call=sum_to_n,100&step=40');
  await chip('typed_values.wasm');
  await reaches(page, 40);
  await move('#module=typed_values.wasm&call=sum_to_n,100&step=12');
  await reaches(page, 12);

  await page.getByRole('button', { name: 'Examples' }).click();
  await page.locator('#examples').getByRole('button', { name: module('traps.wasm').title }).first().click();
  await chip('traps.wasm');
  await page.goBack();
  await chip('typed_values.wasm');
  await reaches(page, 12);
  await page.goForward();
  await chip('traps.wasm');
  assert.match(page.url(), /module=traps\.wasm/);
});

test('Back leads to where no module was open', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Try an example' }).click();
  await page.locator('.chip strong').waitFor();
  await page.waitForFunction(() => location.hash.includes('module='));
  await page.goBack();
  await page.locator('.welcome').waitFor();
  assert.equal(await page.locator('.chip strong').count(), 0);
});

test('what makes no sense in an address is said', async () => {
  for (const [hash, said] of [
    ['&call=nobody,1&at=zz', /Ignored in the address.*at=zz, call=nobody/],
    ['&call=add_i32,40,2&step=soon', /Ignored in the address.*step=soon/],
    ['&at=0xffffff', /Ignored in the address.*at=0xffffff/],
  ]) {
    const page = await open({ hash: `#module=typed_values.wasm${hash}` });
    await page.getByRole('alert').getByText(said).waitFor();
  }
});

test('of files dropped together the first is on show, and the others are there to be linked', async () => {
  const page = await open();
  const bytes = bytesOf(MODULES[0]);
  await dropAll(page, { 'add.wasm': bytes, 'other.wasm': bytes });
  await page.locator('.chip strong', { hasText: 'add.wasm' }).waitFor();
  await page.getByRole('tab', { name: 'Imports' }).click();
  const loaded = page.getByRole('region', { name: 'Loaded modules' }).getByRole('listitem');
  assert.deepEqual(await loaded.locator('code').allTextContents(), ['add.wasm', 'other.wasm']);
});
