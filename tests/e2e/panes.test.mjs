// What there is to see of a program that stands: the next instruction in full, the values
// that passed through, memory, and what a search finds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { now, playground, steps, transport } from './steps.mjs';

const open = playground();

const next = (page) => page.getByRole('region', { name: 'The next instruction' });
const stack = (page) => page.getByRole('region', { name: 'Operand stack' });
const passed = (page) => page.getByRole('region', { name: 'Register window' });
const slider = (page) => page.getByRole('region', { name: 'Timeline' }).getByRole('slider', { name: 'Step' });

/** Opens an example and stands at a step of a call. */
async function at(hash) {
  const page = await open({ hash });
  await now(page).first().waitFor({ state: 'attached' });
  const wanted = Number(/step=(\d+)/.exec(hash)[1]);
  await page.waitForFunction(
    (wanted) => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) === wanted,
    wanted,
  );
  return page;
}

/** Steps until the next instruction is this one. */
async function stepTo(page, mnemonic) {
  for (let count = 0; count < 200; count += 1) {
    if ((await next(page).locator('.op').textContent()) === mnemonic) return;
    const before = await steps(page);
    await transport(page, 'Step').click();
    await page.waitForFunction(
      (before) => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) !== before,
      before,
    );
  }
  assert.fail(`${mnemonic} is not come to`);
}

const memoryTab = (page) => page.getByRole('tab', { name: 'Memory' }).click();

test('the next instruction shows operands by name, what it pushes, and its bytes', async () => {
  const page = await at('#module=typed_values.wasm&call=add_i32,40,2&step=2');
  const rows = await next(page).locator('.operand-table tr').allTextContents();
  assert.equal(rows.length, 3);
  assert.match(rows[0], /^popsleft40i32$/);
  assert.match(rows[1], /^popsright2i32$/);
  assert.match(rows[2], /^pushesresult42i32$/);
  assert.match(await next(page).locator('.encoding').textContent(), /6aopcodei32\.add/);
  // The stack shows the same before it happens, and says so.
  assert.equal(await stack(page).locator('.value.popped').count(), 2);
  await stack(page).getByRole('list', { name: 'What the next instruction pushes' }).getByText('42', { exact: true }).waitFor();
  await stack(page).getByText('pops right').waitFor();
});

test('a store says where it writes, and leads to the bytes', async () => {
  const page = await at('#module=memory_ops.wasm&call=sort_checksum&step=1');
  await stepTo(page, 'i32.store');
  const fact = next(page).locator('.facts button', { hasText: /bytes at 0x/ });
  const address = Number(/0x[0-9a-f]+/.exec(await fact.textContent())[0]);
  await fact.click();
  await page.locator(`#cell-${address}.cursor.will-write`).waitFor();
  const values = page.getByRole('region', { name: 'The selected byte as values' });
  await values.getByText('u32', { exact: true }).waitFor();
  // Once it is executed, the same bytes are those written last.
  await transport(page, 'Step').click();
  await page.locator(`#cell-${address}.was-written`).waitFor();
  await page.getByRole('button', { name: /^Last write/ }).waitFor();
});

test('an access past the end of the memory is announced before it traps', async () => {
  const page = await at('#module=traps.wasm&call=store,65530,7&step=2');
  const fact = next(page).locator('.facts .traps');
  assert.match(await fact.textContent(), /^Writes8 bytes at 0xfffa, past the end of the memory at 0x10000 traps$/);
  await transport(page, 'Step').click();
  await page.getByRole('region', { name: 'Trap' }).waitFor();
  await page.getByRole('region', { name: 'The last instruction' }).locator('.facts .traps').waitFor();
});

