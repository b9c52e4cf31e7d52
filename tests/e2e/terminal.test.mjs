import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { PROGRAMS } from './fixtures.mjs';
import { addFile, choose, drag, dropAll, playground, steps, transport, typeLine } from './steps.mjs';

const open = playground();
const output = (page) => page.getByRole('log', { name: 'Output' });
const written = (page, kind = 'written') =>
  output(page).locator(`.${kind}`).evaluateAll((pieces) => pieces.map((piece) => piece.textContent).join(''));
/** Waits until the program has ended, having written this. */
const ends = async (page, text) => {
  await output(page).getByText(/^Finished|^Exited with code 0/).waitFor();
  await output(page).locator('.written').first().waitFor();
  assert.equal(await written(page), text);
};
const run = (file, index = 0) => PROGRAMS.find((program) => program.file === file).runs[index];

test('a program is started with its arguments and environment, and ends with its code', async () => {
  const page = await open({ hash: '#module=surroundings.wasm' });
  const expected = run('surroundings.wasm');
  await transport(page, 'Run').click();
  await output(page).getByText(`Exited with code ${expected.exit}`).waitFor();
  assert.equal(await written(page), expected.stdout);

  await page.getByLabel('Arguments').fill('x "y z"');
  await page.getByLabel('Environment').fill('COLOUR=grey');
  await page.getByRole('button', { name: 'Start with these' }).click();
  await output(page).getByText('Exited with code 2').waitFor();
  assert.equal(await written(page), 'x\ny z\nCOLOUR=grey\n');
});

test('a program waits for a line, goes on when it is typed, and ends with its input', async () => {
  const page = await open({ hash: '#module=count.wasm' });
  assert.ok(await page.getByLabel('Standard input').isDisabled());
  await transport(page, 'Run').click();
  await page.locator('.input.waits').waitFor();
  await typeLine(page, 'one two');
  await page.locator('.input.waits').waitFor();
  await typeLine(page, 'three');
  await page.getByRole('button', { name: 'End input' }).click();
  await ends(page, '2 3 14\n');
  assert.equal(await written(page, 'typed'), 'one two\nthree\n');

  await transport(page, 'Reset').click();
  await page.waitForFunction(() => document.querySelector('.output .written') === null);
  assert.equal(await steps(page), 0);
});

test('a program that waits can be stopped, and stepped once there is something to read', async () => {
  const page = await open({ hash: '#module=count.wasm' });
  await transport(page, 'Run').click();
  await page.locator('.input.waits').waitFor();
  await transport(page, 'Stop').click();
  await transport(page, 'Continue').waitFor();
  const stopped = await steps(page);
  await transport(page, 'Step').click();
  await typeLine(page, 'go');
  assert.equal(await steps(page), stopped);
  await transport(page, 'Step').click();
  await page.waitForFunction(
    (before) => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) === before + 1,
    stopped,
  );
});

test('a program that sleeps goes on by itself', async () => {
  const page = await open({ hash: '#module=clock.wasm' });
  await transport(page, 'Run').click();
  await ends(page, run('clock.wasm').stdout);
});

test('files are added, dropped, listed, and downloaded again', async () => {
  const page = await open({ hash: '#module=files.wasm' });
  await addFile(page, 'notes.txt', 'Some notes');
  const files = page.getByRole('region', { name: 'Files' });
  const transfer = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['dropped'], 'dropped.txt'));
    return transfer;
  });
  for (const event of ['dragover', 'drop']) await files.dispatchEvent(event, { dataTransfer: transfer });
  await files.getByRole('button', { name: /^dropped\.txt/ }).waitFor();
  assert.equal(await page.locator('.chip strong').textContent(), 'files.wasm');
  await page.locator('.drop-zone').waitFor({ state: 'detached' });

  await transport(page, 'Run').click();
  await ends(page, run('files.wasm').stdout);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    files.getByRole('button', { name: /^notes\.txt/ }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'notes.txt');
  assert.equal(await readFile(await download.path(), 'utf8'), 'Some notes');

  await files.getByRole('button', { name: 'Remove notes.txt' }).click();
  await files.getByRole('button', { name: /notes\.txt/ }).first().waitFor({ state: 'detached' });
  await addFile(page, 'more.txt', 'More');
  await files.getByRole('button', { name: 'Remove all' }).click();
  await files.getByRole('listitem').first().waitFor({ state: 'detached' });
});

/** A program that writes `oops` to the standard error and calls `proc_raise`, which nothing supports. */
const FAILING = Buffer.from(
  'AGFzbQEAAAABEQNgBH9/f38Bf2ABfwF/YAAAAkcCFndhc2lfc25hcHNob3RfcHJldmlldzEIZmRfd3JpdGUAABZ3' +
  'YXNpX3NuYXBzaG90X3ByZXZpZXcxCnByb2NfcmFpc2UAAQMCAQIFAwEAAQcTAgZtZW1vcnkCAAZfc3RhcnQAAgoU' +
  'ARIAQQJBAEEBQQ0QABpBARABGgsLEwEAQQALDQgAAAAFAAAAb29wcwo=',
  'base64',
);

