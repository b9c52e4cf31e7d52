// How smoothly a long run can be gone through, measured by the page itself.
import { prepare, transport } from './steps.mjs';
import { newPage } from './browser.mjs';
import { instruments, spread } from './frames.mjs';

/** How far a run is executed, and how often it is gone to a random step of it. */
const LENGTH = 10_000_000;
const SEEKS = 100;

/** For how long frames are looked at, in milliseconds. */
const WATCHED = 3000;

/** What p95 is to stay below, in milliseconds. */
const BARS = { seek: 100, frame: 16.7 };

/** Calls of ten million instructions and more, as in the native benchmark. */
const LONG = [
  ['typed_values.wasm', 'sum_to_n', ['1000000']],
  ['sieve.wasm', 'count_primes', ['65536']],
  ['mandelbrot.wasm', 'inside', ['96', '64', '200']],
  ['json.wasm', 'round_trip', ['900']],
  ['recursion.wasm', 'fib', ['30']],
];

/** Put into the page: its ways to go through a run. */
function driving() {
  const shown = () => Number(document.querySelector('.steps b').textContent.replace(/\D/g, ''));
  const slider = () => document.querySelector('.scrubber input');
  const drag = (step) => {
    slider().value = String(step);
    slider().dispatchEvent(new InputEvent('input', { bubbles: true }));
  };
  const drop = () => slider().dispatchEvent(new Event('change', { bubbles: true }));
  const arrival = (step) =>
    new Promise((done) => {
      const look = () => shown() === step && (observer.disconnect(), done());
      const observer = new MutationObserver(look);
      observer.observe(document.querySelector('.steps'), { subtree: true, childList: true, characterData: true });
      look();
    });

  /** Milliseconds from choosing a step until it is on the page. */
  async function seeks(count) {
    const times = [];
    const last = Number(slider().max);
    let state = 1;
    for (let index = 0; index < count; index += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const step = Math.floor((state / 2 ** 32) * last);
      const before = performance.now();
      drag(step);
      await arrival(step);
      times.push(performance.now() - before);
      drop();
    }
    return times;
  }

  /** Drags to the end and back. */
  function dragging(milliseconds) {
    const last = Number(slider().max);
    return measureFrames(milliseconds, (part) => drag(Math.floor(last * (1 - Math.abs(1 - 2 * part))))).finally(drop);
  }
  window.measure = { seeks, dragging };
}

/** Prints a row, and says whether it stays below its bar. */
function row(name, times, bar) {
  const [median, most, all] = spread(times);
  const verdict = most < bar ? '' : `  above ${bar}`;
  console.log(`  ${name.padEnd(46)} ${[median, most, all].map((time) => time.toFixed(2).padStart(9)).join(' ')}${verdict}`);
}

const head = (title) =>
  console.log(`\n${title}, ms\n  ${''.padEnd(46)} ${['median', '95 %', 'most'].map((it) => it.padStart(9)).join(' ')}`);

/** A page on which a call has been made, as far as LENGTH. */
async function ran(browser, origin, [file, name, values]) {
  const page = await newPage(browser);
  await page.addInitScript(instruments);
  await page.addInitScript(driving);
  await page.goto(`${origin}/#module=${file}&call=${[name, ...values].join(',')}&step=${LENGTH}`);
  await page.waitForFunction(
    (length) =>
      document.querySelector('.outcome.finished') ||
      (Number(document.querySelector('.scrubber input')?.max) >= length && !document.querySelector('.outcome.running')),
    LENGTH,
    { timeout: 60_000 },
  );
  // Until the picture of the run is there.
  await page.waitForTimeout(500);
  return page;
}

/** Measures and prints. */
export async function smoothness(browser, origin) {
  const frames = [];
  head(`going to a random step of ${LENGTH}, until it is on the page`);
  for (const call of LONG) {
    const page = await ran(browser, origin, call);
    row(call.slice(0, 2).join(' '), await page.evaluate((count) => measure.seeks(count), SEEKS), BARS.seek);
    frames.push([`dragging, ${call[1]}`, await page.evaluate((time) => measure.dragging(time), WATCHED)]);
    await page.context().close();
  }
  for (const speed of ['64 steps/s', '100 k steps/s', 'Full speed']) {
    const page = await newPage(browser);
    await page.addInitScript(instruments);
    await page.goto(`${origin}/#module=recursion.wasm`);
    await page.locator('.chip strong').waitFor();
    const form = await prepare(page, 'fib', ['40']);
    await page.getByRole('combobox', { name: 'Speed' }).selectOption({ label: speed });
    await form.getByRole('button', { name: 'Step into' }).click();
    await transport(page, 'Continue').click();
    await page.waitForTimeout(500);
    frames.push([`playing, ${speed}`, await page.evaluate((time) => measureFrames(time), WATCHED)]);
    await page.context().close();
  }
  head('how long the page is busy in a frame');
  for (const [name, { busy }] of frames) row(name, busy, BARS.frame);
  head('from one frame to the next, of which there are 60 a second');
  for (const [name, { intervals }] of frames) row(name, intervals, BARS.frame + 1);
}
