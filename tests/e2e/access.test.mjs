import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { DESKTOP, PHONE } from './browser.mjs';
import { playground } from './steps.mjs';
import { SCENES } from './scenes.mjs';

const open = playground();
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  for (const colorScheme of ['light', 'dark']) {
    for (const scene of SCENES) {
      test(`no barrier: ${scene.name}, ${size}, ${colorScheme}`, async () => {
        const page = await open({ viewport, colorScheme, hash: scene.hash });
        await scene.play(page);
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() => axe.run());
        const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`));
        assert.deepEqual(found, []);
      });
    }
  }
}
