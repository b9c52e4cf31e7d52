import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { module, bytesOf } from './fixtures.mjs';
import { choose, playground, prepare } from './steps.mjs';

const open = playground();
const LINES = new URL('../../core/dwarf/tests/lines.wasm', import.meta.url);

test('a module compiled with -g shows the lines of its source code', async () => {
  const page = await open();
  const fetched = [];
  page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  await choose(page, 'typed_values.wasm', bytesOf(module('typed_values.wasm')));
  await page.locator('.export', { hasText: 'add_i32' }).waitFor();
  assert.ok(!fetched.some((path) => path.includes('lines')), 'nobody needs lines here');

  await choose(page, 'lines.wasm', readFileSync(LINES));
  // The function on show is drawn before anybody knows its lines.
  await page.locator('.code-row .source', { hasText: 'lines.c:13' }).first().waitFor();
  const form = await prepare(page, 'checked', ['0']);
  await form.getByRole('button', { name: 'Run' }).click();
  await page.locator('.code-row.now', { hasText: 'div' }).waitFor();
  const source = page.locator('.code-row .source', { hasText: 'lines.c:' }).first();
  await source.waitFor();
  assert.match(await source.getAttribute('title'), /source\/lines\.c:\d+/);
  await page.locator('.frames', { hasText: /lines\.c:13/ }).first().waitFor();
});

test('functions have the names that they have in the source code', async () => {
  const page = await open({ hash: '#module=json.wasm' });
  await page.locator('.code-head').waitFor();
  const found = page.locator('.results').getByRole('button', { name: /json::Parser::document/ });
  // They come a moment later than the module.
  for (let guard = 0; guard < 20 && (await found.count()) === 0; guard += 1) {
    await page.getByRole('searchbox').fill('json::parser::doc');
    await page.waitForTimeout(250);
    if ((await found.count()) === 0) await page.getByRole('searchbox').fill('');
  }
  await found.first().click();
  await page.locator('.code-head h2', { hasText: 'json::Parser::document' }).waitFor();
  const called = page.locator('.code-row .operands', { hasText: ' $json::Parser::' }).first();
  assert.match(await called.getAttribute('title'), /^_(R|ZN).*json/);
});
