// Breakpoints and watchpoints: a run stops at them, forwards and backwards.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PHONE } from './browser.mjs';
import { choose, now, playground, prepare, reaches, results, steps, transport } from './steps.mjs';
import { bytesOf, module } from './fixtures.mjs';

const open = playground();
const LINES = new URL('../../core/dwarf/tests/lines.wasm', import.meta.url);

const rows = (page) => page.locator('.code-row:not(.loading)');
const markers = (page) => page.locator('.code-row .marker');
const tab = (page, name) => page.getByRole('tab', { name, exact: true });
const stopped = (page) => page.getByRole('region', { name: 'Stopped' });
const back = (page) => page.getByRole('region', { name: 'Timeline' }).getByRole('button', { name: 'Run back' });
const item = (page, name) => page.getByRole('listitem', { name, exact: true });

/** Waits until it has stopped, and says what at. */
async function stops(page, pattern) {
  await tab(page, 'State').click();
  await stopped(page).getByText(pattern).waitFor();
}

/** Goes on to the end, and says how often it stopped on the way. */
async function continueToEnd(page) {
  for (let count = 0; ; count += 1) {
    const before = await steps(page);
    await transport(page, 'Continue').click();
    await page.waitForFunction((before) => {
      const step = Number(document.querySelector('.steps b').textContent.replace(/\D/g, ''));
      return step > before && !document.querySelector('.outcome.running');
    }, before);
    if (await page.locator('.outcome.finished').count()) return count;
  }
}

test('a click beside an instruction of a compiled program stops a run there', async () => {
  const page = await open({ hash: '#module=json.wasm&call=count_sample' });
  await rows(page).first().waitFor();
  await markers(page).nth(1).click();
  await page.locator('.marker.set').waitFor();
  assert.equal(await page.locator('.code-row.selected').count(), 0, 'the instruction is not selected by that');
  await transport(page, 'Run').click();
  await stops(page, 'at breakpoint 1');
  await page.locator('.code-row.now .marker.set.hit').waitFor();
  assert.equal(await steps(page), 1);
  await transport(page, 'Continue').click();
  await results(page);
  // The whole run is known, and where it was stopped is marked.
  await page.waitForFunction(() => document.querySelector('.scrubber .hit')?.getAttribute('d'));
  await tab(page, 'Breakpoints').click();
  await item(page, 'Breakpoint 1').getByText('1 hit').waitFor();
  await page.keyboard.press('C');
  await reaches(page, 1);
  await stops(page, 'at breakpoint 1');
});

test('a key sets a breakpoint at the selected instruction, or at the next', async () => {
  const page = await open({ hash: '#module=json.wasm&call=count_sample' });
  await rows(page).nth(3).click();
  await page.keyboard.press('b');
  await rows(page).nth(3).locator('.marker.set').waitFor();
  assert.match(await rows(page).nth(3).innerText(), /breakpoint 1/);
  await page.keyboard.press('b');
  await page.locator('.marker.set').waitFor({ state: 'detached' });
  await transport(page, 'Step').click();
  await now(page).waitFor();
  await transport(page, 'Step').click();
  await reaches(page, 1);
  await page.keyboard.press('b');
  await page.locator('.code-row.now .marker.set').waitFor();
  // Where it stands already, it does not stop.
  await page.keyboard.press('c');
  await results(page);
});

