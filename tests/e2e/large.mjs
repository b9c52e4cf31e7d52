// Makes a valid module of a chosen size.

function leb128(value) {
  const bytes = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    bytes.push(value > 0 ? low + 128 : low);
  } while (value > 0);
  return bytes;
}

const section = (id, ...parts) => {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return [Buffer.from([id, ...leb128(size)]), ...parts];
};

/** An entry of the code section with so many pairs of instructions. */
function entryOf(pairs) {
  const body = Buffer.concat([Buffer.from([0]), Buffer.alloc(3 * pairs, Buffer.from([0x41, 0x2a, 0x1a])), Buffer.from([0x0b])]);
  return Buffer.concat([Buffer.from(leb128(body.length)), body]);
}

/** A module of about `size` bytes: many equal functions, the first one exported as "run". */
export function largeModule(size) {
  const entry = entryOf(70);
  return repeated(entry, Math.ceil(size / entry.length));
}

/** A module of one function of about so many instructions. */
export function functionOf(instructions) {
  return repeated(entryOf(instructions / 2), 1);
}

function repeated(entry, count) {
  const counted = Buffer.from(leb128(count));
  return Buffer.concat([
    Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
    ...section(1, Buffer.from([1, 0x60, 0, 0])),
    ...section(3, counted, Buffer.alloc(count)),
    ...section(7, Buffer.from([1, 3, ...Buffer.from('run'), 0, 0])),
    ...section(10, counted, Buffer.alloc(entry.length * count, entry)),
  ]);
}
