// After a release build: gives what the programs import short names, in the module and in
// the script beside it. A fifth of these names are hashes, which no server can compress.
// Indentation goes as well; trunk cannot minify what wasm-bindgen writes.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { TRUNK_STAGING_DIR: folder, TRUNK_PROFILE: profile } = process.env;
const IMPORTS = 2;

/** The number that begins at a byte, and where it ends. */
function readLeb(bytes, at) {
  let number = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    number += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [number, at];
  }
}

function leb(number) {
  const bytes = [];
  for (; number > 0x7f; number = Math.floor(number / 128)) bytes.push((number % 128) | 0x80);
  return Buffer.from([...bytes, number]);
}

/** What of a module lies before, in and behind a section. */
function split(module, wanted) {
  for (let at = 8; at < module.length; ) {
    const [size, start] = readLeb(module, at + 1);
    if (module[at] === wanted) return [module.subarray(0, at), module.subarray(start, start + size), module.subarray(start + size)];
    at = start + size;
  }
  throw new Error('the module imports nothing');
}

/** The import section with short names, and a list of the long ones. All of it are functions. */
function shortened(section) {
  let [count, at] = readLeb(section, 0);
  const parts = [leb(count)];
  const names = [];
  for (; count > 0; count -= 1) {
    const [length, module] = readLeb(section, at);
    const [nameLength, name] = readLeb(section, module + length);
    const short = Buffer.from(`_${names.length.toString(36)}`);
    names.push(section.toString('utf8', name, name + nameLength));
    const [, end] = readLeb(section, name + nameLength + 1);
    if (section[name + nameLength] !== 0) throw new Error(`${names.at(-1)} is no function`);
    parts.push(section.subarray(at, module + length), leb(short.length), short, section.subarray(name + nameLength, end));
    at = end;
  }
  return [Buffer.concat(parts), names];
}

function shorten(file) {
  const script = join(folder, file);
  const module = script.replace(/\.js$/, '_bg.wasm');
  const [before, section, after] = split(readFileSync(module), IMPORTS);
  const [short, names] = shortened(section);
  let text = readFileSync(script, 'utf8').replace(/^\s+/gm, '');
  for (const [index, name] of names.entries()) {
    const parts = text.split(`${name}:`);
    if (parts.length !== 2) throw new Error(`${file} defines ${name} ${parts.length - 1} times`);
    text = parts.join(`_${index.toString(36)}:`);
  }
  writeFileSync(module, Buffer.concat([before, Buffer.from([IMPORTS]), leb(short.length), short, after]));
  writeFileSync(script, text);
}

if (profile === 'release') {
  readdirSync(folder).filter((file) => /^(app|engine).*\.js$/.test(file)).forEach(shorten);
}
