// A small device: a run spills there, and its pane says what it takes and what would do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE } from './browser.mjs';
import { barriers } from './access.mjs';
import { playground, results, steps, transport } from './steps.mjs';

const open = playground();

const SORT = '#module=larger_than_ram.wasm&call=sort,200000';
const pane = (page) => page.getByRole('tabpanel').getByRole('group', { name: 'Device', exact: true });
const verdict = (page) => page.locator('.device-verdict');
const board = (page) => pane(page).getByLabel('Board');
const budget = (page) => pane(page).getByLabel('Budget, bytes', { exact: true });

/** A page whose Device tab shows this board. */
async function on(name, hash, options = {}) {
  const page = await open({ hash, ...options });
  const narrow = page.getByRole('navigation', { name: 'Panes' }).getByRole('button', { name: 'State' });
  if (await narrow.isVisible()) await narrow.click();
  await page.getByRole('tab', { name: 'Device' }).click();
  await board(page).selectOption(name);
  await budget(page).waitFor();
  return page;
}

async function runToEnd(page) {
  await transport(page, 'Run').click();
  await verdict(page).filter({ hasText: /^(Fits|Fails|Traps)(?!.*so far)/ }).waitFor({ timeout: 60_000 });
}

test('what is larger than an ESP32-C3 spills there, and completes', async () => {
  const page = await on('ESP32-C3', SORT);
  assert.equal(await budget(page).inputValue(), String(313 * 1024));
  await runToEnd(page);
  assert.match(await verdict(page).textContent(), /^Fits with spilling: at most \S+ KB of 313 KB, \S+ pages stored\./);
  const rows = page.locator('.evictions li');
  assert.match(await rows.first().textContent(), /^step [\d\s]+page \d+ at 0x[\da-f]+.*hand.*(stored: 10\.0 ms|dropped: nothing to store)$/u);

  // Going to where a page left shows how it was then; the numbers of the end come back at the end.
  const facts = page.locator('.device-facts').first();
  const atEnd = await facts.textContent();
  const end = await steps(page);
  const at = await rows.last().getByRole('button').textContent();
  await rows.last().getByRole('button').click();
  await page.waitForFunction((before) => document.querySelector('.device-facts').textContent !== before, atEnd);
  assert.equal(await steps(page), Number(at.replace(/\D/g, '')));
  const time = pane(page).getByRole('slider', { name: 'Step, over what takes RAM' });
  await time.press('End');
  await page.waitForFunction((after) => document.querySelector('.device-facts').textContent === after, atEnd);
  assert.equal(await steps(page), end);
  await page.getByRole('tab', { name: 'State' }).click();
  assert.equal((await results(page)).length, 1);
});

test('a run that ends at the same step as the one before is judged anew, on a slow computer too', async () => {
  const page = await on('ESP32-C3', '#module=json.wasm');
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 6 });
  await runToEnd(page);
  for (const name of ['ESP32-C6', 'ESP32-C3', 'ESP32-C6', 'ESP32-C3', 'ESP32-C6', 'ESP32-C3']) {
    await board(page).selectOption(name);
    await verdict(page).filter({ hasText: 'Start the call to see whether it fits.' }).waitFor();
    await runToEnd(page);
  }
});

test('pages say where they are, with keys as well, and lead to their bytes', async () => {
  const page = await on('Custom', '#module=larger_than_ram.wasm&call=sort,9000');
  await budget(page).fill('24576');
  await budget(page).press('Enter');
  await runToEnd(page);
  assert.ok((await page.locator('.scrubber path.budget').getAttribute('d')) !== null);
  const pages = pane(page);
  await pages.getByRole('slider', { name: 'Page' }).press('ArrowRight');
  await pages.getByText(/^Page 1, 0x1000 to 0x1fff: /).waitFor();
  const grid = pages.locator('svg.pages');
  const box = await grid.boundingBox();
  await grid.click({ position: { x: box.width * 0.11, y: box.height * 0.05 } });
  await pages.getByText(/^Page 3, 0x3000 to 0x3fff: /).waitFor();
  await pages.getByRole('button', { name: 'Show its bytes' }).click();
  await page.getByRole('grid', { name: 'Bytes of memory 0' }).waitFor();
  await page.getByRole('region', { name: 'The selected byte as values' }).getByText('0x3000').waitFor();
});

test('a budget too small for anything says so, and the least that does', async () => {
  const page = await on('Custom', '#module=larger_than_ram.wasm&call=sort,500');
  await budget(page).fill('2000');
  await budget(page).press('Enter');
  await transport(page, 'Run').click();
  await verdict(page).filter({ hasText: /^Does not fit: .*2000/ }).waitFor();
  await pane(page).getByRole('button', { name: 'Find the least budget' }).click();
  await verdict(page).filter({ hasText: 'Least budget with which this call completes:' }).waitFor({ timeout: 60_000 });
  const [, bytes] = /completes: ([\d\u202f]+) bytes/.exec(await verdict(page).textContent());
  await pane(page).getByRole('button', { name: 'Take it as the budget' }).click();
  await isBudget(page, bytes.replace(/\D/g, ''));
  await runToEnd(page);
  assert.match(await verdict(page).textContent(), /^Fits/);
});