test('a breakpoint is set at a function, a byte or a line that is typed', async () => {
  const page = await open();
  await choose(page, 'lines.wasm', readFileSync(LINES));
  await page.locator('.code-row .source', { hasText: 'lines.c:' }).first().waitFor();
  await tab(page, 'Breakpoints').click();
  const field = page.getByRole('textbox', { name: 'Where to stop' });
  await field.fill('lines.c:13 if 1 == 1');
  await field.press('Enter');
  await item(page, 'Breakpoint 1').waitFor();
  assert.equal(await item(page, 'Breakpoint 1').getByRole('textbox').inputValue(), '1 == 1');
  assert.equal(await field.inputValue(), '');
  for (const [typed, error] of [
    ['lines.c:1', 'come from lines.c:1; the next line that has some is'],
    ['0x1g', 'A number is expected, at 1g'],
    ['none', 'There is no function none'],
  ]) {
    await field.fill(typed);
    await field.press('Enter');
    await page.locator('.break-form .message', { hasText: error }).waitFor();
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    assert.equal(await field.inputValue(), typed);
  }
  await field.fill('twice');
  await field.press('Enter');
  await item(page, 'Breakpoint 2').waitFor();
  assert.equal(await page.locator('.break-form .message').count(), 0);
  await tab(page, 'State').click();
  const form = await prepare(page, 'checked', ['1']);
  await form.getByRole('button', { name: 'Run' }).click();
  await stops(page, 'at breakpoint 1: 1 == 1 holds');
  await transport(page, 'Continue').click();
  await stops(page, 'at breakpoint 2');
});

test('breakpoints are there again when the page is loaded again', async () => {
  const page = await open({ hash: '#module=recursion.wasm&call=fib,8' });
  await page.getByRole('button', { name: 'Stop at the start of this function' }).click();
  await markers(page).nth(3).click();
  await tab(page, 'Breakpoints').click();
  const field = item(page, 'Breakpoint 1').getByRole('textbox');
  await field.fill('$n == 2');
  await field.press('Enter');
  await page.getByRole('checkbox', { name: 'Breakpoint 2 stops' }).uncheck();
  await page.reload();
  await page.locator('.marker.set').nth(1).waitFor();
  await tab(page, 'Breakpoints').click();
  assert.equal(await field.inputValue(), '$n == 2');
  assert.equal(await page.getByRole('checkbox', { name: 'Breakpoint 2 stops' }).isChecked(), false);
  await transport(page, 'Run').click();
  await stops(page, '$n == 2 holds');
  // Whatever is kept there, the page is opened.
  await page.evaluate(() => localStorage.setItem('fayasm.breakpoints', 'recursion.wasm on\n\u0000 %%% '));
  await page.reload();
  await rows(page).first().waitFor();
  assert.equal(await page.locator('.marker.set').count(), 0);
});

test('a function is stopped at its start, under a condition, forwards and backwards', async () => {
  const page = await open({ hash: '#module=recursion.wasm' });
  await prepare(page, 'fib', ['8']);
  const start = page.getByRole('button', { name: 'Stop at the start of this function' });
  await start.click();
  await tab(page, 'Breakpoints').click();
  const field = item(page, 'Breakpoint 1').getByRole('textbox');
  await field.fill('$m == 2');
  await field.press('Enter');
  await item(page, 'Breakpoint 1').getByText('nothing has this name, at $m == 2').waitFor();
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  await field.fill('$n == 2');
  await field.press('Enter');
  await page.locator('.breakpoint .message').waitFor({ state: 'detached' });
  await transport(page, 'Run').click();
  await stops(page, '$n == 2 holds');
  const first = await steps(page);
  const rest = await continueToEnd(page);
  await tab(page, 'Breakpoints').click();
  await item(page, 'Breakpoint 1').getByText(`${rest + 1} hits`).waitFor();
  for (let count = 0; count <= rest; count += 1) {
    await back(page).click();
    await page.locator('.breakpoint.hit').waitFor();
  }
  await reaches(page, first);
  await back(page).click();
  await reaches(page, 0);
  await page.getByText('No breakpoint is hit before').waitFor();
  // Without it, nothing is stopped.
  await page.getByRole('checkbox', { name: 'Breakpoint 1 stops' }).uncheck();
  await page.locator('.marker.off').waitFor();
  await transport(page, 'Continue').click();
  await tab(page, 'State').click();
  assert.deepEqual(await results(page), ['21']);
  await tab(page, 'Breakpoints').click();
  await page.getByRole('button', { name: 'Remove Breakpoint 1' }).click();
  await page.getByText('Click beside an instruction').waitFor();
});

