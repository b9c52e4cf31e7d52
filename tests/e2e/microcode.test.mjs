// What functions are translated to, beside their instructions, and which are executed how.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE } from './browser.mjs';
import { now, playground, reaches, results, transport } from './steps.mjs';

const open = playground();

const button = (page) => page.getByRole('button', { name: 'Microcode', exact: true });
const list = (page) => page.getByRole('listbox', { name: 'Microcode' });
const operator = (page, text) => list(page).getByRole('option').filter({ hasText: text });
const instructions = (page) => page.getByRole('listbox', { name: 'Instructions' });
const texts = (rows) => rows.locator('.text').allTextContents();

async function factorial(options = {}) {
  const page = await open({ hash: '#module=recursion.wasm&call=factorial,5', ...options });
  await page.locator('.code-row', { hasText: 'i64.mul' }).waitFor();
  return page;
}

test('operators stand beside the instructions that they stand for, and say what they cost', async () => {
  const page = await factorial();
  await button(page).click();
  await operator(page, 'return').waitFor();
  assert.deepEqual(await texts(list(page).getByRole('option')), [
    'if i64.ne $n, 0 → 5',
    't0 ← 1',
    'jump → 10',
    't1 ← i64.add $n, -1',
    't0 ← $n',
    't1 ← call $factorial t1',
    't0 ← i64.mul t0, t1',
    'return t0',
  ]);
  const costs = page.locator('.microcode-head > p');
  assert.equal(await costs.textContent(), '8 operators, 88 B for 20 B of code');
  assert.match(await costs.getAttribute('title'), /^0\.62 operators for an instruction, 4\.40 bytes/);
  await button(page).click();
  await list(page).waitFor({ state: 'detached' });
  await page.keyboard.press('m');
  await list(page).waitFor();
});

test('pointing at one shows the others', async () => {
  const page = await factorial();
  await button(page).click();
  await operator(page, 'i64.add').hover();
  assert.deepEqual(await texts(page.locator('.code-row.soft')), [
    'local.get $n',
    'local.get $n',
    'i64.const 1',
    'i64.sub',
  ]);
  assert.equal(await page.locator('.hex-row .soft').count(), 7);
  await instructions(page).getByRole('option').filter({ hasText: 'i64.eqz' }).hover();
  assert.deepEqual(await texts(page.locator('.operator-row.soft')), ['if i64.ne $n, 0 → 5']);
});

test('what is clicked on is selected on every side, also with keys', async () => {
  const page = await factorial();
  await button(page).click();
  await operator(page, 'i64.mul').click();
  await page.locator('.code-row.selected', { hasText: 'i64.mul' }).waitFor();
  await list(page).press('ArrowUp');
  await page.locator('.operator-row.selected', { hasText: 'call $factorial' }).waitFor();
  const selected = page.locator('.operator-row.selected');
  assert.deepEqual(await texts(selected), ['t0 ← $n', 't1 ← call $factorial t1']);
  await page.locator('.code-row.selected', { hasText: 'call $factorial' }).waitFor();
  await list(page).press('ArrowDown');
  await page.locator('.operator-row.selected', { hasText: 'i64.mul' }).waitFor();
});

test('the run is followed', async () => {
  const page = await factorial();
  await button(page).click();
  await transport(page, 'Step').click();
  await now(page).waitFor();
  const current = page.locator('.operator-row.now');
  assert.deepEqual(await texts(current), ['if i64.ne $n, 0 → 5']);
  for (let step = 1; step <= 5; step += 1) {
    await transport(page, 'Step').click();
    await reaches(page, step);
  }
  assert.deepEqual(await texts(current), ['t1 ← i64.add $n, -1']);
  assert.equal(await current.getAttribute('aria-current'), 'step');
});

test('a call of a host function leaves microcode', async () => {
  const page = await open({ hash: '#module=host_import.wasm&call=run' });
  await transport(page, 'Step').click();
  await now(page).waitFor();
  await button(page).click();
  await operator(page, 'leave').first().waitFor();
});

