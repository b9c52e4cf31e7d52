// When the engine is fetched, and what happens if it cannot be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODULES, PROGRAMS, bytesOf, module } from './fixtures.mjs';
import { choose, drag, playground } from './steps.mjs';

const open = playground();
const ENGINE = ['/worker.js', '/engine.js', '/engine_bg.wasm'];
const engineOf = (page) => page.fetched.filter((path) => ENGINE.includes(path));

/** Waits until the engine is asked for, all of it. */
async function fetching(page) {
  while (new Set(engineOf(page)).size < ENGINE.length) await page.waitForEvent('request');
}

test('a first visit shows how to begin, and fetches no engine', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Try an example' }).waitFor();
  await page.mouse.move(700, 20);
  await page.waitForLoadState('networkidle');
  assert.deepEqual(engineOf(page), []);
  assert.deepEqual(page.fetched.filter((path) => path.startsWith('/examples/')), []);
});

test('a first visit leads to an example with its first call filled in', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Try an example' }).click();
  const name = await page.locator('.chip strong').textContent();
  assert.ok(MODULES.some((module) => module.file === name), name);
  assert.ok(await page.getByRole('button', { name: 'Run', exact: true }).first().isEnabled());
  await page.getByRole('treeitem', { name: /Code/ }).first().waitFor();
});

test('any sign that a module is about to be opened fetches the engine, and nothing is said of it', async () => {
  const signs = {
    'pointing at the examples': (page) => page.getByRole('button', { name: 'Examples' }).hover(),
    'reaching the examples by keyboard': (page) => page.getByRole('button', { name: 'Examples' }).focus(),
    'pointing at Open': (page) => page.locator('.tool.open').hover(),
    'pointing at the way to begin': (page) => page.getByRole('button', { name: 'Try an example' }).hover(),
    'choosing a file by its key': (page) => page.keyboard.press('f'),
    'dragging a file over the page': (page) => drag(page, 'any.wasm', Buffer.from([0]), ['dragenter']),
  };
  for (const [sign, give] of Object.entries(signs)) {
    const page = await open();
    const fetched = fetching(page);
    await give(page);
    await fetched.catch(() => assert.fail(sign));
    assert.ok(await page.locator('.welcome').isVisible(), sign);
  }
});

test('the engine is fetched once, for all modules', async () => {
  const page = await open();
  for (const fixture of [module('spin.wasm'), ...PROGRAMS.slice(0, 2)]) {
    await choose(page, fixture.file, bytesOf(fixture));
    await page.getByRole('treeitem', { name: /Code/ }).first().waitFor();
  }
  assert.deepEqual(engineOf(page).sort(), [...ENGINE].sort());
});

/** Lets the page's own program come only after the engine has said its first word. */
async function comeAfterTheEngine(page) {
  let spoke;
  const spoken = new Promise((done) => { spoke = done; });
  await page.exposeFunction('spoke', () => spoke());
  await page.addInitScript(() => {
    window.Worker = class extends Worker {
      constructor(...of) {
        super(...of);
        this.addEventListener('message', () => window.spoke(), { once: true });
      }
    };
  });
  await page.route(/app.*\.wasm/, async (route) => {
    await spoken;
    await route.continue();
  });
}

test('a module in the address has the engine come while the page does, and once', async () => {
  const page = await open({ hash: '#module=spin.wasm', prepare: comeAfterTheEngine });
  assert.equal(await page.locator('.chip strong').textContent(), 'spin.wasm');
  assert.deepEqual(engineOf(page).sort(), [...ENGINE].sort());
});

test('an engine that failed before the page was there is reported, and can be fetched again', async () => {
  const page = await open({
    hash: '#module=spin.wasm',
    prepare: async (page) => {
      await page.context().route(/engine_bg/, (route) => route.abort());
      await comeAfterTheEngine(page);
    },
  });
  await page.getByRole('alert').getByText('The engine could not be fetched.').waitFor();
  await page.context().unroute(/engine_bg/);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.chip strong', { hasText: 'spin.wasm' }).waitFor();
  page.problems.length = 0;
});

test('while the engine is on its way, the page says so', async () => {
  const page = await open();
  let come;
  const coming = new Promise((done) => { come = done; });
  await page.context().route(/engine_bg/, async (route) => {
    await coming;
    await route.continue();
  });
  await page.getByRole('button', { name: 'Try an example' }).click();
  await page.locator('main').getByText('Fetching the engine…').waitFor();
  come();
  await page.locator('.chip strong').waitFor();
});

test('an engine that cannot be fetched is reported, and what was to be opened is opened once it can be', async () => {
  for (const [file, answer] of [
    [/engine_bg/, (route) => route.abort()],
    [/engine_bg/, (route) => route.fulfill({ status: 503 })],
    [/engine\.js/, (route) => route.fulfill({ status: 404 })],
    [/worker\.js/, (route) => route.abort()],
  ]) {
    const page = await open();
    await page.context().route(file, answer);
    const fixture = module('spin.wasm');
    await page.locator('#open').setInputFiles({ name: fixture.file, mimeType: 'application/wasm', buffer: bytesOf(fixture) });
    const said = page.getByRole('alert').filter({ hasText: 'The engine could not be fetched.' });
    await said.waitFor();
    await page.locator('.welcome').waitFor();
    await page.context().unroute(file);
    await said.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.chip strong', { hasText: fixture.file }).waitFor();
    await page.locator('.banner').waitFor({ state: 'detached' });
    page.problems.length = 0;
  }
});

test('an engine that was fetched ahead in vain is fetched again when it is needed', async () => {
  const page = await open();
  await page.context().route(/engine_bg/, (route) => route.abort());
  const failed = page.waitForEvent('requestfailed');
  await page.getByRole('button', { name: 'Try an example' }).hover();
  await failed;
  await page.context().unroute(/engine_bg/);
  assert.equal(await page.locator('.banner').count(), 0);
  await page.getByRole('button', { name: 'Try an example' }).click();
  await page.locator('.chip strong').waitFor();
  page.problems.length = 0;
});

test('a failure that was dismissed does not hold up the next module', async () => {
  const page = await open();
  await page.context().route(/engine_bg/, (route) => route.abort());
  await page.getByRole('button', { name: 'Try an example' }).click();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await page.locator('.banner').waitFor({ state: 'detached' });
  await page.context().unroute(/engine_bg/);
  await choose(page, 'spin.wasm', bytesOf(module('spin.wasm')));
  assert.equal(await page.locator('.banner').count(), 0);
  page.problems.length = 0;
});
