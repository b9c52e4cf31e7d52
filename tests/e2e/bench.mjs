// Speeds in the browser: of engines compiled to WebAssembly, and of the built page.
import { readFile } from 'node:fs/promises';
import { prepare, results, steps, transport } from './steps.mjs';
import { launch, newPage } from './browser.mjs';
import { commits } from './commits.mjs';
import { engines } from './engines.mjs';
import { serve } from './server.mjs';
import { smoothness } from './smooth.mjs';

const ROUNDS = 5;

/** Calls that run for a while, as in the native benchmark. */
const KERNELS = JSON.parse(await readFile(new URL('../bench/kernels.json', import.meta.url)));

const server = await serve();
const browser = await launch();

await engines(browser);

console.log('\nin the page: from the click on Run to the result on the screen, best of', ROUNDS);
console.log(`  ${'call'.padEnd(36)} ${'instructions'.padStart(14)} ${'ms'.padStart(9)} ${'M instr/s'.padStart(10)}`);
for (const { file, export: name, args } of KERNELS) {
  const values = args.map((arg) => arg.slice(arg.indexOf(':') + 1));
  const page = await newPage(browser);
  await page.goto(`${server.origin}/#module=${file}`);
  await page.locator('.chip strong', { hasText: file }).waitFor();
  const form = await prepare(page, name, values);
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    await form.getByRole('button', { name: 'Step into' }).click();
    await transport(page, 'Continue').waitFor();
    const milliseconds = await page.evaluate(async () => {
      const button = document.querySelector('[role=toolbar] .primary.run');
      const before = performance.now();
      button.click();
      while (!document.querySelector('.outcome.finished')) {
        await new Promise((done) => setTimeout(done));
      }
      return performance.now() - before;
    });
    best = Math.min(best, milliseconds);
  }
  await results(page);
  const count = await steps(page);
  const speed = count / best / 1e3;
  console.log(
    `  ${file.padEnd(18)} ${name.padEnd(17)} ${String(count).padStart(14)} ${best.toFixed(2).padStart(9)} ${speed.toFixed(1).padStart(10)}`,
  );
  await page.context().close();
}

await smoothness(browser, server.origin);
await commits(browser, server.origin);
await browser.close();
await server.close();
