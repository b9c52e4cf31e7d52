import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playground } from './steps.mjs';

const open = playground();
const card = (page) => page.getByRole('article', { name: 'What this byte means' });

test('a byte clicked on is explained', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  await page.locator('#byte-0').click();
  await card(page).getByText('00 61 73 6d').first().waitFor();
  await page.locator('#byte-4').click();
  await card(page).getByText('01 00 00 00').first().waitFor();
  assert.equal(await page.locator('.hex [data-at].cursor').getAttribute('id'), 'byte-4');
});

test('a byte pointed at is explained until the pointer leaves', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  await page.locator('#byte-0').click();
  await page.locator('#byte-4').hover();
  await card(page).getByText('01 00 00 00').first().waitFor();
  await page.locator('.code-head').hover();
  await card(page).getByText('00 61 73 6d').first().waitFor();
});

test('a field clicked on shows its bytes', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  await page.locator('#byte-9').click();
  const fields = card(page).locator('.siblings button');
  await fields.last().click();
  await page.locator('.siblings button[aria-current]').waitFor();
  const cursor = Number(await page.locator('.hex [data-at].cursor').getAttribute('data-at'));
  assert.notEqual(cursor, 9);
  assert.ok((await page.locator('.hex [data-at].pinned').count()) > 0);
});

test('the path of a byte leads outwards', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  await page.locator('#byte-13').click();
  const path = card(page).getByRole('navigation', { name: 'Where this byte lies' });
  await path.getByRole('button').first().click();
  await page.waitForFunction(() => document.querySelector('.hex [data-at].cursor')?.dataset.at !== '13');
});

test('a LEB128 number is shown bit by bit', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  await page.locator('#byte-9').click();
  await card(page).getByText('unsigned LEB128').waitFor();
  assert.equal(await card(page).locator('.leb128 tbody tr').first().locator('.bit').count(), 8);
});

test('the cursor is kept in the address, and found again there', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  await page.locator('#byte-12').click();
  await page.waitForURL(/at=0xc/);
  const again = await open({ hash: new URL(page.url()).hash });
  await again.locator('#byte-12.cursor').waitFor();
});

test('an instruction clicked on shows its bytes', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  const row = page.locator('.code-row').nth(2);
  const offset = Number(await row.locator('.offset').textContent());
  await row.click();
  await page.locator(`#byte-${offset}.cursor`).waitFor();
  await card(page).locator('.operator code').first().waitFor();
});

test('an entry of the structure shows its bytes', async () => {
  const page = await open({ hash: '#module=typed_values.wasm' });
  const entry = page.getByRole('treeitem', { level: 2 }).first();
  await entry.click();
  await page.locator('.hex [data-at].cursor').waitFor();
});
