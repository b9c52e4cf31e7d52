// Writes a picture of each state of the page, in both sizes and both themes:
// node screenshots.mjs FOLDER [NAME …]
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DESKTOP, PHONE, launch, newPage } from './browser.mjs';
import { SCENES } from './scenes.mjs';
import { serve } from './server.mjs';
import { SHOWN } from './steps.mjs';

const [folder, ...names] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node screenshots.mjs FOLDER [NAME …]');
  process.exit(2);
}
await mkdir(folder, { recursive: true });
const server = await serve();
const browser = await launch();
for (const scene of SCENES.filter(({ name }) => names.length === 0 || names.includes(name))) {
  for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await newPage(browser, { viewport, colorScheme });
      page.setDefaultTimeout(5000);
      const file = join(folder, `${scene.name}-${size}-${colorScheme}.png`);
      try {
        await page.goto(`${server.origin}/${scene.hash}`);
        await page.locator(SHOWN).first().waitFor();
        await scene.play(page);
        await page.waitForTimeout(150);
      } catch (error) {
        console.error(`${file}: ${error.message.split('\n')[0]}`);
      }
      await page.screenshot({ path: file });
      await page.context().close();
    }
  }
}
await browser.close();
await server.close();
