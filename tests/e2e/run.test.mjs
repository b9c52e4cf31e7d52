import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODULES, call, valueOf } from './fixtures.mjs';
import { choose, chooseExample, now, playground, prepare, reaches, results, steps, transport } from './steps.mjs';

const open = playground();

/** Milliseconds within which Stop must have stopped. */
const PATIENCE = 100;

test('a call runs and shows its results', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  const expected = call('typed_values.wasm', 'scale_i64');
  const form = await prepare(page, 'scale_i64', expected.args.map(valueOf));
  await form.getByRole('button', { name: 'Run' }).click();
  assert.deepEqual(await results(page), expected.results.map(valueOf));
});

test('every module runs its first call as expected', async () => {
  const page = await open();
  for (const module of MODULES) {
    const first = module.calls?.[0];
    if (!first?.results) continue;
    await chooseExample(page, module);
    await transport(page, 'Run').click();
    assert.deepEqual(await results(page), first.results.map(valueOf), module.file);
  }
});

test('Enter in the argument form runs', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  const form = await prepare(page, 'add_i32', ['40', '2']);
  await form.locator('input').last().press('Enter');
  assert.deepEqual(await results(page), ['42']);
});

test('steps are counted, and the instruction about to run is marked in code and bytes', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  const form = await prepare(page, 'add_i32', ['40', '2']);
  await form.getByRole('button', { name: 'Step into' }).click();
  await now(page).getByText('local.get').waitFor();
  await transport(page, 'Step').click();
  await reaches(page, 1);
  await transport(page, 'Step').click();
  await reaches(page, 2);
  await now(page).getByText('i32.add').waitFor();
  const offset = Number(await now(page).locator('.offset').textContent());
  await page.locator(`#byte-${offset}.now`).waitFor();
  assert.equal(await page.locator('.stack .value.popped').count(), 2);
  assert.deepEqual(await page.locator('.stack .number').allTextContents(), ['2', '40']);
});

test('stepping over a call takes it as a whole, stepping out returns to the caller', async () => {
  const page = await open({ hash: '#module=recursion.wasm' });
  const form = await prepare(page, 'factorial', ['5']);
  await form.getByRole('button', { name: 'Step into' }).click();
  const depth = () => page.getByRole('region', { name: 'Call frames' }).locator('li').count();
  const stepUntil = async (text, button = 'Step') => {
    for (let guard = 0; guard < 50; guard += 1) {
      if ((await now(page).textContent()).includes(text)) return;
      const before = await steps(page);
      await transport(page, button).click();
      await page.waitForFunction(
        (before) => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) > before,
        before,
      );
    }
    assert.fail(`no ${text} within 50 steps`);
  };
  await stepUntil('call');
  const outer = await depth();
  await transport(page, 'Step').click();
  await page.waitForFunction(
    (outer) => document.querySelectorAll('.group .frames li').length === outer + 1,
    outer,
  );
  await stepUntil('call');
  const before = await steps(page);
  await transport(page, 'Step over').click();
  await page.waitForFunction(
    (before) => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) > before + 1,
    before,
  );
  assert.equal(await depth(), outer + 1);
  await transport(page, 'Step out').click();
  await page.waitForFunction((outer) => document.querySelectorAll('.group .frames li').length === outer, outer);
  await transport(page, 'Continue').click();
  assert.deepEqual(await results(page), ['120']);
});

test('an endless loop leaves the page responsive and stops at once', async () => {
  const page = await open({ hash: '#module=spin.wasm' });
  await prepare(page, 'spin');
  await transport(page, 'Run').click();
  await page.getByRole('region', { name: 'Running' }).waitFor();
  await page.waitForFunction(() => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) > 100_000);

  const slowest = await page.evaluate(
    () =>
      new Promise((done) => {
        let last = performance.now();
        let slowest = 0;
        const end = last + 1000;
        const frame = () => {
          const at = performance.now();
          slowest = Math.max(slowest, at - last);
          last = at;
          if (at < end) requestAnimationFrame(frame);
          else done(slowest);
        };
        requestAnimationFrame(frame);
      }),
  );
  console.log(`slowest frame while running: ${slowest.toFixed(1)} ms`);

  const stopping = await page.evaluate(
    (patience) =>
      new Promise((done, failed) => {
        const stop = document.querySelector('[aria-label="Stop"]');
        const began = performance.now();
        new MutationObserver((_, observer) => {
          if (stop.ariaDisabled !== 'true') return;
          observer.disconnect();
          done(performance.now() - began);
        }).observe(stop, { attributes: true });
        stop.click();
        setTimeout(() => failed(new Error('Stop does not become unavailable')), 10 * patience);
      }),
    PATIENCE,
  );
  console.log(`stopped after ${stopping.toFixed(1)} ms`);
  assert.ok(stopping < PATIENCE, `${stopping} ms`);
  const stopped = await steps(page);
  await page.waitForTimeout(200);
  assert.equal(await steps(page), stopped);
  await transport(page, 'Step').click();
  await reaches(page, stopped + 1);
});

