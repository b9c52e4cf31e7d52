// The modules people can open, and what is expected of them.
import { readFileSync } from 'node:fs';

const ROOT = new URL('../../fixtures/', import.meta.url);
const INDEX = JSON.parse(readFileSync(new URL('fixtures.json', ROOT)));

/** All valid modules. */
export const MODULES = INDEX.modules;

/** All programs for the terminal. */
export const PROGRAMS = INDEX.programs;

/** All malformed and invalid modules. */
export const BROKEN = INDEX.broken;

/** The bytes of a module. */
export function bytesOf(fixture) {
  const folder = BROKEN.includes(fixture) ? 'broken' : PROGRAMS.includes(fixture) ? 'programs' : 'wasm';
  return readFileSync(new URL(`${folder}/${fixture.file}`, ROOT));
}

/** A module by its file name. */
export function module(file) {
  const found = [...MODULES, ...PROGRAMS, ...BROKEN].find((fixture) => fixture.file === file);
  if (!found) throw new Error(`fixtures.json has no ${file}`);
  return found;
}

/** A call of a module: to this export, the first one that `matches`. */
export function call(file, name, matches = () => true) {
  const found = module(file).calls.find((call) => call.export === name && matches(call));
  if (!found) throw new Error(`fixtures.json has no such call to ${name} of ${file}`);
  return found;
}

export const section = (id, ...bytes) => [id, bytes.length, ...bytes];
export const string = (text) => [text.length, ...Buffer.from(text)];

/**
 * A module that exports `host_add`, which takes two numbers of this type and
 * returns the `i32` that the instructions leave.
 */
export function library(type, instructions) {
  const parameter = { i32: 0x7f, f32: 0x7d }[type];
  return Buffer.from([
    ...[0x00, ...Buffer.from('asm'), 0x01, 0x00, 0x00, 0x00],
    ...section(1, 1, 0x60, 2, parameter, parameter, 1, 0x7f),
    ...section(3, 1, 0),
    ...section(7, 1, ...string('host_add'), 0x00, 0),
    ...section(10, 1, instructions.length + 2, 0, ...instructions, 0x0b),
  ]);
}

/** An argument or result without its type. */
export const valueOf = (typed) => typed.slice(typed.indexOf(':') + 1);
