// Where values came from, what writes to memory, and what made a run trap.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playground, reaches, steps, transport } from './steps.mjs';

const open = playground();

const origin = (page) => page.getByRole('region', { name: 'Where it came from' });
const links = (page) => page.locator('.links button');

/** The steps of the links, once all are there. */
async function linked(page) {
  await page.waitForFunction(() => {
    const shown = document.querySelector('.links .row');
    return shown && !document.querySelector('.origin .spinner, .outcome .links ~ p .spinner');
  });
  const names = await links(page).locator('.name').allTextContents();
  return names.map((name) => Number(name.replace(/\D/g, '')));
}

async function ran(hash) {
  const page = await open({ hash });
  await transport(page, 'Run').click();
  await page.getByRole('region', { name: /^(Result|Trap)$/ }).waitFor();
  return page;
}

test('a value of a compiled program is followed to its origin, and back', async () => {
  // Compiled from Rust.
  const page = await ran('#module=sha256.wasm');
  const end = await steps(page);
  await page.getByRole('region', { name: 'Result' }).getByRole('button', { name: /^Where .* came from$/ }).first().click();
  await origin(page).waitFor();
  const found = await linked(page);
  assert.ok(found.length > 1, `${found}`);
  assert.deepEqual(found, found.toSorted((a, b) => b - a), 'the latest first');
  await links(page).last().click();
  await reaches(page, found.at(-1));
  // What is found stays while it is gone to.
  assert.deepEqual(await linked(page), found);
  await origin(page).getByRole('button', { name: /^Back to step/ }).click();
  await reaches(page, end);
  // The same from the keyboard.
  await links(page).last().focus();
  await page.keyboard.press('Enter');
  await reaches(page, found.at(-1));
  await page.keyboard.press('Escape');
  await reaches(page, end);
  await origin(page).waitFor({ state: 'detached' });
});

test('locals and operands tell where they came from', async () => {
  const page = await open({ hash: '#module=recursion.wasm&call=ackermann,2,3&step=200' });
  await reaches(page, 200);
  await page.getByRole('region', { name: 'Locals' }).getByRole('button', { name: /^Where/ }).first().click();
  const found = await linked(page);
  assert.ok(found.every((step) => step < 200));
  await origin(page).getByRole('button', { name: 'Close' }).click();
  await origin(page).waitFor({ state: 'detached' });
  assert.equal(await steps(page), 200);
});

test('the writes to a byte are gone to, back and forth', async () => {
  const page = await ran('#module=memory_ops.wasm');
  await page.getByRole('tab', { name: 'Memory' }).click();
  await page.locator('#cell-0').click();
  const byte = page.getByRole('group', { name: 'The selected byte' });
  const end = await steps(page);
  await byte.getByRole('button', { name: 'Previous write' }).click();
  await page.waitForFunction((end) => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) < end, end);
  const last = await steps(page);
  await byte.getByRole('button', { name: 'Next write' }).click();
  await byte.getByText('No later write is known.').waitFor();
  assert.equal(await steps(page), last);
  await byte.getByRole('button', { name: 'Previous write' }).click();
  await page.waitForFunction((last) => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) < last, last);
  await byte.getByRole('button', { name: 'Next write' }).click();
  await reaches(page, last);
  // Whatever is written there is something else.
  await byte.getByRole('button', { name: 'Previous change' }).click();
  await page.waitForFunction((last) => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) < last, last);
  await byte.getByRole('button', { name: 'Next change' }).click();
  await reaches(page, last);
  // And where what is there now came from.
  await transport(page, 'Step').click();
  await reaches(page, last + 1);
  await byte.getByRole('button', { name: /^Where the byte/ }).click();
  assert.equal((await linked(page))[0], last);
});

test('a trap tells which value made it, and where that came from', async () => {
  const page = await ran('#module=traps.wasm&call=outer,0');
  const end = await steps(page);
  const trap = page.getByRole('region', { name: 'Trap' });
  await trap.getByText('What made it trap').waitFor();
  await trap.getByText('the divisor: 0').waitFor();
  const found = await linked(page);
  assert.ok(found.length > 1 && found.every((step) => step < end), `${found}`);
  await trap.locator('.links button').first().click();
  await reaches(page, found[0]);
  // The chain is still there, and leads back to the trap.
  await origin(page).getByText('the divisor: 0').waitFor();
  await origin(page).getByRole('button', { name: /^Back to step/ }).click();
  await trap.waitFor();
});
