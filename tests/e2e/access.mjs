// Every state of the page can be used by everybody: axe finds no barrier in it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { playground } from './steps.mjs';
import { SCENES } from './scenes.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What keeps people from using a state of the page. */
export async function barriers(page, options = {}) {
  await page.evaluate(AXE);
  // What is as it should be needs no report.
  const brief = { resultTypes: ['violations'], selectors: false, ...options };
  const { violations } = await page.evaluate((options) => axe.run(options), brief);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`),
  );
}

/** Tests all states at a size. */
export function everyState(size, viewport) {
  const open = playground();
  for (const scene of SCENES) {
    test(`no barrier: ${scene.name}, ${size}`, async () => {
      const page = await open({ viewport, colorScheme: 'light', hash: scene.hash });
      await scene.play(page);
      assert.deepEqual(await barriers(page, {}), [], 'light');
      // In the dark, only colours are others.
      await page.emulateMedia({ colorScheme: 'dark' });
      assert.deepEqual(await barriers(page, { runOnly: ['color-contrast'] }), [], 'dark');
    });
  }
}
