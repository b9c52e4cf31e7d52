// A run as a file, the hashes of its states, and its calls.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PHONE } from './browser.mjs';
import { playground, reaches, steps, transport } from './steps.mjs';

const open = playground();
const ROOT = new URL('../..', import.meta.url).pathname;

const timeline = (page) => page.getByRole('region', { name: 'Timeline' });
const form = (page) => page.getByRole('form', { name: 'Save the run' });
const calls = (page) => page.getByRole('listbox', { name: 'Calls over time' });

/** A run that has ended, with its calls and what saves it on show. */
async function ran(hash, options = {}) {
  const page = await open({ hash, ...options });
  await transport(page, 'Run').click();
  await page.locator('.outcome').first().waitFor({ state: 'attached' });
  await timeline(page).getByRole('button', { name: 'Calls, saving' }).click();
  await calls(page).getByRole('option').first().waitFor();
  return page;
}

/** What is saved, as text. */
async function save(page, button) {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    form(page).getByRole('button', { name: button }).click(),
  ]);
  return [download.suggestedFilename(), readFileSync(await download.path(), 'utf8')];
}

/** The runner, where it was built; `FAYASM`, or the one of the workspace. */
function runner() {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
  const found = [process.env.FAYASM, join(target, 'debug/fayasm'), join(target, 'release/fayasm')];
  return found.find((path) => path && existsSync(path));
}

const run = (words) => execFileSync(runner(), words, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
const fixture = (file) => join(ROOT, 'fixtures/wasm', file);
const objects = (text) => text.trimEnd().split('\n').map((line) => JSON.parse(line));

test('a trace is saved as a file, with a line for each instruction', async () => {
  const page = await ran('#module=recursion.wasm&call=fib,10');
  const end = await steps(page);
  const [name, text] = await save(page, 'Save trace');
  assert.equal(name, 'trace.jsonl');
  const lines = objects(text);
  assert.equal(lines.length, end + 1);
  assert.deepEqual(lines.at(-1), { end: 'done', executed: end, results: ['i32:55'] });
  await form(page).getByRole('combobox', { name: 'Format' }).selectOption('CSV');
  await form(page).getByLabel('instructions').fill('11');
  await form(page).getByLabel('to', { exact: true }).fill('20');
  const [csvName, csv] = await save(page, 'Save trace');
  assert.equal(csvName, 'trace.csv');
  const rows = csv.trimEnd().split('\r\n');
  assert.deepEqual(rows.slice(1).map((row) => row.split(',')[0]), lines.slice(10, 20).map(({ step }) => String(step)));
  assert.equal(await steps(page), end, 'the run stands where it stood');
});

test('the runner writes the same trace and the same hashes', { skip: !runner() }, async () => {
  for (const [file, call, words] of [
    ['recursion.wasm', 'fib,12', ['fib', '12']],
    ['traps.wasm', 'outer,0', ['outer', '0']],
    ['memory_ops.wasm', 'sort_checksum', ['sort_checksum']],
    ['json.wasm', 'round_trip,3', ['round_trip', '3']],
  ]) {
    const page = await ran(`#module=${file}&call=${call}`);
    const [, trace] = await save(page, 'Save trace');
    await form(page).getByRole('combobox', { name: 'What to save' }).selectOption('Hashes');
    await form(page).getByLabel('every').fill('500');
    const [name, hashes] = await save(page, 'Save hashes');
    assert.equal(name, 'hashes.jsonl');
    const native = (options) => {
      try {
        return objects(run(['trace', fixture(file), ...words, ...options]));
      } catch (failed) {
        return objects(failed.stdout);
      }
    };
    const plain = ({ demangled, source, backtrace, ...line }) =>
      backtrace ? { ...line, backtrace: backtrace.map(plain) } : line;
    assert.deepEqual(objects(trace), native([]).map(plain), file);
    assert.deepEqual(objects(hashes), native(['--hashes', '500']).filter(({ hash }) => hash), file);
    // That of where it stands is the last.
    const shown = form(page).locator('.hash code');
    await shown.waitFor();
    assert.equal(await shown.textContent(), objects(hashes).at(-1).hash, file);
    await page.context().close();
  }
});

test('saving a long run can be cancelled, while the page goes on', async () => {
  const page = await ran('#module=recursion.wasm&call=fib,25');
  await form(page).getByText(/^The last 1.000.000 of/).waitFor();
  await form(page).getByRole('button', { name: 'Save trace' }).click();
  const progress = form(page).getByRole('progressbar');
  await page.waitForFunction(() => document.querySelector('.saving progress')?.value > 0);
  // What is asked for meanwhile is answered soon.
  const answered = await page.evaluate(async () => {
    const before = performance.now();
    const slider = document.querySelector('.scrubber input');
    slider.value = '5000';
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
    slider.dispatchEvent(new Event('change', { bubbles: true }));
    const shown = () => Number(document.querySelector('.steps b').textContent.replace(/\D/g, ''));
    while (shown() !== 5000) await new Promise((done) => setTimeout(done, 5));
    return performance.now() - before;
  });
  assert.ok(answered < 1000, `${answered} ms`);
  await form(page).getByRole('button', { name: 'Cancel' }).click();
  await progress.waitFor({ state: 'detached' });
  await form(page).getByRole('button', { name: 'Save trace' }).waitFor();
  // Another call takes the run away that is being saved.
  await form(page).getByRole('button', { name: 'Save trace' }).click();
  await transport(page, 'Reset').click();
  await form(page).getByRole('alert').getByText('no longer there').waitFor();
});

test('calls are chosen with the keyboard, gone to, and zoomed into', async () => {
  const page = await ran('#module=recursion.wasm&call=fib,8');
  const list = calls(page);
  await list.focus();
  const chosen = () => list.getAttribute('aria-activedescendant');
  await list.press('ArrowDown');
  await page.locator('.said').getByText(/^\$?fib, steps/).waitFor();
  const first = await chosen();
  await list.press('ArrowDown');
  await page.waitForFunction((first) => document.querySelector('.bars').getAttribute('aria-activedescendant') !== first, first);
  const words = await page.locator('.said').textContent();
  const [from] = words.match(/\d[\d\u202f]*/g).map((it) => Number(it.replace(/\D/g, '')));
  await list.press('Enter');
  await reaches(page, from);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.locator('.said').getByText(/./).waitFor();
  await page.waitForFunction(() => !document.querySelector('.bars').hasAttribute('aria-busy'));
  const widths = await list.getByRole('option').evaluateAll((bars) => bars.slice(0, 3).map((bar) => bar.style.width));
  assert.deepEqual(widths, ['100%', '100%', '100%']);
  await list.press('-');
  await page.waitForFunction(() => !document.querySelector('.bars').hasAttribute('aria-busy'));
  assert.equal(await page.getByRole('button', { name: 'Zoom out' }).isDisabled(), true);
});

test('on a telephone, calls are there as well', async () => {
  const page = await ran('#module=recursion.wasm&call=fib,8', { viewport: PHONE, hasTouch: true });
  const bar = calls(page).getByRole('option').nth(1);
  await bar.tap();
  await page.locator('.said').getByText(/^\$?fib, steps/).waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
});
