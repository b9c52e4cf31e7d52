import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BROKEN, bytesOf } from './fixtures.mjs';
import { choose, playground, prepare, transport } from './steps.mjs';

const open = playground();

test('a broken module shows its error at its byte', async () => {
  const page = await open();
  for (const fixture of BROKEN) {
    const bytes = bytesOf(fixture);
    await choose(page, fixture.file, bytes);
    const banner = page.locator('.banner');
    await banner.waitFor();
    assert.ok(await transport(page, 'Run').isDisabled(), fixture.file);
    if (fixture.at < bytes.length) await page.locator(`#byte-${fixture.at}.wrong`).waitFor();
  }
});

test('the error leads to its byte', async () => {
  const page = await open();
  const fixture = BROKEN.find((broken) => broken.file === 'type_mismatch.wasm');
  await choose(page, fixture.file, bytesOf(fixture));
  await page.locator('#byte-0').click();
  await page.getByRole('button', { name: /Go to byte/ }).click();
  await page.locator(`#byte-${fixture.at}.cursor`).waitFor();
});

test('what was decoded before the error is still shown', async () => {
  const page = await open();
  const fixture = BROKEN.find((broken) => broken.file === 'type_mismatch.wasm');
  await choose(page, fixture.file, bytesOf(fixture));
  await page.getByRole('treeitem', { name: /Type/ }).waitFor();
  await page.locator('#byte-0').click();
  await page.getByText('00 61 73 6d').first().waitFor();
});

test('a wrong argument is named, with what was expected', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  const form = await prepare(page, 'add_i32', ['40', 'two']);
  await form.getByRole('button', { name: 'Run' }).click();
  const message = form.getByRole('alert');
  await message.waitFor();
  assert.match(await message.textContent(), /\$b must be i32.*two is no i32: expected an integer from/);
  const field = form.locator('input').nth(1);
  const widths = await form.locator('input').evaluateAll((inputs) => inputs.map((input) => input.offsetWidth));
  assert.equal(widths[0], widths[1], 'the fields keep their places');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  await field.fill('2');
  await message.waitFor({ state: 'detached' });
  await field.press('Enter');
  await page.getByRole('region', { name: 'Result' }).waitFor();
});

test('an example that does not exist is reported, and can be dismissed', async () => {
  const page = await open({ hash: '#module=no_such.wasm' });
  await page.getByText('There is no example called no_such.wasm.').waitFor();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await page.locator('.banner').waitFor({ state: 'detached' });
  await page.getByText('Drop a .wasm file anywhere').waitFor();
});

test('an argument is whatever the runner takes', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  const form = await prepare(page, 'float_bits', ['nan:0x200000']);
  await form.getByRole('button', { name: 'Run' }).click();
  await page.getByRole('region', { name: 'Result' }).waitFor();
});

test('a refusal does not stand below a result', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  const form = await prepare(page, 'add_i32', ['40', '2']);
  await form.getByRole('button', { name: 'Run' }).click();
  await page.getByRole('region', { name: 'Result' }).waitFor();
  await form.locator('input').first().fill('2147483648000');
  await form.getByRole('button', { name: 'Run' }).click();
  await form.getByRole('alert').waitFor();
  assert.equal(await page.getByRole('region', { name: 'Result' }).count(), 0);
});

test('advice on an unknown example is given once', async () => {
  const page = await open({ hash: '#module=no_such.wasm' });
  await page.getByText('There is no example called no_such.wasm.').waitFor();
  assert.equal(await page.getByText('Drop a .wasm file').count(), 1);
});

test('a text file is called one, and nothing is said about it that is not so', async () => {
  const page = await open();
  await choose(page, 'add.wat', Buffer.from('(module (func (export "f")))'));
  const banner = page.locator('.banner');
  await banner.getByText('This file is text, not a binary module').waitFor();
  await banner.getByText('fayasm validate FILE.wat').waitFor();
  assert.equal(await page.getByText(/This module|^WebAssembly 1/).count(), 0);
});

test('a broken module offers nothing to run', async () => {
  const page = await open();
  const fixture = BROKEN.find((broken) => broken.file === 'type_mismatch.wasm');
  await choose(page, fixture.file, bytesOf(fixture));
  await page.locator('.export .label').first().waitFor();
  assert.equal(await page.locator('.export .play svg').count(), 0);
});
