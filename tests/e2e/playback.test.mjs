// Films: a module being decoded, and a function being validated.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE } from './browser.mjs';
import { bytesOf, module, section } from './fixtures.mjs';
import { frameTimes, told } from './frames.mjs';
import { functionOf, largeModule } from './large.mjs';
import { choose, playground } from './steps.mjs';

const open = playground();

const watch = (page, name) => page.getByRole('button', { name, exact: true });
const film = (page, name) => page.getByRole('group', { name, exact: true });
const slider = (page, name) => film(page, name).getByRole('slider');
const button = (page, name, which) => film(page, name).getByRole('button', { name: which, exact: true });
const verdict = (page, name) => film(page, name).locator('.verdict');
const card = (page) => page.getByRole('article', { name: 'What this byte means' });
const stacks = (page) => page.getByRole('group', { name: 'Stacks of validation' });

/** Bytes that are marked so, in the hex pane. */
const marked = (page, mark) =>
  page.locator(`.hex [data-at].${mark}`).evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.at)));

/** Opens a film, which stands at its beginning. */
async function stand(page, button, name) {
  await watch(page, button).click();
  await slider(page, name).waitFor();
}

async function broken(page, file) {
  const fixture = module(file);
  await choose(page, file, bytesOf(fixture));
  return fixture;
}

/** Pages of tests want no motion, unless they ask for it. */
const moving = { reducedMotion: 'no-preference' };

test('a module is decoded before your eyes, to its end', async () => {
  const page = await open({ hash: '#module=crc32.wasm', ...moving });
  await watch(page, 'Decode').click();
  await film(page, 'Decoding').getByRole('combobox').selectOption({ label: '1 k steps/s' });
  await page.locator('.hex [data-at].now').first().waitFor();
  await page.locator('.hex [data-at].ahead').first().waitFor();
  await page.locator('.node.read').first().waitFor();
  await verdict(page, 'Decoding').getByText('well-formed').waitFor();
  assert.deepEqual(await marked(page, 'ahead'), [], 'everything is read');
  assert.equal(await button(page, 'Decoding', 'Play').count(), 1, 'it stands at the end');
  // From its end it plays from the beginning.
  await button(page, 'Decoding', 'Play').click();
  await page.locator('.hex [data-at].ahead').first().waitFor();
});

test('fields are stepped forwards and backwards with keys', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  await page.keyboard.press('d');
  await page.locator('#byte-0.now').waitFor();
  assert.deepEqual(await marked(page, 'now'), [0, 1, 2, 3]);
  await card(page).getByText('00 61 73 6d').first().waitFor();
  for (const [key, first] of [['ArrowRight', 4], ['ArrowRight', 8], ['ArrowLeft', 4], ['ArrowRight', 8], ['ArrowRight', 9]]) {
    await page.keyboard.press(key);
    await page.locator(`#byte-${first}.now`).waitFor();
    const now = await marked(page, 'now');
    const ahead = await marked(page, 'ahead');
    assert.equal(now[0], first);
    assert.equal(ahead[0], now.at(-1) + 1, 'what is behind the field lies ahead');
  }
  await page.keyboard.press('Space');
  await button(page, 'Decoding', 'Pause').waitFor();
  await page.keyboard.press('Escape');
  await film(page, 'Decoding').waitFor({ state: 'detached' });
  assert.deepEqual(await marked(page, 'ahead'), []);
});

test('dragging leads to any field, and so does clicking a byte', async () => {
  const page = await open({ hash: '#module=sha256.wasm' });
  await stand(page, 'Decode', 'Decoding');
  const last = Number(await slider(page, 'Decoding').getAttribute('max'));
  await slider(page, 'Decoding').fill(String(Math.floor(last / 2)));
  await page.waitForFunction((at) => {
    const now = [...document.querySelectorAll('.hex [data-at].now')].map((cell) => Number(cell.dataset.at));
    return now.includes(at);
  }, Math.floor(last / 2));
  await page.locator('.node.read').waitFor();
  assert.ok(await page.locator('.node.section.ahead').count() > 0, 'sections lie ahead');
  // Where it stands, all is known of the field.
  await card(page).locator('.siblings').first().waitFor();
  const before = await page.locator('.hex [data-at].ahead').first().getAttribute('data-at');
  await page.locator('.hex .hex-row [data-at]').first().click();
  await page.waitForFunction((before) => document.querySelector('.hex [data-at].ahead').dataset.at !== before, before);
});

test('decoding a malformed module ends at the byte of its error', async () => {
  for (const file of ['unknown_operator.wasm', 'truncated_section.wasm', 'overlong_leb128.wasm']) {
    const page = await open(moving);
    const fixture = await broken(page, file);
    const at = Number((await page.locator('.banner').textContent()).match(/at byte (0x[0-9a-f]+)/)[1]);
    await watch(page, 'Decode').click();
    await verdict(page, 'Decoding').getByText('malformed').waitFor({ timeout: 20_000 });
    if (at < bytesOf(fixture).length) assert.ok((await marked(page, 'now')).includes(at), file);
    await button(page, 'Decoding', 'Back').click();
    await verdict(page, 'Decoding').waitFor({ state: 'detached' });
  }
});

