import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DESKTOP, PHONE } from './browser.mjs';
import { section, string } from './fixtures.mjs';
import { choose, now, playground, transport } from './steps.mjs';

const open = playground();

/** What lies in a place and reaches beyond its right edge without being cut by anything of its own. */
const beyond = (page, place) =>
  page.locator(place).evaluate((place) => {
    const edge = place.getBoundingClientRect().right + 1;
    const cut = (element) => {
      for (let it = element; it !== place; it = it.parentElement) {
        const { overflowX, textOverflow } = getComputedStyle(it);
        if (overflowX !== 'visible' && textOverflow === 'ellipsis' && it.getBoundingClientRect().right <= edge) return true;
      }
      return false;
    };
    return [...place.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > edge && !cut(element))
      .map((element) => element.textContent);
  });

const LONG = '$__imported_wasi_snapshot_preview1_fd_read_and_much_more_without_a_break';

/** A module whose only function has a long name, and traps. */
const NAMED = Buffer.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...section(1, 1, 0x60, 0, 0),
  ...section(3, 1, 0),
  ...section(7, 1, ...string(LONG), 0x00, 0),
  ...section(10, 1, 3, 0, 0x00, 0x0b),
]);

for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  test(`names without a break stay inside the state pane (${size})`, async () => {
    const page = await open({ viewport });
    await choose(page, 'named.wasm', NAMED);
    if (viewport === PHONE) await page.getByRole('button', { name: 'State', exact: true }).click();
    const side = '.pane.side .scroller';
    await page.locator(side).getByText(LONG).first().waitFor();
    assert.deepEqual(await beyond(page, side), []);
    await page.getByRole('button', { name: 'Step into' }).click();
    const frame = page.locator('.frames code').first();
    await frame.waitFor();
    assert.equal(await frame.getAttribute('title'), LONG);
    assert.deepEqual(await beyond(page, side), []);
    await transport(page, 'Continue').click();
    await page.getByText('Backtrace').waitFor();
    assert.deepEqual(await beyond(page, side), []);
  });
}

test('an explanation beside an instruction that does not fit is cut with dots, and has a title', async () => {
  const page = await open({ hash: '#module=typed_values.wasm&call=sum_to_n,100&step=3', viewport: { width: 1000, height: 700 } });
  await now(page).waitFor();
  const effect = page.locator('.code-row .effect');
  assert.equal(await effect.getAttribute('title'), (await effect.textContent()));
  assert.equal(await effect.evaluate((it) => getComputedStyle(it).textOverflow), 'ellipsis');
  const { right } = await effect.evaluate((it) => it.getBoundingClientRect().toJSON());
  const pane = await page.locator('.pane.code').evaluate((it) => it.getBoundingClientRect().toJSON());
  assert.ok(right <= pane.right, `${right} is within ${pane.right}`);
});

for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  test(`memory is shown as text beside its bytes (${size})`, async () => {
    const page = await open({ hash: '#module=hello.wasm', viewport });
    await page.keyboard.press('j');
    await page.locator('.frames, .code-row.now').first().waitFor({ state: 'attached' });
    if (viewport === PHONE) await page.getByRole('button', { name: 'State', exact: true }).click();
    await page.getByRole('tab', { name: 'Memory' }).click();
    await page.getByLabel('Go to', { exact: true }).fill('0x400');
    await page.getByLabel('Go to', { exact: true }).press('Enter');
    const row = page.locator('.memory .hex-row').filter({ has: page.locator('#cell-1024') });
    await row.waitFor();
    assert.equal(await row.locator('[data-at]').count(), 8);
    const text = row.locator('.text');
    assert.equal((await text.textContent()).length, 8);
    const [inside, pane] = await Promise.all([text.boundingBox(), page.locator('.memory .list').boundingBox()]);
    assert.ok(inside.x + inside.width <= pane.x + pane.width, 'it fits');
  });
}

test('a wide pane has sixteen bytes of memory in a row', async () => {
  const page = await open({ hash: '#module=hello.wasm' });
  await page.keyboard.press('j');
  await page.getByRole('tab', { name: 'Memory' }).click();
  const rows = page.locator('.memory .hex-row');
  await rows.first().waitFor();
  await page.evaluate(() => document.querySelector('.panes').style.setProperty('--right', '570px'));
  await page.waitForFunction(() => document.querySelector('.memory .hex-row').querySelectorAll('[data-at]').length === 16);
});