test('a write to memory is stopped at, with what is there and what is to come', async () => {
  const page = await open({ hash: '#module=memory_ops.wasm&call=sort_checksum' });
  await transport(page, 'Step').click();
  await tab(page, 'Memory').click();
  await page.locator('#cell-4').click();
  await page.getByText('Watch bytes').click();
  const form = page.getByRole('form', { name: 'Watch bytes' });
  assert.match(await form.getByRole('textbox', { name: 'First byte' }).inputValue(), /^0x0*4$/);
  const first = form.getByRole('textbox', { name: 'First byte' });
  await first.fill('0xfffd');
  await form.getByText('The memory has 65 536 bytes, up to 0x10000.').waitFor();
  assert.ok(await form.getByRole('button', { name: 'Watch' }).isDisabled());
  await first.fill('0x4');
  assert.equal(await form.locator('.message').count(), 0);
  await form.getByRole('combobox').selectOption('when it is written');
  await form.getByRole('button', { name: 'Watch' }).click();
  await form.getByRole('status').getByText('Watches 4 bytes from 0x').waitFor();
  await transport(page, 'Continue').click();
  await stops(page, 'memory 0x4–0x7 is about to be written: 3 → 5');
  await tab(page, 'Breakpoints').click();
  await item(page, 'Watchpoint 1').getByRole('combobox').selectOption('when it is read');
  await page.getByRole('textbox', { name: 'Condition of Watchpoint 1' }).fill('u8[4] == 5');
  await page.keyboard.press('Enter');
  await transport(page, 'Continue').click();
  await stops(page, 'memory 0x4–0x7 is about to be read');
});

test('a global and a local of a compiled program are stopped at when they change', async () => {
  const page = await open({ hash: '#module=json.wasm&call=count_sample' });
  await transport(page, 'Step').click();
  await tab(page, 'Globals').click();
  const watch = page.getByRole('button', { name: /^Watch global 0/ });
  await watch.click();
  await page.locator('.eye[aria-pressed="true"]').waitFor();
  await transport(page, 'Continue').click();
  await stops(page, /at watchpoint 1: global .* is about to be written: 65536 → \d+/);
  await page.keyboard.press('C');
  await reaches(page, 0);
  await tab(page, 'Globals').click();
  await watch.click();
  await tab(page, 'State').click();
  for (let step = 0; step < 30 && !(await page.getByRole('button', { name: /^Watch local/ }).count()); step += 1) {
    await page.keyboard.press('j');
    await reaches(page, step + 1);
  }
  await page.getByRole('button', { name: /^Watch local/ }).first().click();
  await page.locator('.eye[aria-pressed="true"]').waitFor();
  await transport(page, 'Continue').click();
  await stops(page, /at watchpoint 2: local .* is about to be written: -?\d+ → -?\d+/);
});

