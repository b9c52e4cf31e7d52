// How long it takes to commit a run to the browser's database, and what the page does meanwhile.
import { newPage } from './browser.mjs';
import { instruments, spread } from './frames.mjs';
import { prepare, results } from './steps.mjs';

const COMMITS = 100;

/** So many instructions of `scatter` change about sixteen pages. */
const APART = 360;

/** What p95 is to stay below, in milliseconds. */
const BARS = { commit: 20, busy: 16 };

/** Put into the page: goes to a step, then commits; milliseconds from the click to the page's saying so. */
function committing() {
  const until = (is) =>
    new Promise((done) => {
      const look = () => is() && (observer.disconnect(), done());
      const observer = new MutationObserver(look);
      observer.observe(document.body, { subtree: true, childList: true, characterData: true });
      look();
    });
  const fact = (name) =>
    [...document.querySelectorAll('.spill dl > div')].find((it) => it.textContent.startsWith(name))?.querySelector('dd').textContent;
  window.commits = async (first, count, apart) => {
    const slider = document.querySelector('.scrubber input');
    const times = [];
    const objects = [];
    const busy = [];
    for (let index = first; index < first + count; index += 1) {
      slider.value = String(20000 + index * apart);
      slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
      await until(() => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) === 20000 + index * apart);
      slider.dispatchEvent(new Event('change', { bubbles: true }));
      // Drawing where it stands now is no part of a commit.
      await new Promise((done) => setTimeout(done, 150));
      const frames = measureFrames(100);
      const known = fact('It took')?.match(/of (\d+)/)?.[1];
      const before = performance.now();
      [...document.querySelectorAll('.spill button')].find((it) => it.textContent === 'Commit now').click();
      await until(() => fact('It took')?.match(/of (\d+)/)?.[1] !== known);
      times.push(performance.now() - before);
      objects.push(Number.parseInt(fact('Last commit'), 10));
      busy.push(Math.max(...(await frames).busy));
    }
    return { times, objects, busy, measured: fact('It took') };
  };
}

/** Measures and prints. */
export async function commits(browser, origin) {
  const page = await newPage(browser);
  await page.addInitScript(instruments);
  await page.addInitScript(committing);
  await page.goto(`${origin}/#module=larger_than_ram.wasm`);
  await page.locator('.chip strong').waitFor();
  await page.getByRole('tab', { name: 'Device' }).click();
  await page.getByLabel('Board').selectOption('ESP32-C3');
  const automatic = page.getByRole('spinbutton', { name: /^Commit when/ });
  await automatic.fill('0');
  await automatic.press('Enter');
  await page.getByRole('tab', { name: 'State' }).click();
  const form = await prepare(page, 'scatter', ['5000']);
  await form.getByRole('button', { name: 'Run' }).click();
  await results(page);
  await page.getByRole('tab', { name: 'Device' }).click();
  // The first commit writes everything.
  await page.evaluate((apart) => commits(0, 1, apart), APART);
  const { times, objects, busy, measured } = await page.evaluate(([count, apart]) => commits(1, count, apart), [COMMITS, APART]);
  const row = (name, values, bar) => {
    const [median, most, all] = spread(values);
    const verdict = most < bar ? '' : `  above ${bar}`;
    console.log(`  ${name.padEnd(46)} ${[median, most, all].map((time) => time.toFixed(2).padStart(9)).join(' ')}${verdict}`);
  };
  console.log(`\n${COMMITS} commits of a run, ms\n  ${''.padEnd(46)} ${['median', '95 %', 'most'].map((it) => it.padStart(9)).join(' ')}`);
  row('objects of a commit', objects, Infinity);
  row('from the click until the page says so', times, BARS.commit);
  row('how long the page is busy in a frame meanwhile', busy, BARS.busy);
  console.log(`  the engine, to the end of the transaction: ${measured}`);
  await page.context().close();
}
