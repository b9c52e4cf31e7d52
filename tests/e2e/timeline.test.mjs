// The timeline: going back and forth in a run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { now, playground, reaches, steps, transport } from './steps.mjs';

const open = playground();

const timeline = (page) => page.getByRole('region', { name: 'Timeline' });
const slider = (page) => timeline(page).getByRole('slider', { name: 'Step' });
const back = (page, name) => timeline(page).getByRole('button', { name, exact: true });
const frames = (page) => page.getByRole('region', { name: 'State' }).locator('.frames li').count();

/** Waits until it stands at this step. */
async function standsAt(page, step) {
  await page.waitForFunction(
    (step) => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) === step,
    step,
  );
}

async function ran(options) {
  const page = await open(options);
  await transport(page, 'Run').click();
  await page.getByRole('region', { name: /Result|Trap/ }).waitFor();
  return page;
}

test('a run that has ended can be dragged through, and shows what was there', async () => {
  const page = await ran({ hash: '#module=recursion.wasm&call=fib,10' });
  const end = await steps(page);
  const box = await slider(page).boundingBox();
  const at = (part) => [box.x + box.width * part, box.y + box.height / 2];
  await page.mouse.move(...at(0.9));
  await page.mouse.down();
  await page.mouse.move(...at(0.5), { steps: 5 });
  await page.mouse.move(...at(0.3), { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction(
    (end) => {
      const step = Number(document.querySelector('.steps b').textContent.replace(/\D/g, ''));
      return step > end * 0.25 && step < end * 0.35;
    },
    end,
  );
  await now(page).first().waitFor();
  const step = await steps(page);
  assert.equal(Number(await slider(page).inputValue()), step, 'the slider stands where the run stands');
  // On to the end again, with the same result.
  await transport(page, 'Continue').click();
  await page.getByRole('region', { name: 'Result' }).getByText('55', { exact: true }).waitFor();
  await standsAt(page, end);
});

test('while a run is dragged through and held, all panes show the same step', async () => {
  const page = await ran({ hash: '#module=json.wasm&call=round_trip,20' });
  const box = await slider(page).boundingBox();
  const at = (part) => [box.x + box.width * part, box.y + box.height / 2];
  await page.mouse.move(...at(0.9));
  await page.mouse.down();
  for (const part of [0.8, 0.62, 0.41, 0.33]) {
    await page.mouse.move(...at(part), { steps: 7 });
    await page.waitForFunction(
      (value) => {
        const text = (selector) => document.querySelector(selector)?.textContent;
        const step = Number(text('.steps b').replace(/\D/g, ''));
        const wanted = Number(document.querySelector('.scrubber input').value);
        const offset = text('.next .offset');
        const byte = Number(document.querySelector('.bytes [data-at].now')?.dataset.at);
        return step === wanted && step < value && offset && offset === text('.code-row.now .offset') && Number(offset) === byte;
      },
      Number(await slider(page).getAttribute('max')) * (part + 0.05),
    );
  }
  await page.mouse.up();
});

test('a step back undoes a step, over a call or out of one', async () => {
  const page = await open({ hash: '#module=recursion.wasm&call=fib,3' });
  await transport(page, 'Step').click();
  for (let step = 1; step <= 9; step += 1) {
    await transport(page, 'Step').click();
    await standsAt(page, step);
  }
  const depth = await frames(page);
  await page.keyboard.press('k');
  await standsAt(page, 8);
  // The call of fib(2) is executed as a whole, and undone as a whole.
  await slider(page).fill('9');
  await standsAt(page, 9);
  assert.equal(await frames(page), depth);
  await back(page, 'Step back out').click();
  await page.waitForFunction((depth) => document.querySelectorAll('.frames li').length < depth, depth);
  const before = await steps(page);
  await transport(page, 'Step over').click();
  await page.waitForFunction(
    (before) => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) > before + 1,
    before,
  );
  await back(page, 'Step back over').click();
  await standsAt(page, before);
});

test('at the beginning there is nothing to go back to', async () => {
  const page = await open({ hash: '#module=recursion.wasm&call=fib,3' });
  await transport(page, 'Step').click();
  await now(page).first().waitFor();
  assert.equal(await back(page, 'Step back').getAttribute('aria-disabled'), 'true');
  assert.equal(await slider(page).isDisabled(), true);
  await page.keyboard.press('k');
  await transport(page, 'Step').click();
  await standsAt(page, 1);
  assert.equal(await back(page, 'Step back').getAttribute('aria-disabled'), null);
});

test('a trap can be gone back from', async () => {
  const page = await ran({ hash: '#module=traps.wasm&call=outer,0' });
  const end = await steps(page);
  await timeline(page).locator('path.trap').waitFor({ state: 'attached' });
  await back(page, 'Step back').click();
  await standsAt(page, end - 1);
  assert.equal(await page.getByRole('region', { name: 'Trap' }).count(), 0);
  await slider(page).fill(String(end));
  await page.getByRole('region', { name: 'Trap' }).waitFor();
});

test('a step can be typed, known or not', async () => {
  const page = await open({ hash: '#module=typed_values.wasm&call=sum_to_n,1000' });
  await transport(page, 'Step').click();
  await now(page).first().waitFor();
  const field = timeline(page).getByRole('textbox', { name: 'Go to step' });
  await field.fill('5000');
  await field.press('Enter');
  await standsAt(page, 5000);
  await field.fill('1 234');
  await field.press('Enter');
  await standsAt(page, 1234);
  await page.locator('h1').click();
  assert.match(await field.inputValue(), /^1.234$/);
});

test('what is no step is not gone to', async () => {
  const page = await open({ hash: '#module=recursion.wasm&call=fib,8&step=40' });
  await reaches(page, 40);
  const field = page.getByRole('textbox', { name: 'Go to step' });
  for (const wrong of ['-5', '1e1', '12.5', 'abc']) {
    await field.fill(wrong);
    await field.press('Enter');
    assert.equal(await field.getAttribute('aria-invalid'), 'true', wrong);
  }
  await field.fill('1_2');
  await field.press('Enter');
  await reaches(page, 12);
});

test('a program that waits can be gone back in', async () => {
  const page = await open({ hash: '#module=count.wasm' });
  await transport(page, 'Run').click();
  await page.locator('.input.waits').waitFor();
  await page.waitForFunction(() => Number(document.querySelector('.steps b').textContent.replace(/\D/g, '')) > 2);
  const here = await steps(page);
  await page.getByRole('button', { name: 'Step back', exact: true }).click();
  await reaches(page, here - 1);
});