test('the tier is chosen at any time, and functions say how they are executed', async () => {
  const page = await open({ hash: '#module=recursion.wasm&call=ackermann,2,9' });
  const tier = page.getByRole('toolbar', { name: 'Run and step' }).getByRole('combobox', { name: 'Tier' });
  const functions = page.locator('.tiers .function');
  await tier.selectOption('Stepper');
  await page.getByRole('tab', { name: 'Tiers' }).click();
  await page.getByText('once a call is started').waitFor();
  await page.getByRole('tab', { name: 'State' }).click();
  await transport(page, 'Run').click();
  assert.deepEqual(await results(page), ['21']);
  await page.getByRole('tab', { name: 'Tiers' }).click();
  await page.getByText('0 translated').waitFor();

  await tier.selectOption('Microcode');
  await transport(page, 'Run').click();
  await page.getByText('1 translated').waitFor();
  assert.match(await functions.first().textContent(), /^ackermann.*microcode, \d+ B.*; translated at once$/);
  const said = /microcode, (\d+ B)/.exec(await functions.first().textContent())[1];
  await functions.first().click();
  await page.locator('.code-head h2', { hasText: 'ackermann' }).waitFor();
  await button(page).click();
  await page.locator('.microcode-head strong', { hasText: said }).waitFor();
  await page.getByRole('tab', { name: 'Tiers' }).click();
  await tier.selectOption('Stepper');
  await page.getByText(`stepper now; its microcode of ${said} is kept`).waitFor();
  await page.getByRole('tab', { name: 'State' }).click();
  assert.deepEqual(await results(page), ['21']);
});

test('functions stand in the order of their hits, or as in the module, and words are explained', async () => {
  const page = await open({ hash: '#module=json.wasm&call=count_sample' });
  await transport(page, 'Run').click();
  await results(page);
  await page.getByRole('tab', { name: 'Tiers' }).click();
  const rows = page.locator('.tiers .function');
  await rows.first().waitFor();
  const hits = async () => (await rows.allTextContents()).map((text) => Number(/hit about (\S+) times/.exec(text)?.[1].replace(/\D/g, '') ?? 0));
  const descending = (numbers) => numbers.every((it, at) => at === 0 || numbers[at - 1] >= it);
  assert.ok((await hits()).length > 3);
  assert.ok(descending(await hits()), `${await hits()}`);
  await page.getByRole('button', { name: 'As in the module' }).click();
  const indices = (await rows.locator('code').evaluateAll((all) => all.map((it) => Number(it.title.split(' ')[1]))));
  assert.ok(descending(indices.reverse()), `${indices}`);
  await page.getByText('What the words mean').click();
  await page.locator('.meanings dt', { hasText: 'hit' }).waitFor();
  await page.getByText(/At step .* with entries and tables\./).waitFor();
});

test('what steps have executed is not counted, and the page says so', async () => {
  const page = await open({ hash: '#module=recursion.wasm&call=ackermann,2,3&step=20' });
  await now(page).waitFor();
  await page.getByRole('tab', { name: 'Tiers' }).click();
  await page.getByText('At step 20. The stepper executes single steps').waitFor();
});

test('instructions and operators scroll together, whichever a person scrolls', async () => {
  const page = await open({ hash: '#module=json.wasm&call=count_sample' });
  await transport(page, 'Run').click();
  await results(page);
  await page.getByRole('tab', { name: 'Tiers' }).click();
  await page.locator('.tiers .function').first().click();
  await button(page).click();
  await list(page).getByRole('option').first().waitFor();
  const place = (of) => of.evaluate((it) => ({ top: it.scrollTop, end: it.scrollHeight - it.clientHeight }));
  const [code, operators] = [instructions(page), list(page)];
  const settled = () => page.waitForTimeout(150);
  const { end } = await place(code);
  assert.ok(end > 0 && (await place(operators)).end > 0, 'both are longer than the pane');
  await code.evaluate((it) => { it.scrollTop = it.scrollHeight; });
  await settled();
  const last = await place(operators);
  // Above and below the rows there is a little room.
  assert.ok(last.end - last.top <= 8, `they end together: ${last.top} of ${last.end}`);
  await operators.evaluate((it) => { it.scrollTop = it.scrollHeight / 3; });
  await settled();
  const inMiddle = await place(code);
  assert.ok(inMiddle.top > 0 && inMiddle.top < end, `${inMiddle.top} of ${end}`);
  await settled();
  assert.equal((await place(code)).top, inMiddle.top, 'they come to rest');
  await operators.evaluate((it) => { it.scrollTop = 0; });
  await settled();
  assert.equal((await place(code)).top, 0);
  await code.evaluate((it) => { it.scrollTop = it.scrollHeight; });
  await settled();
  await operators.evaluate((it) => { it.scrollTop = 0; });
  await settled();
  assert.equal((await place(code)).top, 0, 'to the same place again');
});