test('a slow speed can be watched, and changed while running', async () => {
  const page = await open({ hash: '#module=spin.wasm' });
  await prepare(page, 'spin');
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('16 steps/s');
  await transport(page, 'Run').click();
  await page.waitForFunction(() => Number(document.querySelector('.steps b').textContent) >= 8);
  assert.ok((await steps(page)) < 100);
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('Full speed');
  await page.waitForFunction(() => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) > 10_000);
  await transport(page, 'Stop').click();
});

test('reset goes back to the first instruction', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  const form = await prepare(page, 'sum_to_n', ['100']);
  await form.getByRole('button', { name: 'Run' }).click();
  assert.deepEqual(await results(page), ['5050']);
  await transport(page, 'Reset').click();
  await reaches(page, 0);
  await now(page).waitFor();
  await transport(page, 'Continue').click();
  assert.deepEqual(await results(page), ['5050']);
});

test('a shared address returns to its step', async () => {
  const page = await open({ hash: '#module=typed_values.wasm&call=sum_to_n,100&step=40' });
  await reaches(page, 40);
  await now(page).waitFor();
});

test('a trap says what happened and where', async () => {
  const page = await open({ hash: '#module=traps.wasm' });
  const expected = call('traps.wasm', 'divide', (call) => call.trap === 'integer divide by zero');
  const form = await prepare(page, 'divide', expected.args.map(valueOf));
  await form.getByRole('button', { name: 'Run' }).click();
  const trap = page.getByRole('region', { name: 'Trap' });
  await trap.getByText(expected.trap).first().waitFor();
  await page.locator(`#byte-${expected.at}.cursor`).waitFor();
});

test('memory, globals and tables can be looked at', async () => {
  const page = await open({ hash: '#module=memory_ops.wasm' });
  await transport(page, 'Step').click();
  await now(page).waitFor();
  await page.getByRole('tab', { name: 'Memory' }).click();
  const memory = page.getByRole('grid', { name: 'Bytes of memory 0' });
  await memory.locator('#cell-0', { hasText: '05' }).waitFor();
  await page.getByRole('textbox', { name: 'Go to', exact: true }).fill('0x1000');
  await page.keyboard.press('Enter');
  await memory.locator('#cell-4096').waitFor();
  await page.getByRole('textbox', { name: 'Go to', exact: true }).fill('far');
  await page.keyboard.press('Enter');
  await page.getByText('Expected an address below').waitFor();

  const globals = await open({ hash: '#module=start_globals.wasm' });
  await transport(globals, 'Step').click();
  await globals.getByRole('tab', { name: 'Globals' }).click();
  await globals.locator('.panel .values .value').first().waitFor();

  const tables = await open({ hash: '#module=indirect_dispatch.wasm' });
  await transport(tables, 'Step').click();
  await tables.getByRole('tab', { name: 'Table' }).click();
  await tables.locator('.element').first().waitFor();
});

