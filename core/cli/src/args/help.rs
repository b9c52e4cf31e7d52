//! What is said after the options of a command, where that is long: the formats that are printed,
//! and examples.

pub(super) const EXAMPLES: &str = "\
Examples:
  fayasm run add.wasm                     lists what can be called
  fayasm run add.wasm add 7 i32:5         prints  result[0] (i32): 12
  fayasm run --dir . grep.wasm -- -i a.c  runs a program for the terminal (WASI)
  fayasm step add.wat add 7 5             shows each instruction
  fayasm debug add.wat add 7 5            goes through them, forwards and backwards
  fayasm validate *.wasm && echo fine     checks modules
  fayasm wat add.wasm | less              shows the text
  fayasm microcode add.wasm add           shows what a function is translated to
  fayasm spill ls card.img                lists what a spill store holds
  cat add.wasm | fayasm dump --json -     what the module holds, for programs

FILE is a WebAssembly module, as binary or as text (.wat); `-` is standard input.

Exit codes:
  0  done
  1  the program trapped or ran out of fuel, or was saved; directives of a script failed; a spill
     store has lost something
  2  wrong arguments
  3  a file cannot be read, is no valid module, or cannot be instantiated
  4  what is to be printed cannot be written
A program that ends itself (WASI's proc_exit) has fayasm end with its own code, without an
`error:` on standard error: the lowest 8 bits, or 255 where these would make it 0.";

pub(super) const DEBUG_HELP: &str = "\
It stands before the first instruction; the start function of the module and _initialize are
executed before that. `help` at the prompt lists the commands, among them:
  step, next, finish, continue        go on
  back, rnext, rfinish, rcontinue     go back
  goto N                              goes to before the instruction of this number
  break PLACE, watch ADDRESS          say where to stop, in either direction
  last-write ADDRESS                  goes back to what wrote there last
  where, locals, stack, memory, list  show what there is
The line of an instruction is that of `fayasm step`; => marks the one that comes next.

What was executed once is not executed anew when it is gone over again: what host functions
did, such as input and output, happens once. What a program for the terminal prints goes to
standard error. If standard input is no terminal, commands are read from it line by line, and
what the program reads comes from between them; lines that begin with # are left out.

Examples:
  fayasm debug fac.wasm fac i64:5
  fayasm debug app.wasm main --seed 7
  printf 'break fac\\ncontinue\\nwhere\\n' | fayasm debug fac.wasm fac 5";

pub(super) const TRACE_FORMAT: &str = "\
JSON Lines, one object a line; the page saves the same. For each executed instruction:
  step        its number, from 1
  depth       how many calls it is nested in, 0 for the function called
  module      the NAME of its module, if that is one of --preload
  function    index of the function, and `name` if it has one; `demangled` says what
              the name means, if a compiler of Rust or C++ has mangled it
  offset      of the instruction, in bytes from the start of the module
  operator    its mnemonic
  immediates  as in the text format; left out if there are none
  operands    what it takes from the operand stack, the top last: [\"i32:7\", \"i32:5\"]
  results     what it leaves there; after a call, only if that is over already
  returns     if it ends a function: what that returns
  local, global   {\"index\": 0, \"value\": \"i32:7\"}, if it sets one
  memory      {\"index\": 0, \"address\": 16, \"bytes\": \"2a000000\"}, if it stores;
              {\"index\": 0, \"address\": 16, \"length\": 4096}, if it fills or copies
  trap        why execution ends here, if it does
Left out: operands, results and returns that are empty. The last line:
  end         \"done\", \"exit\" or \"trap\", with `executed` (number of instructions), and
              `results`, `code`, or `trap` and `backtrace` (module, function, name,
              demangled, offset, and source, if DWARF tells it: function, file, line,
              column; the innermost first)

--format csv writes the same (RFC 4180), without the last line: under a row of these names,
where what is in an object has its own column (local.index, memory.bytes …), values of a
list are separated by semicolons, and what is left out is empty.
--format text writes the lines of `fayasm step`.

--hashes N writes, instead of instructions, a number for the state after every N of them and
for the last one: `executed` (how many were) and `hash`. It is the same on every machine, for
the same modules linked in the same order, and covers memories, globals, tables, stacks,
frames and objects. `fayasm diverge` compares what two runs have written.

What a program for the terminal prints
goes to standard error if the trace goes to standard output. With --seed, what it executes
follows from its input, arguments and files.

Examples:
  fayasm trace fac.wasm fac i64:5 | jq -r .operator | sort | uniq -c
  fayasm trace app.wasm main --from 1000000 --limit 100 -o part.jsonl
  fayasm trace hello.wasm --seed 7 -o hello.jsonl -- some words
  fayasm trace app.wasm main --hashes 100000 -o run.jsonl";

pub(super) const MICROCODE_USAGE: &str = "\
fayasm microcode [OPTIONS] <FILE> [FUNCTION]
       fayasm microcode [OPTIONS] --save <OUT> <FILE>";

pub(super) const MICROCODE_FORMAT: &str = "\
Without FUNCTION, a line for each function: instructions, operators of microcode, operators for
an instruction, bytes of code, bytes of microcode, bytes of microcode for a byte of code; or that
it is imported, or why it is not translated, so that the stepper executes it. Then the sums.

FUNCTION is a number, the index of a function, or else a name, that of a function or of its
export. With `$` before it, all that follows is a name: 7 is an index, '$7' a name.

With FUNCTION, its instructions on the left, the operators that stand for them on the right,
each with the number of its first word of 8 bytes:
  t0 ← i32.add $x, 7         $x or l0 is a local, t0 the lowest slot of the operand stack;
                             $x+1 the upper half of a local that is a vector
  t0 ← i32.add t1′, $x       ′: it is taken from a register, which holds the last result
  t0 ← i32.add (i32.mul $x, l1), $x          two instructions in one
  t0 ← l0 if t1, else l1     a choice; of branches: switch t0 → 5, 9, else 12
  t0 ← load32_u [l0 + 16]    from memory, by width and sign; store32 [l0 + 16] ← t0
  if i32.lt_u l0, 10 → 17    a jump, to the operator at word 17
  t0 ← step memory.grow t0   one instruction, executed by the stepper
  leave                      the stepper goes on
  check                      stops if nearly as much was executed as allowed
`>` marks where execution may come from the stepper, or goes on after a call.

Examples:
  fayasm microcode app.wasm
  fayasm microcode app.wasm fib
  fayasm microcode app.wasm --save app.microcode
  fayasm run app.wasm --microcode app.microcode";

pub(super) const SPILL_FORMAT: &str = "\
A spill store keeps objects of at most 4096 bytes on a device of 512-byte sectors: pages of
memories, pieces of a snapshot, pieces of microcode. Each has two slots, so that what is
committed is there whenever power fails.

An object is named KIND:SPACE:NUMBER: memory:0:3 is page 3 of memory 0; snapshot:2 is short for
snapshot:0:2, and microcode:0 for microcode:0:0.

Examples:
  fayasm spill new card.img --room 64 --module app.wasm
  fayasm spill put card.img memory:0:0 page.bin
  fayasm spill ls card.img
  fayasm spill verify card.img && echo whole
  fayasm spill dump card.img memory:0:0";

pub(super) const SPILL_LS: &str = "\
Both superblocks, then each slot that holds something:
  committed     what the object is
  superseded    what it was before
  outdated      the same, and what the object is now cannot be read
  removed       says that the object was removed
  uncommitted   of an epoch that is not committed: it goes when a program opens the store
  damaged       its header or what it holds is not what was stored
Nothing is written.

--json writes one object, with these keys:
  epoch, module, pairs     what is committed, of which module (its hash), room on the device
  superblocks              epoch, sequence, module, pairs in use; or error
  slots                    slot, state, object (name, kind, space, number), epoch, bytes";

pub(super) const DUMP_FORMAT: &str = "\
Of a module that is malformed or invalid, what stands before the error is listed;
then the error is said, and the exit code is 3.

--json writes one object, with these keys; offsets and sizes are in bytes.
  size, error              error: message, offset, function; or null
  sections                 id, name, start, end (what they take), contents (where they begin)
  types                    params, results; or fields; or element; open if it
                           may have subtypes, supertype if it has one
  imports                  module, name, kind, type
  functions                index, name, demangled (what the name means, if a compiler of
                           Rust or C++ has mangled it; or null), type (index), signature,
                           imported; body: start, end
                           with --code also code: offset, operator, immediates
  tables, memories, tags, globals   index, type, imported; globals: value
  exports                  name, kind, index, type
  start                    index of a function, or null
  elements                 type, mode; functions (indices) or expressions
  data                     mode, start, end (where the contents lie)
  data_count               as declared, or null
  names                    module; functions by index
  custom                   name, start, end of custom sections' contents
  mode                     {\"kind\": \"active\", \"target\", \"offset\"}, or kind passive, declared

Examples:
  fayasm dump app.wasm --code | less
  fayasm dump app.wasm --json | jq '.exports[].name'";
