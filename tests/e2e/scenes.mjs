// The states of the page that are looked at: by the eye, and by axe.
import { bytesOf, library, module } from './fixtures.mjs';
import { addFile, choose, chooseImport, drag, dropAll, now, prepare, transport, typeLine } from './steps.mjs';

/** Shows a pane; on a wide page all are shown already. */
async function show(page, name) {
  const button = page.getByRole('navigation', { name: 'Panes' }).getByRole('button', { name });
  if (await button.isVisible()) await button.click();
}

async function stepInto(page, count) {
  await transport(page, 'Step').click();
  await now(page).or(page.getByRole('region', { name: 'The next instruction' })).first().waitFor({ state: 'attached' });
  for (let step = 0; step < count; step += 1) await transport(page, 'Step').click();
}

/** Begins to watch how a module is decoded or validated: the slider of that. */
async function watch(page, film) {
  const [pane, button] = { Decoding: ['Bytes', 'Decode'], Validation: ['Code', 'Validate'] }[film];
  await show(page, pane);
  await page.getByRole('button', { name: button, exact: true }).click();
  return page.getByRole('slider', { name: film });
}

/** Each has a name, the address it begins at, and what is done there. */
export const SCENES = [
  { name: 'welcome', hash: '', play: async () => {} },
  { name: 'opened', hash: '#module=memory_ops.wasm', play: async () => {} },
  {
    name: 'structure',
    hash: '#module=tiny_vm.wasm',
    play: async (page) => show(page, 'Module'),
  },
  {
    name: 'byte',
    hash: '#module=memory_ops.wasm&at=0x8a',
    play: async (page) => {
      await show(page, 'Bytes');
      await page.getByRole('article', { name: 'What this byte means' }).waitFor();
    },
  },
  {
    name: 'stepping',
    hash: '#module=typed_values.wasm&call=sum_to_n,100',
    play: async (page) => {
      await stepInto(page, 12);
      await show(page, 'Code');
    },
  },
  {
    name: 'state',
    hash: '#module=recursion.wasm&call=ackermann,2,3&step=200',
    play: async (page) => {
      await now(page).first().waitFor({ state: 'attached' });
      await show(page, 'State');
    },
  },
  {
    name: 'device',
    hash: '#module=larger_than_ram.wasm&call=sort,60000',
    play: async (page) => {
      await show(page, 'State');
      await page.getByRole('tab', { name: 'Device' }).click();
      await page.getByLabel('Board').selectOption('Custom');
      await page.getByLabel('Budget, bytes', { exact: true }).fill('98304');
      await page.getByLabel('Budget, bytes', { exact: true }).press('Enter');
      await transport(page, 'Run').click();
      await page.locator('.device-verdict', { hasText: 'Fits with spilling' }).waitFor();
      await page.getByRole('slider', { name: 'Page' }).press('ArrowRight');
    },
  },
  {
    name: 'memory',
    hash: '#module=memory_ops.wasm&call=sort_checksum&step=64',
    play: async (page) => {
      await now(page).first().waitFor({ state: 'attached' });
      await show(page, 'State');
      await page.getByRole('tab', { name: 'Memory' }).click();
      await page.locator('#cell-0').waitFor();
    },
  },
  {
    name: 'memory-map',
    hash: '#module=json.wasm&call=count_sample',
    play: async (page) => {
      await transport(page, 'Run').click();
      await show(page, 'State');
      await page.getByRole('region', { name: 'Result' }).waitFor();
      await page.getByRole('region', { name: 'Timeline' }).getByRole('slider').fill('1000');
      // Else what it shows while it has the focus goes away under the next click.
      await page.locator('.timeline input[type=range]').blur();
      await page.getByRole('tab', { name: 'Memory' }).click();
      await page.locator('#cell-0').waitFor();
      const map = page.getByRole('button', { name: 'Map' });
      if ((await map.getAttribute('aria-expanded')) === 'false') await map.click();
      await page.getByText(/^all [\d\s]+ instructions$/).waitFor();
      const regions = page.getByRole('list', { name: 'Regions of the memory' });
      await regions.getByRole('button', { name: 'rodata' }).click();
      await page.locator('.typed dd').first().waitFor();
    },
  },
  {
    name: 'store',
    hash: '#module=memory_ops.wasm&call=sort_checksum&step=64',
    play: async (page) => {
      await now(page).first().waitFor({ state: 'attached' });
      await show(page, 'State');
      for (let count = 0; count < 60; count += 1) {
        if ((await page.locator('.next .op').textContent()) === 'i32.store') break;
        await transport(page, 'Step').click();
        await page.waitForTimeout(40);
      }
      await page.locator('.next details:not([open]) summary').click({ timeout: 500 }).catch(() => {});
    },
  },
  {
    name: 'microcode',
    hash: '#module=mandelbrot.wasm&call=inside,8,8,16&step=60',
    play: async (page) => {
      await now(page).first().waitFor({ state: 'attached' });
      await show(page, 'Code');
      await page.getByRole('button', { name: 'Microcode', exact: true }).click();
      await page.locator('.operator-row .text').first().waitFor();
    },
  },
  {
    name: 'tiers',
    hash: '#module=json.wasm&call=count_sample',
    play: async (page) => {
      await transport(page, 'Run').click();
      await show(page, 'State');
      await page.getByRole('region', { name: 'Result' }).waitFor();
      await page.getByRole('tab', { name: 'Tiers' }).click();
      await page.locator('.tiers .function').first().waitFor();
    },
  },
  ...['spill', 'spill-objects', 'spill-off', 'spill-report', 'spill-offer'].map((name, at) => ({
    name,
    hash: '#module=larger_than_ram.wasm',
    play: async (page) => {
      await show(page, 'State');
      const tab = (name) => page.getByRole('tab', { name }).click();
      await tab('Device');
      await page.getByLabel('Board').selectOption('ESP32-C3');
      await tab('State');
      await show(page, 'Module');
      const form = await prepare(page, 'scatter', ['5000']);
      await show(page, 'State');
      await form.getByRole('button', { name: 'Run' }).click();
      await page.getByRole('region', { name: 'Result' }).waitFor();
      await tab('Device');
      const store = page.getByRole('region', { name: 'Spill store' });
      const press = (name) => store.getByRole('button', { name, exact: true }).click();
      await press('Commit now');
      await store.getByText('It took').waitFor();
      await store.scrollIntoViewIfNeeded();
      if (at === 1) {
        for (const summary of await store.locator('summary').all()) await summary.click();
        await store.locator('summary').last().scrollIntoViewIfNeeded();
      }
      if (at > 1) await press('Pull it during a commit');
      if (at > 2) await press('Plug in again');
      if (at > 2) await store.locator('.report').waitFor();
      if (at > 3) await tab('State');
    },
  })),
  {
    name: 'search',
    hash: '#module=crc32.wasm',
    play: async (page) => {
      await show(page, 'Module');
      await page.locator('#search').fill('34 35');
      await page.locator('.results button').first().waitFor();
    },
  },
  {
    name: 'finished',
    hash: '#module=memory_ops.wasm',
    play: async (page) => {
      await transport(page, 'Run').click();
      await show(page, 'State');
      await page.getByRole('region', { name: 'Result' }).waitFor();
    },
  },
  {
    name: 'timeline',
    hash: '#module=recursion.wasm&call=fib,15',
    play: async (page) => {
      await transport(page, 'Run').click();
      const timeline = page.getByRole('region', { name: 'Timeline' });
      await timeline.locator('path.depth').waitFor({ state: 'attached' });
      await timeline.getByRole('slider', { name: 'Step' }).fill('9000');
      await now(page).first().waitFor({ state: 'attached' });
    },
  },
  {
    name: 'calls',
    hash: '#module=json.wasm&call=round_trip,20',
    play: async (page) => {
      await transport(page, 'Run').click();
      const timeline = page.getByRole('region', { name: 'Timeline' });
      await timeline.getByRole('button', { name: 'Calls, saving' }).click();
      await timeline.getByRole('option').first().waitFor();
      await timeline.getByRole('listbox').press('ArrowDown');
      await page.locator('.hash').waitFor();
    },
  },
  {
    name: 'breakpoints',
    hash: '#module=recursion.wasm',
    play: async (page) => {
      await show(page, 'Module');
      await prepare(page, 'fib', ['12']);
      await show(page, 'Code');
      for (const row of [0, 3, 8]) await page.locator('.code-row .marker').nth(row).click();
      await show(page, 'State');
      await page.getByRole('tab', { name: 'Breakpoints' }).click();
      const conditions = page.getByRole('textbox', { name: /^Condition/ });
      for (const [index, condition] of ['$n == 3', '$m > 1'].entries()) {
        await conditions.nth(index).fill(condition);
        await conditions.nth(index).press('Enter');
      }
      await page.getByRole('checkbox', { name: 'Breakpoint 3 stops' }).uncheck();
      await transport(page, 'Run').click();
      await page.locator('.breakpoint.hit').waitFor();
      await transport(page, 'Continue').click();
      await transport(page, 'Continue').click();
    },
  },
  {
    name: 'breakpoint-refused',
    hash: '#module=recursion.wasm',
    play: async (page) => {
      await show(page, 'State');
      await page.getByRole('tab', { name: 'Breakpoints' }).click();
      const field = page.getByRole('textbox', { name: 'Where to stop' });
      await field.fill('recursion.c:17');
      await field.press('Enter');
      await page.locator('.break-form .message').waitFor();
    },
  },
  {
    name: 'watchpoint',
    hash: '#module=memory_ops.wasm&call=sort_checksum&step=3',
    play: async (page) => {
      await now(page).first().waitFor({ state: 'attached' });
      await show(page, 'State');
      await page.getByRole('tab', { name: 'Memory' }).click();
      await page.locator('#cell-4').click();
      await page.getByText('Watch bytes').click();
      await page.getByRole('form', { name: 'Watch bytes' }).getByRole('button').click();
      await transport(page, 'Continue').click();
      await page.getByRole('tab', { name: 'State' }).click();
      await page.getByRole('region', { name: 'Stopped' }).waitFor();
      await page.getByRole('button', { name: 'Watch local $end' }).click();
    },
  },
  {
    name: 'watching',
    hash: '#module=memory_ops.wasm&call=sort_checksum&step=3',
    play: async (page) => {
      await now(page).first().waitFor({ state: 'attached' });
      await show(page, 'State');
      await page.getByRole('tab', { name: 'Memory' }).click();
      await page.locator('#cell-4').click();
      await page.getByText('Watch bytes').click();
    },
  },
  {
    name: 'trapped',
    hash: '#module=traps.wasm&call=outer,0',
    play: async (page) => {
      await transport(page, 'Run').click();
      await show(page, 'State');
      await page.getByRole('region', { name: 'Trap' }).waitFor();
    },
  },
  {
    name: 'origin',
    hash: '#module=recursion.wasm&call=ackermann,2,3&step=200',
    play: async (page) => {
      await now(page).first().waitFor({ state: 'attached' });
      await show(page, 'State');
      await page.getByRole('region', { name: 'Locals' }).getByRole('button', { name: /^Where/ }).first().click();
      await page.locator('.origin .links li').first().waitFor();
      await page.locator('.origin .links button').nth(1).click();
      await page.getByRole('button', { name: /^Back to step/ }).waitFor();
    },
  },
  {
    name: 'writes',
    hash: '#module=memory_ops.wasm',
    play: async (page) => {
      await transport(page, 'Run').click();
      await show(page, 'State');
      await page.getByRole('tab', { name: 'Memory' }).click();
      await page.locator('#cell-0').click();
      await page.getByRole('button', { name: /^Where the byte/ }).click();
      await page.locator('.origin .links li').first().waitFor();
    },
  },
  {
    name: 'imports',
    hash: '#module=imports.wasm',
    play: async (page) => {
      await show(page, 'State');
      await chooseImport(page, 'env.cursor', /a new one/, ['many']);
      await chooseImport(page, 'env.host_add', /notes its calls/, ['3']);
      await page.locator('.import .message').waitFor();
    },
  },
  {
    name: 'asked',
    hash: '#module=host_import.wasm',
    play: async (page) => {
      await show(page, 'State');
      await chooseImport(page, 'env.host_add', /asks you/);
      await page.getByRole('tab', { name: 'State' }).click();
      await transport(page, 'Run').click();
      const form = page.getByRole('form', { name: 'Answer a call' });
      await form.getByRole('textbox').fill('what');
      await form.getByRole('button').click();
      await form.getByRole('alert').waitFor();
    },
  },
  {
    name: 'linked',
    hash: '',
    play: async (page) => {
      const files = {
        'host_import.wasm': bytesOf(module('host_import.wasm')),
        'env.wasm': library('i32', [0x20, 0x00, 0x20, 0x01, 0x6c]),
      };
      await dropAll(page, files);
      await page.locator('.chip strong', { hasText: 'host_import.wasm' }).waitFor();
      await show(page, 'Module');
      await prepare(page, 'run', ['6', '7']);
      await stepInto(page, 3);
      await page.locator('.elsewhere').waitFor({ state: 'attached' });
      await show(page, 'Code');
    },
  },
  {
    name: 'wrong-argument',
    hash: '#module=typed_values.wasm',
    play: async (page) => {
      await show(page, 'Module');
      const form = await prepare(page, 'add_i32', ['40', 'two']);
      await form.getByRole('button', { name: 'Run' }).click();
      await form.getByRole('alert').waitFor();
    },
  },
  {
    name: 'terminal',
    hash: '#module=surroundings.wasm',
    play: async (page) => {
      await transport(page, 'Run').click();
      await show(page, 'Terminal');
      await page.getByText('Exited with code 3').first().waitFor();
      await addFile(page, 'notes.txt', 'Some notes');
    },
  },
  {
    name: 'terminal-waiting',
    hash: '#module=count.wasm',
    play: async (page) => {
      await transport(page, 'Run').click();
      await show(page, 'Terminal');
      await typeLine(page, 'two words');
      await page.locator('.input.waits').waitFor();
    },
  },
  {
    name: 'terminal-stepping',
    hash: '#module=hello.wasm',
    play: async (page) => {
      await stepInto(page, 12);
      await show(page, 'Terminal');
    },
  },
  {
    name: 'broken',
    hash: '',
    play: async (page) => {
      const fixture = module('type_mismatch.wasm');
      await choose(page, fixture.file, bytesOf(fixture));
      await show(page, 'Bytes');
      await page.locator('.banner').waitFor();
    },
  },
  {
    name: 'decoding',
    hash: '#module=memory_ops.wasm',
    play: async (page) => {
      await (await watch(page, 'Decoding')).fill('138');
      await page.locator('.siblings').first().waitFor();
    },
  },
  {
    name: 'decoding-malformed',
    hash: '',
    play: async (page) => {
      const fixture = module('unknown_operator.wasm');
      await choose(page, fixture.file, bytesOf(fixture));
      await (await watch(page, 'Decoding')).press('End');
      await page.locator('.verdict').waitFor();
    },
  },
  {
    name: 'validation',
    hash: '#module=recursion.wasm',
    play: async (page) => {
      await (await watch(page, 'Validation')).fill('8');
      await page.locator('#row-8.now').waitFor();
    },
  },
  {
    name: 'validation-invalid',
    hash: '',
    play: async (page) => {
      const fixture = module('type_mismatch.wasm');
      await choose(page, fixture.file, bytesOf(fixture));
      await (await watch(page, 'Validation')).press('End');
      await page.locator('.verdict').waitFor();
    },
  },
  {
    name: 'examples',
    hash: '',
    play: async (page) => {
      await page.getByRole('button', { name: 'Examples' }).click();
      await page.locator('#examples li').first().waitFor();
    },
  },
  {
    name: 'keys',
    hash: '',
    play: async (page) => page.keyboard.press('?'),
  },
  {
    name: 'dropping',
    hash: '',
    play: async (page) => drag(page, 'any.wasm', Buffer.from([0]), ['dragover']),
  },
];
