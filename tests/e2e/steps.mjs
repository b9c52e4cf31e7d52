// What a person does on the page, and what they look at.
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { launch, newPage } from './browser.mjs';
import { serve } from './server.mjs';

/** What is to be seen once the page has done what its address says. */
export const SHOWN = '.chip strong, .banner, .welcome';

/**
 * Serves the page and starts a browser for the tests of a file. The function
 * returned opens pages, which `prepare` may see before they load; after each test
 * they are closed, and any error that one of them met fails the test.
 */
export function playground() {
  let server;
  let browser;
  let pages = [];
  before(async () => {
    server = await serve();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  afterEach(async () => {
    const problems = pages.flatMap((page) => page.problems);
    await Promise.all(pages.map((page) => page.context().close()));
    pages = [];
    assert.deepEqual(problems, [], 'nothing goes wrong in the console');
  });
  return async ({ hash = '', prepare = () => {}, ...options } = {}) => {
    const page = await newPage(browser, options);
    pages.push(page);
    await prepare(page);
    await page.goto(`${server.origin}/${hash}`);
    await page.locator(SHOWN).first().waitFor();
    return page;
  };
}

/** Opens a file with the button. */
export async function choose(page, name, buffer) {
  await page.locator('#open').setInputFiles({ name, mimeType: 'application/wasm', buffer });
  await page.locator('.chip strong', { hasText: name }).waitFor();
}

/** Opens an example from the menu. */
export async function chooseExample(page, { file, title }) {
  await page.getByRole('button', { name: 'Examples' }).click();
  await page.locator('#examples').getByRole('button', { name: title }).first().click();
  await page.locator('.chip strong', { hasText: file }).waitFor();
}

/** Drags a file over the page and, when asked to, lets it fall. */
export async function drag(page, name, bytes, events = ['dragover', 'drop']) {
  const transfer = await page.evaluateHandle(
    ([name, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (digit) => digit.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name, { type: 'application/wasm' }));
      return transfer;
    },
    [name, bytes.toString('base64')],
  );
  for (const event of events) await page.dispatchEvent('main', event, { dataTransfer: transfer });
}

/** Drops several files at once. */
export async function dropAll(page, files) {
  const named = Object.entries(files).map(([name, bytes]) => [name, [...bytes]]);
  const transfer = await page.evaluateHandle((named) => {
    const transfer = new DataTransfer();
    for (const [name, bytes] of named) transfer.items.add(new File([Uint8Array.from(bytes)], name));
    return transfer;
  }, named);
  await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
}

/** Chooses what an import is bound to. */
export async function chooseImport(page, name, how, values = []) {
  await page.getByRole('tab', { name: 'Imports' }).click();
  const row = page.locator('.import', { hasText: name });
  const options = await row.locator('option').allTextContents();
  await row.locator('select').selectOption({ index: options.findIndex((option) => how.test(option)) });
  for (const [index, value] of values.entries()) {
    await row.locator('input').nth(index).fill(value);
    await row.locator('input').nth(index).press('Enter');
  }
}

/** Chooses an export and fills in its arguments. */
export async function prepare(page, name, values = []) {
  await page.getByRole('region', { name: 'Exports' }).getByRole('button', { name }).first().click();
  const form = page.getByRole('form', { name: `Call ${name}` });
  for (const [index, value] of values.entries()) await form.locator('input').nth(index).fill(value);
  return form;
}

/** A button of the transport. */
export const transport = (page, name) =>
  page.getByRole('toolbar', { name: 'Run and step' }).getByRole('button', { name, exact: true });

/** Instructions executed, as shown. */
export async function steps(page) {
  const text = await page.locator('.steps b').textContent();
  return Number(text.replace(/\D/g, ''));
}

/** Waits until so many instructions have been executed. */
export async function reaches(page, count) {
  await page.waitForFunction(
    (count) => Number(document.querySelector('.steps b')?.textContent.replace(/\D/g, '')) === count,
    count,
  );
}

/** The row of the instruction about to run. */
export const now = (page) => page.locator('.code-row.now');

/** The results shown, without their types. */
export async function results(page) {
  await page.getByRole('region', { name: 'Result' }).waitFor();
  return page.locator('.outcome.finished .value .number').allTextContents();
}

/** Types a line into the terminal, once the program reads. */
export async function typeLine(page, text) {
  const field = page.getByRole('textbox', { name: 'Standard input' });
  await field.fill(text);
  await field.press('Enter');
  await page.getByRole('log').getByText(text).waitFor();
}

/** Gives the program a file. */
export async function addFile(page, name, text) {
  await page.getByLabel('Add files').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
  await page.getByRole('region', { name: 'Files' }).getByRole('button', { name: `Remove ${name}` }).waitFor();
}