test('host calls and growing memory stop a run', async () => {
  const page = await open({ hash: '#module=host_import.wasm&call=run,7,5' });
  await tab(page, 'Breakpoints').click();
  await page.getByRole('checkbox', { name: 'Host calls' }).check();
  assert.ok(await page.getByRole('checkbox', { name: 'Traps' }).isChecked());
  await transport(page, 'Run').click();
  await stops(page, 'before a host function is called');
  await transport(page, 'Continue').click();
  await results(page);
  await page.goto(page.url().replace(/#.*/, '#module=imports.wasm&call=grow_twice'));
  await page.locator('.chip strong', { hasText: 'imports.wasm' }).waitFor();
  await tab(page, 'Breakpoints').click();
  assert.equal(await page.getByRole('checkbox', { name: 'Host calls' }).isChecked(), false, 'of another module');
  await page.getByRole('checkbox', { name: 'Memory growth' }).check();
  await transport(page, 'Run').click();
  await stops(page, 'before memory grows');
});

test('breakpoints outlive a reset, another call, another module and a reload of their own', async () => {
  const page = await open({ hash: '#module=recursion.wasm' });
  await prepare(page, 'fib', ['3']);
  await page.getByRole('heading', { name: 'fib' }).first().waitFor();
  await markers(page).first().click();
  await transport(page, 'Run').click();
  await stops(page, 'at breakpoint 1');
  await transport(page, 'Reset').click();
  await now(page).waitFor();
  await transport(page, 'Continue').click();
  await stops(page, 'at breakpoint 1');
  assert.equal(await continueToEnd(page), 4);
  const form = await prepare(page, 'fib', ['1']);
  await form.getByRole('button', { name: 'Run' }).click();
  await stops(page, 'at breakpoint 1');
  const { file } = module('recursion.wasm');
  await choose(page, 'spin.wasm', bytesOf(module('spin.wasm')));
  await page.locator('.marker').first().waitFor();
  assert.equal(await page.locator('.marker.set').count(), 0);
  await choose(page, file, bytesOf(module(file)));
  await tab(page, 'Breakpoints').click();
  await item(page, 'Breakpoint 1').getByRole('button', { name: /local.get/ }).click();
  await page.locator('.marker.set').waitFor();
});

test('a condition that never holds can be stopped, backwards as well, and keeps slow speeds', async () => {
  const page = await open({ hash: '#module=spin.wasm&call=spin' });
  await rows(page).nth(1).waitFor();
  await markers(page).nth(1).click();
  await tab(page, 'Breakpoints').click();
  const field = page.getByRole('textbox', { name: 'Condition of Breakpoint 1' });
  await field.fill('0 == 1');
  await field.press('Enter');
  await transport(page, 'Run').click();
  await page.waitForFunction(() => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) > 300_000);
  // What is typed is not lost while the program goes on.
  await field.press('End');
  await field.pressSequentially(' && 1', { delay: 60 });
  assert.equal(await field.inputValue(), '0 == 1 && 1');
  await transport(page, 'Stop').click();
  await now(page).waitFor();
  const far = await steps(page);
  // It goes there in pieces, and can be stopped; or it is there already.
  await back(page).click();
  await transport(page, 'Stop').click({ timeout: 300 }).catch(() => {});
  await transport(page, 'Continue').waitFor();
  assert.ok((await steps(page)) < far);
  // Slowly, it stops as well.
  await field.fill('');
  await field.press('Enter');
  await page.getByRole('combobox', { name: 'Speed', exact: true }).selectOption({ index: 1 });
  const before = await steps(page);
  await transport(page, 'Continue').click();
  await page.locator('.breakpoint.hit').waitFor();
  assert.ok((await steps(page)) <= before + 20);
});

test('a thumb sets a breakpoint and stops at it', async () => {
  const page = await open({ viewport: PHONE, hasTouch: true, hash: '#module=recursion.wasm&call=fib,5' });
  const bar = page.getByRole('navigation', { name: 'Panes' });
  await bar.getByRole('button', { name: 'Code' }).tap();
  await transport(page, 'Step').tap();
  await now(page).waitFor();
  const target = await markers(page).nth(2).boundingBox();
  assert.ok(target.width >= 36 && target.height >= 40, JSON.stringify(target));
  await markers(page).nth(2).tap();
  await transport(page, 'Continue').tap();
  await page.getByText(/^Stopped at breakpoint 1\./).first().waitFor();
  await bar.getByRole('button', { name: 'State' }).tap();
  await stopped(page).waitFor();
  await tab(page, 'Breakpoints').tap();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('.breakpoints :is(button, select, label, input[type=text])')]
      .filter((target) => target.getBoundingClientRect().height < 40)
      .map((target) => target.outerHTML.slice(0, 90)),
  );
  assert.deepEqual(small, []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
});
