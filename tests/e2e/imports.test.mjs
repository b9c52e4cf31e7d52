import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, library, module } from './fixtures.mjs';
import { choose, chooseImport, dropAll, now, playground, prepare, results, transport } from './steps.mjs';

const open = playground();
const HOST_IMPORT = module('host_import.wasm');
const MULTIPLIES = library('i32', [0x20, 0x00, 0x20, 0x01, 0x6c]);
const TAKES_FLOATS = library('f32', [0x41, 0x00]);

/** Opens the module that imports a function, and binds that. */
async function bound(open, how, values = []) {
  const page = await open({ hash: '#module=host_import.wasm' });
  await chooseImport(page, 'env.host_add', how, values);
  return page;
}

async function run(page, name, values) {
  await page.getByRole('tab', { name: 'State' }).click();
  const form = await prepare(page, name, values);
  await form.getByRole('button', { name: 'Run' }).click();
}

test('every import is listed with its type and with who has it', async () => {
  const page = await open({ hash: '#module=imports.wasm' });
  await page.getByRole('tab', { name: 'Imports' }).click();
  const rows = page.getByRole('region', { name: 'Imports' }).locator('.import');
  assert.equal(await rows.count(), 5);
  assert.match(await rows.first().textContent(), /env\.host_add.*func \(i32, i32\) → i32.*from the sample host/);
  assert.match(await rows.nth(1).textContent(), /env\.memory.*memory 1 to 4 pages/);
  await rows.nth(1).getByRole('button').click();
  await page.locator('[data-at].cursor, .cursor').first().waitFor();
});

test('an imported function returns the constant that was typed', async () => {
  const page = await bound(open, /returns constants/, ['1234']);
  await run(page, 'run', ['1', '2']);
  assert.deepEqual(await results(page), ['1234']);
});

test('a constant of another type is told at its import', async () => {
  const page = await bound(open, /returns constants/, ['many']);
  await page.locator('.import').getByText('many is no i32').waitFor();
  await run(page, 'run', ['1', '2']);
  await page.getByRole('alert').getByText(/many is no i32/).waitFor();
});

test('calls are noted with their arguments and results, the latest first', async () => {
  const page = await bound(open, /notes its calls/, ['5']);
  await run(page, 'sum_on_the_host', ['3']);
  assert.deepEqual(await results(page), ['5']);
  const noted = await page.getByRole('region', { name: 'Calls of imports' }).locator('li').allTextContents();
  assert.deepEqual(noted, ['env.host_add(5, 1) → 5', 'env.host_add(5, 2) → 5', 'env.host_add(0, 3) → 5']);
});

test('an imported function traps when it is called', async () => {
  const page = await bound(open, /traps when called/);
  await page.getByRole('tab', { name: 'State' }).click();
  await page.getByText('1 imported function traps when called.').waitFor();
  await run(page, 'run', ['1', '2']);
  await page.getByRole('region', { name: 'Trap' }).getByText(/env\.host_add/).waitFor();
});

test('a person is asked for the results of each call, and the run goes on with them', async () => {
  const page = await bound(open, /asks you each time/);
  await run(page, 'sum_on_the_host', ['2']);
  const form = page.getByRole('form', { name: 'Answer a call' });
  await form.getByText('env.host_add(0, 2)').waitFor();
  const field = form.getByRole('textbox', { name: 'Result 0' });
  assert.ok(await field.evaluate((field) => field === document.activeElement), 'it can be answered from the keyboard');
  await page.keyboard.type('ten');
  await page.keyboard.press('Enter');
  await form.getByRole('alert').getByText('ten is no i32').waitFor();
  await field.fill('10');
  await field.press('Enter');
  await form.getByText('env.host_add(10, 1)').waitFor();
  assert.equal(await field.inputValue(), '', 'the field is empty again');
  await page.keyboard.type('77');
  await page.keyboard.press('Enter');
  assert.deepEqual(await results(page), ['77']);
  await form.waitFor({ state: 'detached' });
});

test('an answer while stepping executes the call alone', async () => {
  const page = await bound(open, /asks you each time/);
  await page.getByRole('tab', { name: 'State' }).click();
  await prepare(page, 'run', ['1', '2']);
  for (let step = 0; step < 4; step += 1) await transport(page, 'Step').click();
  const form = page.getByRole('form', { name: 'Answer a call' });
  await form.getByRole('textbox').fill('9');
  await form.getByRole('button', { name: 'Answer' }).click();
  await form.waitFor({ state: 'detached' });
  await page.locator('.code-row.now', { hasText: 'end' }).waitFor();
});

