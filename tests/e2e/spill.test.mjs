// A run is committed to the browser's database, and goes on after a reload, a power cut, and where
// there is no database.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playground, reaches, results, steps, transport } from './steps.mjs';

const open = playground();

const HASH = '#module=larger_than_ram.wasm';
const store = (page) => page.getByRole('region', { name: 'Spill store' });
const press = (page, name) => store(page).getByRole('button', { name, exact: true }).click();
const verdict = (page) => page.locator('.device-verdict');
const offer = (page) => page.locator('.spill-offer');
const alert = (page) => store(page).getByRole('alert');
const fact = (page, name) => store(page).locator('dl > div', { hasText: name }).locator('dd');

async function showStore(page) {
  await page.getByRole('tab', { name: 'Device' }).click();
  await store(page).waitFor();
}

async function set(page, name, value) {
  const field = page.getByRole('spinbutton', { name });
  await field.fill(String(value));
  await field.press('Enter');
}

/** Starts `scatter(5000)`, and runs so far. */
async function runTo(page, step) {
  await page.evaluate((hash) => { location.hash = hash; }, `${HASH}&call=scatter,5000&step=${step}`);
  await reaches(page, step);
}

async function commit(page, epoch) {
  await press(page, 'Commit now');
  await store(page).locator('h3', { hasText: `Epoch ${epoch}` }).waitFor();
  await fact(page, 'It took').waitFor();
}

async function hash(page) {
  const shown = page.locator('.hash');
  if (!(await shown.isVisible())) {
    await page.getByRole('region', { name: 'Timeline' }).getByRole('button', { name: 'Calls, saving' }).click();
  }
  await shown.waitFor();
  return shown.textContent();
}

/** Runs to the end: results, instructions, hash. */
async function finish(page) {
  await transport(page, 'Continue').click();
  await page.getByRole('tab', { name: 'State' }).click();
  return { results: await results(page), steps: await steps(page), hash: await hash(page) };
}

/** Bytes of RAM in which `scatter(5000)` has to spill. */
const LITTLE = 100000;

/** A page with a device, which commits nothing by itself. */
async function begin({ board = 'Custom', budget = LITTLE, ...options } = {}) {
  const page = await open({ hash: HASH, ...options });
  await showStore(page);
  await page.getByLabel('Board').selectOption(board);
  if (budget) await set(page, 'Budget, bytes', budget);
  await set(page, /^Commit when/, 0);
  return page;
}

/** As a person does who closes the page and opens the module another time. */
async function visitAgain(page) {
  const address = new URL(page.url());
  await page.goto('about:blank');
  await page.goto(`${address.origin}/${HASH}`);
  await page.locator('.chip strong').waitFor();
}

let undisturbed;
async function whole() {
  if (!undisturbed) {
    const page = await begin();
    await runTo(page, 60000);
    undisturbed = await finish(page);
  }
  return undisturbed;
}

test('under an ESP32-C3, a run that spills survives a reload and power cuts, and comes to the right result', async () => {
  const plain = await open({ hash: `${HASH}&call=scatter,5000` });
  await transport(plain, 'Run').click();
  const right = { results: await results(plain), steps: await steps(plain), hash: await hash(plain) };

  const page = await begin({ board: 'ESP32-C3', budget: null });
  await runTo(page, 60000);
  await showStore(page);
  await verdict(page).filter({ hasText: /^Spills so far: at most \S+ KB of 313 KB, .* pages stored/ }).waitFor();
  await commit(page, 1);

  await visitAgain(page);
  await offer(page).getByRole('button', { name: 'Go on' }).click();
  await reaches(page, 60000);
  await showStore(page);
  assert.equal(await page.getByLabel('Board').locator('option:checked').textContent(), 'ESP32-C3');

  // Power fails between commits.
  await page.locator('.scrubber input').press('End');
  await transport(page, 'Step').click();
  await reaches(page, 60001);
  await press(page, 'Pull the plug');
  await verdict(page).filter({ hasText: 'There is no power' }).waitFor();
  await press(page, 'Plug in again');
  await store(page).locator('.report').getByText('Power failed after 60\u202f001 instructions').waitFor();
  await press(page, 'Go on from what is committed');
  await reaches(page, 60000);

  // And during commits.
  for (let round = 0; round < 4; round += 1) {
    await transport(page, 'Step').click();
    await press(page, 'Pull it during a commit');
    await press(page, 'Plug in again');
    await store(page).locator('.report').getByText('Nothing that was committed is lost').waitFor();
    await press(page, 'Go on from what is committed');
    await transport(page, 'Continue').waitFor();
  }
  assert.deepEqual(await finish(page), right);
});

test('a run that spills is committed, and goes on after a reload as if nothing had happened', async () => {
  const expected = await whole();
  const page = await begin();
  await runTo(page, 60000);
  await showStore(page);
  await commit(page, 1);
  assert.match(await store(page).textContent(), /Committed: scatter\(5000\), after 60\s000 instructions/);
  await visitAgain(page);
  await offer(page).waitFor();
  assert.match(await offer(page).textContent(), /scatter\(5000\), after 60\s000 instructions/);
  await offer(page).getByRole('button', { name: 'Go on' }).click();
  await reaches(page, 60000);
  await offer(page).waitFor({ state: 'detached' });
  assert.deepEqual(await finish(page), expected);
});

test('a run is committed by itself when it stops', async () => {
  const page = await begin();
  await set(page, /^Commit when/, 256);
  await runTo(page, 60000);
  await showStore(page);
  await store(page).getByText(/Committed: scatter\(5000\), after 60\s000 instructions/).waitFor();
  await visitAgain(page);
  await offer(page).getByText(/after 60\s000 instructions/).waitFor();
});

