"use strict";

const assert = require("node:assert/strict");
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { PassThrough, Readable, Writable } = require("node:stream");
const { buffer } = require("node:stream/consumers");
const anyarchive = require("../lib/index.js");

function scratch(t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "anyarchive-"));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

/** What is in an archive: [name, type, data] of each entry. */
async function contents(source) {
  const found = [];
  for await (const entry of await anyarchive.open(source)) {
    found.push([entry.name, entry.type, String(await entry.buffer())]);
  }
  return found;
}

/** Takes a number of bytes, and fails there. */
class Fails extends Writable {
  #left;
  #error;

  constructor(left, error) {
    super();
    this.#left = left;
    this.#error = error;
  }

  _write(piece, _encoding, done) {
    this.#left -= piece.length;
    setImmediate(done, this.#left < 0 ? this.#error : null);
  }
}

test("what is written is read", async (t) => {
  const directory = scratch(t);
  for (const [name, options] of [
    ["a.tar.zst", {}], ["a.zip", {}], ["a", { format: "pax", filters: ["gzip"], level: 9, threads: 2 }],
    ["b", { format: "7zip", options: "compression=lzma2" }], ["c", { format: "zip", password: "secret", options: "zip:encryption=aes256" }],
  ]) {
    const file = path.join(directory, name);
    const writer = await anyarchive.create(file, options);
    const mtime = new Date(1_600_000_000_000);
    await writer.addEntry({ name: "text", mode: 0o640, mtime, uid: 12, gid: 34 }, "text ä");
    await writer.addEntry("bytes", Buffer.from("bytes"));
    await writer.addEntry({ name: "stream", size: 6 }, Readable.from([Buffer.from("str"), Buffer.from("eam")]));
    await writer.addEntry({ name: "directory", type: "directory" });
    await writer.addEntry({ name: "link", type: "symlink", linkname: "text" });
    await writer.close();
    assert.deepEqual(writer.warnings, []);
    const reader = await anyarchive.open(file, { passwords: options.password ? [options.password] : [] });
    const found = [];
    for await (const entry of reader) {
      if (entry.name === "text") {
        assert.equal(entry.mode, 0o640, name);
        assert.deepEqual(entry.mtime, mtime, name);
        assert.equal(entry.encrypted, options.password !== undefined);
      }
      found.push([entry.name.replace("/", ""), entry.type, entry.linkname, entry.isFile() ? String(await entry.buffer()) : ""]);
    }
    assert.deepEqual(found.sort(), [
      ["bytes", "file", null, "bytes"], ["directory", "directory", null, ""], ["link", "symlink", "text", ""],
      ["stream", "file", null, "stream"], ["text", "file", null, "text ä"],
    ], name);
  }
});

test("an archive goes into a stream as fast as that takes it", async () => {
  const content = Buffer.alloc(3_000_000, "0123456789abcdefg");
  const stream = new PassThrough({ highWaterMark: 1 });
  const all = buffer(stream);
  const writer = await anyarchive.create(stream, { format: "ustar" });
  await writer.addEntry("a", content);
  await writer.addEntry("b", "2");
  await writer.close();
  assert.ok(stream.writableFinished);
  assert.deepEqual(await contents(await all), [["a", "file", String(content)], ["b", "file", "2"]]);
  // It can stay open, to take more.
  const open = new PassThrough();
  const rest = buffer(open);
  for (const name of ["a", "b"]) {
    const part = await anyarchive.create(open, { format: "raw", end: false });
    await part.addEntry(name, name);
    await part.close();
  }
  open.end("c");
  assert.equal(String(await rest), "abc");
});

test("data whose size nobody knows", async () => {
  const data = () => Readable.from([Buffer.from("some "), Buffer.from("data")]);
  for (const options of [{ format: "zip" }, { format: "pax", spool: true }]) {
    const stream = new PassThrough();
    const all = buffer(stream);
    const writer = await anyarchive.create(stream, options);
    await writer.addEntry("a", data());
    await writer.close();
    assert.deepEqual(await contents(await all), [["a", "file", "some data"]]);
  }
  const stream = new PassThrough().resume();
  const writer = await anyarchive.create(stream, { format: "pax" });
  await assert.rejects(writer.addEntry("a", data()), anyarchive.ArchiveError);
  await writer.abort();
});

test("a tree from disk", async (t) => {
  const directory = scratch(t);
  const tree = path.join(directory, "tree");
  fs.mkdirSync(path.join(tree, "sub"), { recursive: true });
  fs.writeFileSync(path.join(tree, "sub", "file"), "data");
  fs.symlinkSync("sub", path.join(tree, "link"));
  const file = path.join(directory, "a.tar.gz");
  const writer = await anyarchive.create(file);
  await writer.add(tree);
  await writer.close();
  const out = path.join(directory, "out");
  await anyarchive.extract(file, out);
  const found = fs.readdirSync(out, { recursive: true });
  const [sub, link] = [/sub\/file$/, /tree\/link$/].map((name) => path.join(out, found.find((it) => name.test(it))));
  assert.equal(fs.readlinkSync(link), "sub");
  assert.equal(fs.readFileSync(sub, "utf8"), "data");
});

test("an exception of a sink is never lost", async () => {
  let cases = 0;
  const write = async (sink, options) => {
    const writer = await anyarchive.create(sink, options);
    try {
      for (let i = 0; i < 20; i++) await writer.addEntry(`file-${i}`, Buffer.alloc(5000, i));
      await writer.close();
    } catch (error) {
      await writer.abort().catch(() => {});
      throw error;
    }
  };
  for (const options of [{ format: "ustar" }, { format: "zip", options: "zip:compression=store" }]) {
    for (let point = 0; point < 100; point += 5) {
      const mine = new Error("mine");
      await assert.rejects(write(new Fails(point * 900, mine), options), (error) =>
        error instanceof anyarchive.ArchiveError ? error.cause === mine : error === mine);
      cases++;
    }
    await write(new Fails(1e9), options);
  }
  assert.equal(cases, 40);
  // Nor that it was closed by somebody else.
  const closed = new PassThrough();
  const writer = await anyarchive.create(closed, { format: "ustar" });
  closed.destroy();
  await assert.rejects(async () => {
    await writer.addEntry("a", Buffer.alloc(100_000));
    await writer.close();
  });
});

test("an entry that is not whole is never in a whole archive", async () => {
  const mine = new Error("mine");
  const broken = async function* () {
    yield Buffer.from("some");
    throw mine;
  };
  for (const [data, expected] of [
    [broken(), mine],
    [[Buffer.from("some"), "text"], TypeError],
  ]) {
    const stream = new PassThrough().resume();
    const writer = await anyarchive.create(stream, { format: "pax" });
    await assert.rejects(writer.addEntry({ name: "a", size: 10 }, data), expected);
    await assert.rejects(writer.close(), anyarchive.ArchiveError);
    assert.ok(stream.destroyed);
    await assert.rejects(writer.addEntry("b"), { code: "ERR_CLOSED" });
  }
  for (const data of [[Buffer.from("some")], [Buffer.alloc(11)]]) {
    const writer = await anyarchive.create(new PassThrough().resume(), { format: "pax" });
    await assert.rejects(writer.addEntry({ name: "a", size: 10 }, data), { code: "ERR_INVALID_INPUT", entry: "a" });
    await writer.abort();
  }
});

test("arguments that cannot work", async (t) => {
  const stream = () => new PassThrough().resume();
  await assert.rejects(anyarchive.create(stream()), TypeError);
  await assert.rejects(anyarchive.create("a.zip", { level: 3 }), TypeError);
  await assert.rejects(anyarchive.create(5, { format: "zip" }), TypeError);
  await assert.rejects(anyarchive.create(stream(), { format: "none" }), anyarchive.ArchiveError);
  await assert.rejects(anyarchive.create(stream(), { format: "pax", filters: ["none"] }), anyarchive.ArchiveError);
  await assert.rejects(anyarchive.create(stream(), { format: "pax", level: 1.5 }), RangeError);
  await assert.rejects(anyarchive.create("/nonexistent/a.zip"), { code: "ENOENT" });
  const writer = await anyarchive.create(path.join(scratch(t), "a.zip"));
  for (const wrong of [
    5, {}, { name: "a\0b" }, { name: "a", type: "door" }, { name: "a", type: "symlink" }, { name: "a", linkname: "b" },
    { name: "a", mtime: new Date(NaN) }, { name: "a", uname: 5 },
  ]) await assert.rejects(writer.addEntry(wrong), TypeError, JSON.stringify(wrong));
  for (const wrong of [{ mode: -1 }, { mode: 0o10000 }, { uid: 0.5 }, { size: Infinity }]) {
    await assert.rejects(writer.addEntry({ name: "a", ...wrong }), RangeError, JSON.stringify(wrong));
  }
  await assert.rejects(writer.addEntry("a", 5), TypeError);
  const first = writer.addEntry("a", "1");
  await assert.rejects(writer.addEntry("b", "2"), { code: "ERR_BUSY" });
  await assert.rejects(writer.close(), { code: "ERR_BUSY" });
  await first;
  await writer.close();
  await assert.rejects(writer.close(), { code: "ERR_CLOSED" });
});

test("a program ends while a writer waits for its stream", () => {
  const lib = JSON.stringify(require.resolve("../lib/index.js"));
  const waiting = `const { Writable } = require("node:stream");
    require(${lib}).create(new Writable({ write() {} }), { format: "ustar" }).then((writer) => {
      writer.addEntry("a", Buffer.alloc(1e6));
      setTimeout(() => process.exit(7), 300);
    });`;
  const run = (script) => spawnSync(process.execPath, ["-e", script], { timeout: 60_000 });
  const program = run(waiting);
  assert.equal(program.status, 7, String(program.stderr));
  const worker = run(`const { Worker } = require("node:worker_threads");
    new Worker(${JSON.stringify(waiting)}, { eval: true }).on("exit", (code) => console.log("ended", code))`);
  assert.equal(String(worker.stdout), "ended 7\n", String(worker.stderr));
  assert.equal(worker.status, 0);
});
