import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BROKEN, MODULES, PROGRAMS, bytesOf, module } from './fixtures.mjs';
import { choose, drag, dropAll, playground, reaches, transport } from './steps.mjs';

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
  for (const fixture of [...MODULES, ...PROGRAMS, ...BROKEN]) {
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

test('a module that needs the whole engine is opened by it, and so are those that follow', async () => {
  const page = await open();
  const fetched = [];
  page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  for (const fixture of [PROGRAMS[0], module('spin.wasm'), PROGRAMS[1]]) {
    await choose(page, fixture.file, bytesOf(fixture));
    await page.getByRole('treeitem', { name: /Code/ }).first().waitFor();
  }
  await page.locator('.notice').waitFor({ state: 'detached' });
  assert.deepEqual(fetched.filter((path) => /engine_bg/.test(path)), ['/engine_bg.wasm']);
});

test('a whole engine that cannot be fetched is reported, leaves what was open, and can be tried again', async () => {
  const page = await open({ hash: '#module=spin.wasm' });
  await page.context().route(/engine_bg/, (route) => route.abort());
  const [program] = PROGRAMS;
  await page.locator('#open').setInputFiles({ name: program.file, mimeType: 'application/wasm', buffer: bytesOf(program) });
  await page.getByRole('alert').getByText('The whole engine could not be fetched.').waitFor();
  assert.equal(await page.locator('.chip strong').textContent(), 'spin.wasm');
  await transport(page, 'Step').click();
  await transport(page, 'Step').click();
  await reaches(page, 1);
  await page.context().unroute(/engine_bg/);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.chip strong', { hasText: program.file }).waitFor();
  await page.locator('.banner').waitFor({ state: 'detached' });
  page.problems.length = 0;
});