test('deeply nested code can be read beside microcode', async () => {
  const page = await open({ hash: '#module=json.wasm' });
  await page.locator('#search').fill('from_str');
  await page.locator('.results button').first().click();
  await page.locator('.code-row').first().waitFor();
  await button(page).click();
  await list(page).getByRole('option').first().waitFor();
  const pane = await instructions(page).boundingBox();
  const code = instructions(page);
  const height = await code.evaluate((it) => it.scrollHeight);
  for (let top = 0; top < height; top += 400) {
    await code.evaluate((it, top) => { it.scrollTop = top; }, top);
    await page.waitForTimeout(30);
    for (const box of await page.locator('.code-row .mnemonic').evaluateAll((all) => all.map((it) => it.getBoundingClientRect().x))) {
      assert.ok(box < pane.x + pane.width - 40, `${box} is within ${pane.x + pane.width}`);
    }
  }
});

test('signs are explained where they stand, and the explanation goes away', async () => {
  const page = await factorial();
  await button(page).click();
  const sign = page.getByLabel('What the signs mean');
  await sign.focus();
  await page.keyboard.press('Enter');
  const legend = page.locator('.signs dl');
  await legend.getByText('a place on the operand stack').waitFor();
  await page.keyboard.press('Escape');
  await legend.waitFor({ state: 'hidden' });
  await sign.click();
  await legend.waitFor();
  await page.locator('.code-row', { hasText: 'i64.mul' }).click();
  await legend.waitFor({ state: 'hidden' });
});

test('where exceptions are caught is said on both sides', async () => {
  const page = await open({ hash: '#module=exceptions.wasm' });
  await page.locator('#search').fill('parse');
  await page.locator('.results button').first().click();
  const remark = page.locator('.code-row', { hasText: 'try_table' }).first().locator('.remark');
  const target = (await remark.textContent()).replace('→ ', '').split(',')[0];
  await page.locator('.code-row .offset', { hasText: target.replace('0x', '') }).first().waitFor();
  await button(page).click();
  await page.locator('.operator-row .caught').first().waitFor();
});

test('an imported function has no microcode, and the button says so', async () => {
  const page = await open({ hash: '#module=host_import.wasm' });
  await page.locator('#search').fill('host_add');
  await page.locator('.results button').first().click();
  await page.getByText('This function is imported').waitFor();
  await button(page).click();
  await page.getByText('So there is no microcode either.').waitFor();
});

test('tier and microcode are as they were left', async () => {
  const page = await factorial();
  const tier = page.getByRole('toolbar', { name: 'Run and step' }).getByRole('combobox', { name: 'Tier' });
  await tier.selectOption('Microcode');
  await button(page).click();
  await operator(page, 'return').waitFor();
  await page.reload();
  await operator(page, 'return').waitFor();
  assert.equal(await tier.inputValue(), 'Microcode');
  await transport(page, 'Run').click();
  await results(page);
  await page.getByRole('tab', { name: 'Tiers' }).click();
  await page.getByText('translated at once').waitFor();
});

test('the tier is chosen in the toolbar of a small window as well', async () => {
  const page = await factorial({ viewport: { width: 1000, height: 700 } });
  const tier = page.getByRole('toolbar', { name: 'Run and step' }).getByRole('combobox', { name: 'Tier' });
  await tier.selectOption('Stepper');
  const inside = await page.locator('.head').evaluate((head) =>
    [...head.querySelectorAll('button, select, output, label')].every((it) => it.getBoundingClientRect().right <= head.clientWidth));
  assert.ok(inside, 'all of the head is to be seen');
  const boxes = await Promise.all(['.lead', '.transport', '.actions'].map((it) => page.locator(it).boundingBox()));
  boxes.slice(1).forEach((box, at) => assert.ok(boxes[at].x + boxes[at].width <= box.x + 1, 'nothing overlaps'));
});

test('on a telephone, microcode stands below the code, and the tier is chosen in its tab', async () => {
  const page = await factorial({ viewport: PHONE });
  await page.getByRole('button', { name: 'Code', exact: true }).click();
  await button(page).click();
  const [above, below] = [await instructions(page).boundingBox(), await list(page).boundingBox()];
  assert.ok(above.y + above.height <= below.y, 'one above the other');
  assert.ok(above.height > 120 && below.height > 120, `${above.height} and ${below.height}`);
  await page.getByRole('button', { name: 'State', exact: true }).click();
  await page.getByRole('tab', { name: 'Tiers' }).click();
  await page.locator('.tiers').getByRole('combobox', { name: 'Tier' }).selectOption('Stepper');
  await page.getByText('The stepper executes everything.').waitFor();
});