test('a function is validated before your eyes, with its stacks', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  await page.keyboard.press('v');
  await page.locator('.code-row.now').waitFor();
  const rows = Number(await slider(page, 'Validation').getAttribute('max')) + 1;
  const control = page.getByRole('region', { name: 'Control stack' }).locator('.block');
  assert.match(await control.first().textContent(), /func/);
  let deepest = 0;
  for (let row = 1; row < rows; row += 1) {
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((row) => document.querySelector('.code-row.now')?.id === `row-${row}`, row);
    deepest = Math.max(deepest, await stacks(page).locator('.stack .value:not(.pushed)').count());
  }
  assert.ok(deepest >= 2, 'operands lie on the stack');
  await verdict(page, 'Validation').getByText('valid', { exact: true }).waitFor();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.locator('.code-row.now').getAttribute('id'), `row-${rows - 1}`, 'there is nothing behind the end');
  await page.keyboard.press('Home');
  await page.waitForFunction(() => document.querySelector('.code-row.now')?.id === 'row-0');
});

test('validating an invalid function ends at what was expected and what was found', async () => {
  const page = await open(moving);
  await broken(page, 'type_mismatch.wasm');
  await watch(page, 'Validate').click();
  await verdict(page, 'Validation').getByText('invalid').waitFor();
  const rule = page.getByRole('region', { name: 'Rule' });
  assert.match(await rule.locator('.ask.bad').textContent(), /expects i32, finds f64/);
  assert.match(await page.locator('.code-row.now').textContent(), /i32\.add/);
});

test('behind a branch the stack is whatever is asked for', async () => {
  const page = await open();
  // unreachable, i32.add, drop, end
  const body = [0x00, 0x00, 0x6a, 0x1a, 0x0b];
  const bytes = [
    ...[0x00, ...Buffer.from('asm'), 0x01, 0x00, 0x00, 0x00],
    ...section(1, 1, 0x60, 0, 0),
    ...section(3, 1, 0),
    ...section(10, 1, body.length, ...body),
  ];
  await choose(page, 'unreachable.wasm', Buffer.from(bytes));
  await stand(page, 'Validate', 'Validation');
  await page.locator('#row-0.now').waitFor();
  await page.keyboard.press('ArrowRight');
  await page.locator('#row-1.now').waitFor();
  const rule = page.getByRole('region', { name: 'Rule' });
  await rule.getByText('expects i32, finds any').first().waitFor();
  await rule.getByText('cannot be reached').waitFor();
  await stacks(page).getByText('unreachable').first().waitFor();
});

test('a click on an instruction leads the film of validation there', async () => {
  const page = await open({ hash: '#module=recursion.wasm' });
  await stand(page, 'Validate', 'Validation');
  await page.locator('#row-5').click();
  await page.locator('#row-5.now').waitFor();
});

test('films have no motion of their own for those who want none, and fit a telephone', async () => {
  const page = await open({ hash: '#module=typed_values.wasm', viewport: PHONE });
  for (const [pane, name, bar] of [['Bytes', 'Decode', 'Decoding'], ['Code', 'Validate', 'Validation']]) {
    await page.getByRole('navigation', { name: 'Panes' }).getByRole('button', { name: pane }).click();
    await stand(page, name, bar);
    await button(page, bar, 'Play').waitFor();
    assert.equal(await slider(page, bar).inputValue(), '0');
    for (const control of await film(page, bar).locator('button, input, select').all()) {
      assert.ok((await control.boundingBox()).height >= 40, await control.evaluate((it) => it.outerHTML));
    }
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
  }
});

/** How long it takes from dragging to what is there being shown, in milliseconds. */
const scrub = (page, label, place, shown) =>
  page.evaluate(
    ([label, place, shown]) =>
      new Promise((done) => {
        const input = document.querySelector(`input[type=range][aria-label=${label}]`);
        const began = performance.now();
        const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
        set.call(input, place);
        input.dispatchEvent(new InputEvent('input', { bubbles: true }));
        const look = () => {
          if (document.querySelector(shown)) done(performance.now() - began);
          else requestAnimationFrame(look);
        };
        look();
      }),
    [label, String(place), shown],
  );

test('decoding a module of 10 MB plays and is dragged through', async () => {
  const page = await open(moving);
  await choose(page, 'large.wasm', largeModule(10 * 1024 * 1024));
  await watch(page, 'Decode').click();
  await film(page, 'Decoding').getByRole('combobox').selectOption({ label: '1 k steps/s' });
  console.log(`frames at 1 k fields/s: ${told(await frameTimes(page, 3000))}`);
  const last = Number(await slider(page, 'Decoding').getAttribute('max'));
  const times = [];
  for (const share of [0.9, 0.2, 0.7, 0.5, 0.99]) {
    const place = Math.floor(last * share);
    times.push(await scrub(page, 'Decoding', place, `#byte-${place}.now`));
  }
  console.log(`dragging through 10 MB: ${told(times)}`);
});

test('validating a function of 100 000 instructions plays and is dragged through', async () => {
  const page = await open(moving);
  await choose(page, 'long.wasm', functionOf(100_000));
  await watch(page, 'Validate').click();
  await film(page, 'Validation').getByRole('combobox').selectOption({ label: '1 k steps/s' });
  console.log(`frames at 1 k instructions/s: ${told(await frameTimes(page, 3000))}`);
  const last = Number(await slider(page, 'Validation').getAttribute('max'));
  assert.ok(last >= 100_000);
  const times = [];
  for (const share of [0.9, 0.2, 0.7, 0.5, 0.99]) {
    const place = Math.floor(last * share);
    times.push(await scrub(page, 'Validation', place, `#row-${place}.now`));
  }
  console.log(`dragging through 100 000 instructions: ${told(times)}`);
});