test('a run that a person stops is committed', async () => {
  const page = await begin({ board: 'ESP32-C3', budget: null });
  // Nothing else commits it so soon.
  await set(page, /^Commit when/, 1000000);
  await page.evaluate((hash) => { location.hash = hash; }, `${HASH}&call=sort,200000`);
  await transport(page, 'Run').click();
  await transport(page, 'Stop').click();
  await store(page).getByText(/Committed: sort\(200000\), after .* on ESP32-C3, 313 KB/).waitFor();
});

test('no other run replaces a committed one unasked, and its call is in the form once it goes on', async () => {
  const page = await begin();
  await runTo(page, 60000);
  await showStore(page);
  await commit(page, 1);
  await visitAgain(page);
  await offer(page).getByText('on Custom, 97.7 KB').waitFor();
  await page.evaluate((hash) => { location.hash = hash; }, `${HASH}&call=sort,2000`);
  await transport(page, 'Run').click();
  await offer(page).getByText('This run is not committed before you decide.').waitFor();
  await showStore(page);
  await store(page).getByText('This run is not committed').waitFor();
  await store(page).getByRole('button', { name: 'Replace it by this run' }).waitFor();
  await press(page, 'Go on from what is committed');
  await reaches(page, 60000);
  await store(page).getByRole('button', { name: 'Commit now' }).waitFor();
  await page.getByText('It went on at step 60\u202f000: what was before is not known.').waitFor();
  await finish(page);
  await transport(page, 'Run').click();
  await page.locator('.called', { hasText: /scatter\(5000\).*call 2/ }).waitFor();
});

test('pulling the plug loses what is not committed, and the rest goes on', async () => {
  const expected = await whole();
  const page = await begin();
  await runTo(page, 60000);
  await showStore(page);
  await commit(page, 1);
  await transport(page, 'Step').click();
  await reaches(page, 60001);
  await press(page, 'Pull the plug');
  await press(page, 'Plug in again');
  const report = store(page).locator('.report');
  await report.waitFor();
  const text = await report.textContent();
  assert.match(text, /Superblock 0: epoch 1/);
  assert.match(text, /Nothing that was committed is lost/);
  assert.match(text, /Power failed after 60\s001 instructions: 1 instruction to be executed again/);
  await press(page, 'Go on from what is committed');
  await reaches(page, 60000);
  assert.deepEqual(await finish(page), expected);
});

test('a commit that power fails during comes about or does not', async () => {
  const expected = await whole();
  const page = await begin();
  await runTo(page, 60000);
  await showStore(page);
  await commit(page, 1);
  for (let round = 0; round < 5; round += 1) {
    await transport(page, 'Step').click();
    await press(page, 'Pull it during a commit');
    await press(page, 'Plug in again');
    const report = store(page).locator('.report');
    await report.getByText('Nothing that was committed is lost').waitFor();
    await press(page, 'Go on from what is committed');
    await transport(page, 'Continue').waitFor();
  }
  assert.deepEqual(await finish(page), expected);
});

test('a second tab works with a store in memory', async () => {
  const page = await begin();
  await runTo(page, 60000);
  await showStore(page);
  await commit(page, 1);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await second.locator('.chip strong').waitFor();
  await showStore(second);
  await alert(second).getByText('Another tab works with the store').waitFor();
  await press(second, 'Commit now');
  await store(second).locator('h3', { hasText: 'in memory' }).waitFor();
  await page.close();
  await second.reload();
  await offer(second).waitFor();
});

test('where there is no room, the run goes on and says so', async () => {
  const page = await begin();
  const client = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  await client.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  await runTo(page, 60000);
  await showStore(page);
  await press(page, 'Commit now');
  await alert(page).getByText('gives the page no more room').waitFor();
  await transport(page, 'Step').click();
  await reaches(page, 60001);
  await client.send('Storage.overrideQuotaForOrigin', { origin });
  await press(page, 'Commit now');
  await alert(page).waitFor({ state: 'detached' });
  await visitAgain(page);
  await offer(page).getByText(/after 60\s001 instructions/).waitFor();
});

test('where nothing can be kept, the store is in memory', async () => {
  const page = await begin({
    prepare: (page) =>
      page.route('**/worker*.js*', async (route) => {
        const response = await route.fetch();
        const hidden = "Object.defineProperty(self, 'indexedDB', { value: undefined });";
        await route.fulfill({ response, body: `${hidden}${await response.text()}` });
      }),
  });
  await alert(page).getByText('lets the page keep nothing').waitFor();
  await runTo(page, 60000);
  await showStore(page);
  await press(page, 'Commit now');
  await store(page).locator('h3', { hasText: 'Epoch 1 in memory' }).waitFor();
  await press(page, 'Pull the plug');
  await press(page, 'Plug in again');
  await press(page, 'Go on from what is committed');
  await reaches(page, 60000);
});

test('a store that is damaged is named, and cleared only when that is asked for', async () => {
  const page = await begin();
  await runTo(page, 60000);
  await showStore(page);
  await commit(page, 1);
  await page.evaluate(async () => {
    const [{ name }] = await indexedDB.databases();
    const database = await new Promise((done) => { indexedDB.open(name).onsuccess = (event) => done(event.target.result); });
    const transaction = database.transaction('slots', 'readwrite');
    for (const key of [0, 1]) transaction.objectStore('slots').put(new Uint8Array(128).fill(7), key);
    await new Promise((done) => { transaction.oncomplete = done; });
    database.close();
  });
  await page.reload();
  await showStore(page);
  await alert(page).getByText('no spill store').waitFor();
  assert.equal(await offer(page).count(), 0);
  await press(page, 'Remove the store');
  await store(page).getByText('Nothing is committed yet').waitFor();
});
