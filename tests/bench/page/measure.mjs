// Measures interpreters that are compiled to WebAssembly, in a browser or in node.

/** Rounds of each measurement, taken in turn; the best of each counts. */
const ROUNDS = 7;

/**
 * The engines: a file of each, and the names of the ways in which it executes, in the order of
 * `ours.rs`. Ours is the first file.
 */
export const ENGINES = [
  { file: 'fayasm.wasm', tiers: ['microcode', 'stepper'] },
  { file: 'wasmi.wasm', tiers: ['wasmi 2'] },
  { file: 'wasmi-indirect.wasm', tiers: ['wasmi 2 indirect'] },
];

/** A call of fewer instructions does not say how fast an engine is at interpreting. */
const INTERPRETED = 1_000_000;

class Interpreter {
  constructor(exports, tier, name) {
    Object.assign(this, { exports, tier, name });
  }

  /** A new instance of a module, on which to make a call, as in `fib i32:7`. */
  prepare(bytes, call) {
    const { exports } = this;
    const text = new TextEncoder().encode(call);
    const at = [exports.module(bytes.length), exports.text(text.length)];
    const memory = new Uint8Array(exports.memory.buffer);
    memory.set(bytes, at[0]);
    memory.set(text, at[1]);
    exports.prepare(this.tier);
  }

  results() {
    const length = this.exports.results();
    const bytes = new Uint8Array(this.exports.memory.buffer, this.exports.results_text(), length);
    return new TextDecoder().decode(bytes);
  }
}

/** Ways to execute, of files that `read` fetches. */
async function interpreters(read) {
  const all = [];
  for (const { file, tiers } of ENGINES) {
    const { instance } = await WebAssembly.instantiate(await read(`engines/${file}`), {});
    if (instance.exports.tiers() !== tiers.length) throw new Error(`${file}: not all tiers are named`);
    tiers.forEach((name, tier) => all.push(new Interpreter(instance.exports, tier, name)));
  }
  return all;
}

/** `{ name, instructions, times: { engine: milliseconds } }` of each kernel. */
export async function measure(read) {
  const engines = await interpreters(read);
  const kernels = JSON.parse(new TextDecoder().decode(await read('tests/bench/kernels.json')));
  const rows = [];
  for (const { name, file, export: called, args, results, times = 1 } of kernels) {
    const bytes = new Uint8Array(await read(`fixtures/wasm/${file}`));
    const row = { name, instructions: 0, times: {} };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const engine of engines) {
        engine.prepare(bytes, [called, ...args].join(' '));
        const before = performance.now();
        const executed = engine.exports.run(times);
        const time = performance.now() - before;
        if (engine.results() !== results.join(' ')) throw new Error(`${engine.name}, ${name}: ${engine.results()}`);
        row.instructions ||= executed;
        row.times[engine.name] = Math.min(time, row.times[engine.name] ?? Infinity);
      }
    }
    rows.push(row);
  }
  return rows;
}

const mean = (numbers) => Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);

/** A table for each tier of ours. */
export function print(where, rows) {
  const [ours, ...others] = ENGINES.map(({ tiers }) => tiers);
  const peers = others.flat();
  for (const tier of ours) {
    console.log(`\ncalls in the ${tier} of fayasm, in ${where}; × is how many times as fast it is`);
    const heads = peers.map((peer) => ` ${`${peer}, ms`.padStart(20)} ${'×'.padStart(6)}`);
    console.log(`  ${''.padEnd(12)} ${'instructions'.padStart(12)} ${'ms'.padStart(9)} ${'M instr/s'.padStart(10)}${heads.join('')}`);
    const counted = rows.filter(({ instructions }) => instructions >= INTERPRETED);
    for (const { name, instructions, times } of rows) {
      const speed = (instructions / times[tier] / 1e3).toFixed(1);
      const cells = peers.map((peer) => ` ${times[peer].toFixed(2).padStart(20)} ${(times[peer] / times[tier]).toFixed(2).padStart(6)}`);
      console.log(`  ${name.padEnd(12)} ${String(instructions).padStart(12)} ${times[tier].toFixed(2).padStart(9)} ${speed.padStart(10)}${cells.join('')}`);
    }
    const means = peers.map((peer) => mean(counted.map(({ times }) => times[peer] / times[tier])).toFixed(2));
    console.log(`  ${'geometric mean, of a million instructions'.padEnd(46)}${means.map((it) => ` ${''.padStart(20)} ${it.padStart(6)}`).join('')}`);
  }
}

/** How many times as long each engine takes in one place as in another. */
export function compare([where, rows], [there, others]) {
  console.log(`\ntime in ${where} over time in ${there}`);
  const names = ENGINES.flatMap(({ tiers }) => tiers);
  console.log(`  ${''.padEnd(14)}${names.map((name) => ` ${name.padStart(16)}`).join('')}`);
  const ratios = rows.map(({ name, times }, place) => [name, names.map((it) => times[it] / others[place].times[it])]);
  const means = names.map((_, place) => mean(ratios.map(([, row]) => row[place])));
  for (const [name, row] of [...ratios, ['geometric mean', means]]) {
    console.log(`  ${name.padEnd(14)}${row.map((ratio) => ` ${ratio.toFixed(2).padStart(16)}`).join('')}`);
  }
}