test('errors are told apart from other output, and calls that are not supported are listed', async () => {
  const page = await open();
  await choose(page, 'failing.wasm', FAILING);
  await transport(page, 'Run').click();
  await output(page).getByText('Finished').waitFor();
  assert.equal(await written(page, 'error'), 'oops\n');
  assert.equal(await written(page), '');
  const calls = page.getByRole('region', { name: 'Not supported' });
  assert.match(await calls.textContent(), /proc_raise.*1/);
});

test('the terminal is there for programs only, and gives way to the bytes', async () => {
  const page = await open({ hash: '#module=spin.wasm' });
  assert.equal(await page.getByRole('tab', { name: 'Terminal' }).count(), 0);
  await page.evaluate(() => { location.hash = '#module=hello.wasm'; });
  await output(page).waitFor();
  await page.getByRole('tab', { name: 'Bytes' }).click();
  await page.locator('#byte-0').waitFor();
  await page.getByRole('tab', { name: 'Terminal' }).click();
  await transport(page, 'Run').click();
  await output(page).getByText('Hello from C!').waitFor();
});

test('a program that begins to wait is given the keyboard, and what is typed is no shortcut', async () => {
  const page = await open({ hash: '#module=count.wasm' });
  await page.keyboard.press('c');
  await page.locator('.input.waits').waitFor();
  await page.keyboard.type('sam cares\n');
  await output(page).getByText('sam cares').waitFor();
  await page.locator('.input.waits').waitFor();
  await page.keyboard.type('no end of line');
  await page.keyboard.press('Control+d');
  await page.keyboard.press('Control+d');
  await ends(page, '1 6 24\n');
});

test('a person who types into another field keeps it when the program begins to wait', async () => {
  const page = await open({ hash: '#module=count.wasm' });
  await page.getByLabel('Arguments').press('Enter');
  await page.locator('.input.waits').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('searchbox').or(page.getByLabel('Search')).first().focus();
  await page.keyboard.type('a');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('r');
  await page.getByLabel('Environment').focus();
  await page.evaluate(() => document.querySelector('.transport .run').click());
  await page.locator('.input.waits').waitFor();
  await page.keyboard.type('A=b');
  assert.equal(await page.getByLabel('Environment').inputValue(), 'A=b');
});

test('several lines that are pasted are several lines, the last one as far as it goes', async () => {
  const page = await open({ hash: '#module=count.wasm' });
  await transport(page, 'Run').click();
  await page.locator('.input.waits').waitFor();
  await page.keyboard.insertText('one\ntwo\nthr');
  await output(page).getByText('two').waitFor();
  assert.equal(await written(page, 'typed'), 'one\ntwo\n');
  await page.keyboard.type('ee\n');
  await output(page).getByText('three').waitFor();
  await page.getByRole('button', { name: 'End input' }).click();
  await ends(page, '3 3 14\n');
});

test('a file dropped anywhere becomes a file of the program, a module is opened', async () => {
  const page = await open({ hash: '#module=hello.wasm' });
  await drag(page, 'notes.txt', Buffer.from('Some notes'));
  await page.getByText('notes.txt is a file of the program now.').waitFor();
  await page.getByRole('region', { name: 'Files' }).getByRole('button', { name: 'Remove notes.txt' }).waitFor();
  assert.equal(await page.locator('.chip strong').textContent(), 'hello.wasm');
  await transport(page, 'Run').click();
  await output(page).getByText('Hello from C!').waitFor();
  assert.equal(await page.locator('.notice').count(), 0);

  await dropAll(page, { 'data.txt': Buffer.from('x'), 'failing.wasm': FAILING });
  await page.locator('.chip strong', { hasText: 'failing.wasm' }).waitFor();
  await page.getByRole('region', { name: 'Files' }).getByRole('button', { name: 'Remove data.txt' }).waitFor();
});

test('what cannot be read is said at its field, and nothing is started with it', async () => {
  const page = await open({ hash: '#module=surroundings.wasm' });
  for (const [label, wrong, said, right] of [
    ['Arguments', 'one "two', 'A quote is not closed.', 'one'],
    ['Environment', 'COLOUR', 'is no variable', 'COLOUR=grey'],
    ['Seed of random numbers', 'seven', 'A seed is a whole number', '7'],
  ]) {
    const field = page.getByLabel(label);
    await field.fill(wrong);
    await page.locator('.setup').getByText(said).waitFor();
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await transport(page, 'Run').click();
    await page.getByRole('button', { name: 'Start with these' }).click();
    assert.equal(await output(page).getByText(/^Exited|^Finished/).count(), 0);
    await field.fill(right);
    await page.locator('.setup').getByText(said).waitFor({ state: 'detached' });
  }
  await transport(page, 'Run').click();
  await output(page).getByText('Exited with code').waitFor();
});