test('an imported global has the value that was typed', async () => {
  const page = await open({ hash: '#module=imports.wasm' });
  await chooseImport(page, 'env.cursor', /a new one/, ['100']);
  await run(page, 'advance', ['5']);
  assert.deepEqual(await results(page), ['105']);
});

test('two modules dropped together are linked, and steps lead from one into the other', async () => {
  const page = await open();
  await dropAll(page, { 'host_import.wasm': bytesOf(HOST_IMPORT), 'env.wasm': MULTIPLIES });
  await page.locator('.chip strong', { hasText: 'host_import.wasm' }).waitFor();
  await run(page, 'run', ['6', '7']);
  assert.deepEqual(await results(page), ['42']);
  await prepare(page, 'run', ['6', '7']);
  await page.getByRole('form', { name: 'Call run' }).getByRole('button', { name: 'Step into' }).click();
  await now(page).waitFor();
  for (let step = 0; step < 3; step += 1) await transport(page, 'Step').click();
  await page.locator('.code-head', { hasText: 'in env.wasm' }).waitFor();
  await page.locator('.code-row.now', { hasText: 'local.get' }).waitFor();
  const frames = await page.getByRole('region', { name: 'Call frames' }).locator('.row').allTextContents();
  assert.equal(frames.length, 2);
  assert.match(frames[0], /in env\.wasm/);
  await transport(page, 'Step out').click();
  await page.locator('.code-head', { hasText: 'run' }).waitFor();
  assert.equal(await page.locator('.elsewhere').count(), 0);
});

test('an export of another type is told at the import, which leads to its bytes', async () => {
  const page = await open();
  await dropAll(page, { 'host_import.wasm': bytesOf(HOST_IMPORT), 'env.wasm': TAKES_FLOATS });
  await page.locator('.chip strong', { hasText: 'host_import.wasm' }).waitFor();
  await page.getByRole('tab', { name: 'Imports' }).click();
  await page.locator('.import').getByText(/wants func \(i32, i32\).*env\.wasm has func \(f32, f32\)/).waitFor();
  await run(page, 'run', ['1', '2']);
  await page.getByRole('alert').getByText(/env\.host_add`? is not satisfied/).waitFor();
  await page.getByRole('article', { name: 'What this byte means' }).getByText(/import 0/).first().waitFor();
});

test('a module is added, shown, and removed again', async () => {
  const page = await open();
  await choose(page, 'host_import.wasm', bytesOf(HOST_IMPORT));
  await page.getByRole('tab', { name: 'Imports' }).click();
  const loaded = page.getByRole('region', { name: 'Loaded modules' });
  await loaded.locator('input[type=file]').setInputFiles({ name: 'env.wasm', mimeType: 'application/wasm', buffer: MULTIPLIES });
  await page.locator('.import', { hasText: 'from env.wasm' }).waitFor();
  await loaded.getByRole('button', { name: 'Show env.wasm' }).click();
  await page.locator('.chip strong', { hasText: 'env.wasm' }).waitFor();
  await page.getByRole('tab', { name: 'Imports' }).click();
  await loaded.getByRole('button', { name: 'Show host_import.wasm' }).click();
  await page.locator('.chip strong', { hasText: 'host_import.wasm' }).waitFor();
  await page.getByRole('tab', { name: 'Imports' }).click();
  await loaded.getByRole('button', { name: 'Remove env.wasm' }).click();
  await page.locator('.import', { hasText: 'from the sample host' }).waitFor();
  await run(page, 'run', ['6', '7']);
  assert.deepEqual(await results(page), ['13']);
});

test('the order of files does not matter, a module can be renamed, and an import leads to its function', async () => {
  const page = await open();
  await dropAll(page, { 'other.wasm': MULTIPLIES, 'host_import.wasm': bytesOf(HOST_IMPORT) });
  await page.locator('.chip strong', { hasText: 'other.wasm' }).waitFor();
  await dropAll(page, { 'env.wasm': MULTIPLIES, 'host_import.wasm': bytesOf(HOST_IMPORT) });
  await page.locator('.chip strong', { hasText: 'host_import.wasm' }).waitFor();
  await page.getByRole('tab', { name: 'Imports' }).click();
  await page.getByRole('button', { name: 'Show it in env.wasm' }).click();
  await page.locator('.code-head').getByText('host_add').waitFor();
  await page.locator('.code-head .elsewhere').getByText('env.wasm').waitFor();
  await page.getByLabel('Name that env.wasm is imported by').fill('else');
  await page.getByLabel('Name that env.wasm is imported by').press('Enter');
  await page.getByRole('button', { name: 'Show it in env.wasm' }).waitFor({ state: 'detached' });

  await page.getByLabel('Add a module to link with').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no') });
  await page.getByText('notes.txt is not a WebAssembly module').waitFor();
});
