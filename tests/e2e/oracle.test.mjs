// The browser's own engine comes to what fixtures.json says: it is not ours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODULES, bytesOf } from './fixtures.mjs';
import { playground } from './steps.mjs';

const open = playground();

/** Makes every call of a module that imports nothing, each on a fresh instance; runs in the page. */
async function outcomes({ base64, calls }) {
  const bytes = Uint8Array.from(atob(base64), (digit) => digit.charCodeAt(0));
  const module = await WebAssembly.compile(bytes);
  const argument = (typed) => {
    const [type, value] = typed.split(':');
    if (type === 'i64') return BigInt(value);
    if (value === 'null') return null;
    return { inf: Infinity, '-inf': -Infinity, nan: NaN }[value] ?? Number(value);
  };
  return calls.map((call) => {
    const { exports } = new WebAssembly.Instance(module, {});
    try {
      const result = exports[call.export](...call.args.map(argument));
      const results = call.results.length > 1 ? [...result] : call.results.length ? [result] : [];
      return { results: results.map((value) => (Object.is(value, -0) ? '-0' : String(value))) };
    } catch (error) {
      return { failed: String(error) };
    }
  });
}

/** How a result of the table reads when JavaScript writes it. */
const written = (typed) => {
  const [type, value] = typed.split(':');
  if (type === 'f32' || type === 'f64') {
    const number = { inf: Infinity, '-inf': -Infinity, nan: NaN }[value] ?? Number(value);
    const rounded = type === 'f32' ? Math.fround(number) : number;
    return Object.is(rounded, -0) ? '-0' : String(rounded);
  }
  return value;
};

const REACHABLE = MODULES.filter((module) => module.imports.length === 0);

test("the browser's engine makes every call as the table says", async () => {
  const page = await open();
  for (const fixture of REACHABLE) {
    const calls = fixture.calls
      .filter((call) => !call.endless && !call.args.some((value) => /^(extern|func)ref:/.test(value)))
      .map((call) => ({ ...call, results: call.results ?? [] }));
    const found = await page.evaluate(outcomes, { base64: bytesOf(fixture).toString('base64'), calls });
    for (const [index, call] of calls.entries()) {
      const name = `${fixture.file} ${call.export}(${call.args.join(', ')})`;
      if (call.trap) assert.ok(found[index].failed, `${name} must fail, but gave ${found[index].results}`);
      else if (!call.results.some((value) => value.includes('ref:')))
        assert.deepEqual(found[index].results, call.results.map(written), `${name}: ${found[index].failed}`);
    }
  }
});
