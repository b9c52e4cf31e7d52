// The kernels in the browser, on interpreters compiled to WebAssembly, as in the native benchmark.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { compare, print } from '../bench/page/measure.mjs';
import { serve } from './server.mjs';
import { newPage } from './browser.mjs';

const ROOT = new URL('../../', import.meta.url).pathname;
const ENGINES = process.env.FAYASM_ENGINES;

/** Measures, prints, and compares with what node took if it was measured before. */
export async function engines(browser) {
  const server = await serve(ROOT);
  const page = await newPage(browser);
  await page.route('**/engines/*', (route) => route.fulfill({ path: join(ENGINES, basename(route.request().url())) }));
  // Any page of this origin: one that is isolated has the better clock.
  await page.route('**/isolated', (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' },
      body: '<title>Engines</title>',
    }),
  );
  await page.goto(`${server.origin}/isolated`);
  const rows = await page.evaluate(async () => {
    const { measure } = await import('/tests/bench/page/measure.mjs');
    return measure(async (path) => (await fetch(`/${path}`)).arrayBuffer());
  });
  const where = `Chromium ${browser.version().split('.')[0]}`;
  print(where, rows);
  const node = await readFile(join(ENGINES, 'node.json'), 'utf8').catch(() => undefined);
  if (node) compare([where, rows], ['node', JSON.parse(node)]);
  await page.context().close();
  await server.close();
}
