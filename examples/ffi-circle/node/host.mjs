// The host in JavaScript, and a hop of its own: `host.mjs ARCHIVE CHAIN [HOP GOOD_CALLS]`.
// Node cannot be embedded without building it, so it is the host, and only its host has the hop N.
import { join } from "node:path";
import process from "node:process";
import { createRequire } from "node:module";

const require = createRequire(join(process.env.CIRCLE_NODE, "package.json"));
const koffi = require("koffi");

koffi.proto("int32_t read_fn(void *user, void *buf, size_t cap, size_t *n_read)");
koffi.proto("void drop_fn(void *user)");
koffi.struct("anyarchive_source", {
  struct_size: "size_t",
  user: "void *",
  read: "void *",
  seek: "void *",
  drop: "void *",
});
koffi.struct("circle_result", {
  status: "int32_t",
  entries: "uint64_t",
  bytes: "uint64_t",
  digest: "uint64_t",
});

const load = (name) => koffi.load(join(process.env.CIRCLE_LIB, `lib${name}.so`));
const circle = load("circle_rust");
const open = circle.func("int32_t circle_open(const char *path, _Out_ anyarchive_source *to)");
const plan = circle.func("void circle_plan(char hop, uint64_t good_calls)");
const pass = circle.func("int32_t circle_pass(char hop)");
const blame = circle.func("void circle_blame(char hop, const char *thrown)");
const read = circle.func(
  "int32_t circle_read(const anyarchive_source *source, _Out_ circle_result *result)",
);
const verdict = circle.func(
  "const char *circle_verdict(const char *path, const char *chain, const circle_result *result)",
);

const LIBRARIES = { C: "hop_c", X: "hop_cxx", G: "hop_go", P: "hop_py", B: "hop_rb" };
const LETTER = "N".charCodeAt(0);
const SIZE_MAX = 0xffff_ffff_ffff_ffffn;

function wrapHere(inner) {
  const readInner = koffi.decode(inner.read, "read_fn");
  const dropInner = inner.drop && koffi.decode(inner.drop, "drop_fn");
  const count = koffi.alloc("size_t", 1);
  // What is thrown must not leave the function: koffi would throw it only after C has gone on.
  const onRead = koffi.register((_user, buffer, limit, target) => {
    try {
      koffi.encode(count, "size_t", SIZE_MAX);
      if (readInner(inner.user, buffer, limit, count) !== 0) return -1;
      const bytes = koffi.decode(count, "size_t");
      if (BigInt(bytes) > BigInt(limit)) return -1;
      if (pass(LETTER) !== 0) throw new Error("an exception");
      koffi.encode(target, "size_t", bytes);
      return 0;
    } catch (error) {
      blame(LETTER, `JavaScript: ${error.message}`);
      return -1;
    }
  }, koffi.pointer("read_fn"));
  const onDrop = koffi.register(() => {
    if (dropInner) dropInner(inner.user);
  }, koffi.pointer("drop_fn"));
  return { struct_size: koffi.sizeof("anyarchive_source"), user: null, read: onRead, seek: null, drop: onDrop };
}

function wrap(letter, inner) {
  if (letter === "N") return wrapHere(inner);
  const name = LIBRARIES[letter];
  const wrap = load(name).func(
    `int32_t ${name}_wrap(const anyarchive_source *inner, _Out_ anyarchive_source *outer)`,
  );
  const outer = {};
  if (wrap(inner, outer) !== 0) throw new Error(`the hop ${letter} does not start`);
  return outer;
}

const [archive, chain, failing, goodCalls] = process.argv.slice(2);
plan(failing ? failing.charCodeAt(0) : 0, BigInt(goodCalls ?? 0));
let source = {};
if (open(archive, source) !== 0) throw new Error(`cannot open ${archive}`);
for (const letter of chain) source = wrap(letter, source);
const result = {};
read(source, result);
const problem = verdict(archive, chain, result);
if (problem !== null) {
  console.error(`Node host, ${chain}: ${problem}`);
  process.exitCode = 1;
}
