import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DESKTOP, PHONE } from './browser.mjs';
import { now, playground, transport } from './steps.mjs';

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

for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  test(`names without a break stay inside the state pane (${size})`, async () => {
    const page = await open({ hash: '#module=count.wasm', viewport });
    await page.keyboard.press('c');
    await page.locator('.input.waits').waitFor();
    await transport(page, 'Stop').click();
    if (viewport === PHONE) await page.getByRole('button', { name: 'State', exact: true }).click();
    await page.locator('.frames .row').first().waitFor();
    assert.match(await page.locator('.frames').textContent(), /fd_read/);
    assert.deepEqual(await beyond(page, '.pane.side .scroller'), []);
    const named = page.locator('.frames code').filter({ hasText: 'fd_read' }).first();
    assert.equal(await named.getAttribute('title'), (await named.textContent()).trim());
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