test('another call can be chosen while one is paused, and replaces it', async () => {
  const page = await open({ hash: '#module=spin.wasm' });
  const standing = page.locator('.under-way');
  await prepare(page, 'spin');
  await transport(page, 'Run').click();
  await page.waitForFunction(() => document.querySelector('.steps b').textContent !== '0');
  await transport(page, 'Stop').click();
  await standing.getByText('Paused in spin()').waitFor();
  const form = await prepare(page, 'spin_for', ['7']);
  await form.getByText('Replaces the call under way, spin()').waitFor();
  await standing.getByText('Paused in spin()').waitFor();

  await transport(page, 'Step').click();
  await form.waitFor({ state: 'detached' });
  assert.equal(await page.locator('.export[aria-pressed=true] .label').textContent(), 'spin');

  await prepare(page, 'spin_for', ['7']);
  await form.getByRole('button', { name: 'Step into' }).click();
  await standing.getByText('Paused in spin_for(7)').waitFor();
  await page.locator('.code-head').getByRole('button', { name: 'spin_for' }).click();
  assert.equal(await form.locator('input').inputValue(), '7');
});

test('reset shows the form with the arguments of the call', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  let form = await prepare(page, 'add_i32', ['40', '2']);
  await form.getByRole('button', { name: 'Step into' }).click();
  await now(page).waitFor();
  await transport(page, 'Step').click();
  await reaches(page, 1);
  await transport(page, 'Reset').click();
  await reaches(page, 0);
  form = page.getByRole('form', { name: 'Call add_i32' });
  assert.deepEqual(await form.locator('input').evaluateAll((inputs) => inputs.map(({ value }) => value)), ['40', '2']);
});

test('an outcome goes away once its call is no longer the one in the form', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  const form = await prepare(page, 'add_i32', ['40', '2']);
  const result = page.getByRole('region', { name: 'Result' });
  await form.getByRole('button', { name: 'Run' }).click();
  await result.waitFor();
  await form.locator('input').first().fill('41');
  await result.waitFor({ state: 'detached' });
  await form.getByRole('button', { name: 'Run' }).click();
  await result.waitFor();
  await prepare(page, 'sum_to_n');
  await result.waitFor({ state: 'detached' });
});

test('code, list and form begin with the same function', async () => {
  const page = await open();
  for (const module of MODULES.filter(({ calls }) => calls?.length)) {
    await chooseExample(page, module);
    const chosen = await page.locator('.export[aria-pressed=true] .label').textContent();
    await page.locator('.code-head .link').click();
    assert.equal(await page.locator('.export[aria-pressed=true] .label').textContent(), chosen, module.file);
  }
});

test('what trapped stays on show, with its operands, below the message and the backtrace', async () => {
  const page = await open({ hash: '#module=traps.wasm' });
  const form = await prepare(page, 'outer', ['0']);
  await form.getByRole('button', { name: 'Run' }).click();
  const trap = page.getByRole('region', { name: 'Trap' });
  await trap.getByText('Backtrace').waitFor();
  const stack = page.getByRole('region', { name: 'Operand stack' });
  assert.equal((await stack.locator('.number').allTextContents())[0], '0');
  const above = await trap.boundingBox();
  const below = await stack.boundingBox();
  assert.ok(above.y < below.y);
  assert.match(await page.getByRole('region', { name: 'The last instruction' }).textContent(), /div_s/);
});

/** Counts its calls in a global, from five: (global $n (mut i32) (i32.const 5)), `inc` adds one and returns it. */
const COUNTER = Buffer.from([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7f, 0x03, 0x02, 0x01, 0x00,
  0x06, 0x06, 0x01, 0x7f, 0x01, 0x41, 0x05, 0x0b, 0x07, 0x07, 0x01, 0x03, 0x69, 0x6e, 0x63, 0x00, 0x00,
  0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x23, 0x00, 0x41, 0x01, 0x6a, 0x24, 0x00, 0x23, 0x00, 0x0b,
]);

test('calls go to the same instance, until a new one is asked for', async () => {
  const page = await open();
  await choose(page, 'counter.wasm', COUNTER);
  const renew = page.getByRole('button', { name: 'New instance' });
  assert.ok(await renew.isDisabled());
  for (const [result, which] of [['6', null], ['7', 'call 2 of this instance'], ['8', 'call 3 of this instance']]) {
    await transport(page, 'Run').click();
    await page.locator('.outcome.finished .number', { hasText: result }).waitFor();
    if (which) await page.locator('.outcome').getByText(which).waitFor();
  }
  await page.getByText('Will be call 4 of this instance.').waitFor();
  await renew.click();
  await page.locator('.outcome').waitFor({ state: 'detached' });
  await transport(page, 'Run').click();
  assert.deepEqual(await results(page), ['6']);
});