test('the register window is the same stepping forwards, backwards and seeking', async () => {
  const page = await at('#module=recursion.wasm&call=fib,6&step=20');
  const seen = [];
  const window = async () => (await passed(page).locator('.passed li').allTextContents()).join('|');
  seen[20] = await window();
  assert.equal(seen[20].split('|').length, 4);
  for (let step = 21; step <= 26; step += 1) {
    await transport(page, 'Step').click();
    await page.waitForFunction(
      (step) => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) === step,
      step,
    );
    seen[step] = await window();
  }
  assert.notEqual(seen[21], seen[20]);
  const standsAt = (step) =>
    page.waitForFunction(
      (step) => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) === step,
      step,
    );
  for (let step = 25; step >= 22; step -= 1) {
    await page.keyboard.press('k');
    await standsAt(step);
    assert.equal(await window(), seen[step], `back at ${step}`);
  }
  await slider(page).fill('24');
  await standsAt(24);
  assert.equal(await window(), seen[24]);
});

test('a byte of memory is chosen with the keyboard and shown as values', async () => {
  const page = await at('#module=memory_ops.wasm&call=sort_checksum&step=64');
  await memoryTab(page);
  await page.locator('#cell-4').click();
  const values = page.getByRole('region', { name: 'The selected byte as values' });
  await values.getByRole('heading', { name: /0x0004/ }).waitFor();
  const grid = page.getByRole('grid', { name: 'Bytes of memory 0' });
  await grid.press('ArrowRight');
  await values.getByRole('heading', { name: /0x0005/ }).waitFor();
  await grid.press('End');
  await values.getByRole('heading', { name: /0x000[7f]/ }).waitFor();
  assert.equal(await values.locator('dt').first().textContent(), 'u8');
});

test('a map of the memory shows where the run reads and writes, and leads there', async () => {
  const page = await open({ hash: '#module=sieve.wasm&call=count_primes,1000' });
  await transport(page, 'Run').click();
  await page.getByRole('region', { name: 'Result' }).waitFor();
  const end = await steps(page);
  await memoryTab(page);
  const map = page.locator('.memory-map');
  await map.getByText(/^all [\d\s\u202f]+ instructions$/).waitFor();
  const said = await map.locator('[role=status]').textContent();
  assert.equal(Number(said.replace(/\D/g, '')), end);
  assert.ok((await map.locator('path.write').evaluateAll((all) => all.map((it) => it.getAttribute('d')).join(''))).length > 10);
  // It is left where it stood.
  assert.equal(await steps(page), end);
  const place = map.getByRole('slider', { name: 'Place in the memory' });
  await place.focus();
  await page.keyboard.press('ArrowRight');
  assert.match(await place.getAttribute('aria-valuetext'), /^0x100 to 0x200: /);
  await page.locator('#cell-256.cursor').waitFor();
});

test('regions are named, and lead there', async () => {
  const page = await at('#module=json.wasm&call=count_sample&step=3');
  await memoryTab(page);
  const regions = page.getByRole('list', { name: 'Regions of the memory' });
  for (const name of ['stack', 'heap']) await regions.getByRole('button', { name }).waitFor();
  const data = regions.getByRole('button', { name: /data|rodata/ }).first();
  const address = Number(await data.locator('code').textContent());
  await data.click();
  await page.locator(`#cell-${address}.cursor`).waitFor();
});

test('a search finds text in data and bytes, which lead to the hex pane', async () => {
  const page = await open({ hash: '#module=crc32.wasm' });
  const field = page.locator('#search');
  const found = (title) => page.locator('.results button', { hasText: title });
  await field.fill('456789');
  const text = found('Data').first();
  await text.waitFor();
  assert.equal(await text.locator('.label').textContent(), '123456789');
  const offset = Number(await text.getAttribute('title'));
  await text.click();
  await page.locator(`#byte-${offset}.cursor`, { hasText: '34' }).waitFor();
  // The same as bytes.
  await field.fill('34 35 36 37');
  await found('34 35 36 37').first().click();
  await page.locator(`#byte-${offset}.cursor`).waitFor();
  await field.fill('0x0061736d');
  await page.getByText('1 found').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#byte-0.cursor').waitFor();
  await field.fill('de ad be ef');
  await page.getByText(/is not there/).waitFor();
});