test('another budget and policy are seen beside each other', async () => {
  const page = await on('Custom', '#module=larger_than_ram.wasm&call=scatter,5000');
  await runToEnd(page);
  const whatIf = pane(page);
  for (const policy of ['clock', 'fifo']) {
    await whatIf.getByLabel('Another budget, bytes').fill('40000');
    await whatIf.getByLabel('Which page leaves then').selectOption(policy);
    await whatIf.getByRole('button', { name: 'Try' }).click();
    await whatIf.locator('.tries tbody tr', { hasText: policy }).waitFor();
  }
  assert.equal(await whatIf.locator('.tries tbody tr').count(), 2);
  assert.match(await whatIf.locator('.tries tbody tr').first().textContent(), /^40.000 bytes, fifocompletes/);
});

/** Whether the engine has answered that this is the budget now. */
const isBudget = (page, budget) =>
  page.waitForFunction((budget) => localStorage.getItem('fayasm.device').split(' ')[1] === budget, String(budget));

test('what is pressed is pressed, whatever the engine says meanwhile', async () => {
  const page = await on('Custom', '#module=larger_than_ram.wasm&call=scatter,50');
  await runToEnd(page);
  const least = pane(page).getByRole('button', { name: 'Find the least budget' });
  // The field is left when the button goes down, so the pane changes before it goes up.
  await budget(page).fill('50000');
  await least.hover();
  await page.mouse.down();
  await isBudget(page, 50000);
  await page.mouse.up();
  await verdict(page).filter({ hasText: 'Least budget' }).waitFor({ timeout: 60_000 });
  await page.getByText('The run is on another device').waitFor();

  // The same with keys; a button that a blank presses is pressed when the key goes up.
  const again = pane(page).getByRole('button', { name: 'Start it again on this' });
  await again.focus();
  await page.keyboard.down('Space');
  await budget(page).evaluate((field) => {
    field.value = '60000';
    field.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await isBudget(page, 60000);
  await page.keyboard.up('Space');
  await verdict(page).filter({ hasText: 'Fits so far' }).waitFor();
});

test('what stays in the pane stays what it is', async () => {
  const page = await on('Custom', '#module=larger_than_ram.wasm&call=sort,9000');
  await budget(page).fill('24576');
  await budget(page).press('Enter');
  await runToEnd(page);
  const store = page.getByRole('region', { name: 'Spill store' });
  await store.locator('summary').click();
  await page.locator('.evictions').evaluate((list) => { list.scrollTop = 60; });
  const rate = pane(page).getByLabel('1000 instructions/s');
  await rate.fill('12');
  const count = await steps(page);
  await page.locator('.scrubber input').evaluate((slider) => {
    slider.value = '1000';
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
  });
  await page.waitForFunction((count) => !document.querySelector('.device-facts').textContent.includes(count), String(count));
  await verdict(page).filter({ hasText: 'so far' }).waitFor();
  assert.equal(await store.locator('details').getAttribute('open'), '');
  assert.equal(await rate.inputValue(), '12');
  assert.ok(await rate.evaluate((field) => field === document.activeElement));
  await rate.press('Enter');
  await page.waitForFunction(() => localStorage.getItem('fayasm.device').split(' ')[3] === '12');
  assert.equal(await rate.inputValue(), '12');
});

test('the device is remembered, and only runs that follow are on it', async () => {
  const page = await on('RP2040', '#module=larger_than_ram.wasm&call=scatter,50');
  await page.reload();
  await page.getByRole('tab', { name: 'Device' }).click();
  await verdict(page).waitFor();
  assert.equal(await board(page).locator('option:checked').textContent(), 'RP2040');
  await runToEnd(page);
  await board(page).selectOption('ESP32-C6');
  await page.getByText('The run is on another device').waitFor();
  await pane(page).getByRole('button', { name: 'Start it again on this' }).click();
  await verdict(page).filter({ hasText: 'Fits so far' }).waitFor();
});

test('a link opens the device that it names', async () => {
  const page = await on('ESP32-C3', '#module=larger_than_ram.wasm&call=scatter,50');
  const address = () => page.evaluate(() => location.hash);
  await page.waitForFunction(() => location.hash.includes('&device=esp32-c3&'));
  assert.equal(await address(), '#module=larger_than_ram.wasm&device=esp32-c3&call=scatter,50');
  await budget(page).fill('50000');
  await budget(page).press('Enter');
  await page.waitForFunction(() => location.hash.includes('&device=esp32-c3,50000&'));
  const other = await open({ hash: await address() });
  await other.getByRole('tab', { name: 'Device' }).click();
  assert.equal(await budget(other).inputValue(), '50000');
  assert.equal(await board(other).locator('option:checked').textContent(), 'ESP32-C3');
  const wrong = await open({ hash: '#module=larger_than_ram.wasm&device=C3' });
  await wrong.getByText('Ignored in the address, as it makes no sense here: device=C3').waitFor();
});

test('no barrier, on a phone as well', async () => {
  for (const options of [{}, { viewport: PHONE }]) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await on('Custom', '#module=larger_than_ram.wasm&call=sort,9000', { ...options, colorScheme });
      await budget(page).fill('24576');
      await budget(page).press('Enter');
      await runToEnd(page);
      await pane(page).getByRole('slider', { name: 'Page' }).press('ArrowRight');
      await pane(page).getByRole('button', { name: 'Try' }).click();
      await page.locator('.tries tbody tr').waitFor();
      assert.deepEqual(await barriers(page), []);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      assert.equal(overflow, false);
    }
  }
});
