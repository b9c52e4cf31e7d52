// The kernels in node, on interpreters compiled to WebAssembly: FAYASM_ENGINES=folder node node.mjs
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measure, print } from './measure.mjs';

const ROOT = new URL('../../../', import.meta.url).pathname;
const ENGINES = process.env.FAYASM_ENGINES;

/** A file of the repository, or an engine. */
const read = (path) => readFile(path.startsWith('engines/') ? join(ENGINES, path.slice(8)) : join(ROOT, path));

const rows = await measure(read);
print(`node ${process.versions.node}`, rows);
// For a comparison with the browser, which is measured next.
await writeFile(join(ENGINES, 'node.json'), JSON.stringify(rows));
