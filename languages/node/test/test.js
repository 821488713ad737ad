"use strict";

const assert = require("node:assert/strict");
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { Readable } = require("node:stream");
const { pipeline } = require("node:stream/promises");
const { createGzip, gzipSync } = require("node:zlib");
const anyarchive = require("../lib/index.js");

const ENTRIES = 400;

/** A member of a tar archive; typeflag "2" is a symbolic link, "1" a hard link. */
function member(name, data = "", type = "0", link = "") {
  const content = Buffer.from(data);
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0" + "0000014\0" + "0000042\0", 100);
  header.write(content.length.toString(8).padStart(11, "0") + "\0" + "11145401322\0", 124);
  header.write(type, 156);
  header.write(link, 157);
  header.write("ustar\0" + "00", 257);
  header.write("me", 265);
  header.fill(" ", 148, 156);
  const sum = header.reduce((a, b) => a + b, 0);
  header.write(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding]);
}

function archive(...members) {
  return Buffer.concat([...members, Buffer.alloc(1024)]);
}

function many() {
  const members = Array.from({ length: ENTRIES }, (_, i) => member(`file-${i}`, Buffer.alloc(1000, i % 100)));
  return archive(...members);
}

function scratch(t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "anyarchive-"));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

/** Gives bytes up to a place, and throws there. */
async function* fails(data, at, size, error) {
  for (let i = 0; i < Math.min(at, data.length); i += size) {
    yield data.subarray(i, Math.min(i + size, at, data.length));
  }
  if (at < data.length) throw error;
}

test("every kind of source gives the same", async (t) => {
  const data = gzipSync(archive(member("a/b.txt", "some data"), member("c")));
  const file = path.join(scratch(t), "a.tar.gz");
  fs.writeFileSync(file, data);
  const copy = data.buffer.slice(data.byteOffset, data.byteOffset + data.length);
  const sources = [
    file, new URL(`file://${file}`), data, new Uint8Array(data), copy, fs.createReadStream(file),
    Readable.from([data]), [data.subarray(0, 7), data.subarray(7)], fails(data, 1e9, 3),
  ];
  for (const source of sources) {
    const reader = await anyarchive.open(source);
    const found = [];
    let filters;
    for await (const entry of reader) {
      found.push([entry.name, entry.size, String(await entry.buffer())]);
      filters = reader.filters;
    }
    assert.deepEqual(found, [["a/b.txt", 9, "some data"], ["c", 0, ""]]);
    assert.deepEqual(filters, ["gzip"]);
    await assert.rejects(reader.next(), { code: "ERR_CLOSED" });
  }
});

test("files that are open, and blobs, are read at any place", async (t) => {
  const file = path.join(scratch(t), "a.zip");
  const writer = await anyarchive.create(file);
  for (const name of ["a", "b"]) await writer.addEntry({ name, mode: 0o600 }, Buffer.alloc(300_000, name));
  await writer.close();
  const handle = await fs.promises.open(file);
  t.after(() => handle.close());
  for (const source of [handle, handle, new Blob([fs.readFileSync(file)])]) {
    const modes = [];
    for await (const entry of await anyarchive.open(source)) {
      assert.ok((await entry.buffer()).equals(Buffer.alloc(300_000, entry.name)));
      // Only the directory at the end of the archive tells it.
      modes.push(entry.mode);
    }
    assert.deepEqual(modes, [0o600, 0o600]);
  }
  const gone = await fs.promises.open(file);
  const reader = await anyarchive.open(gone);
  await gone.close();
  await assert.rejects(async () => {
    for await (const entry of reader) await entry.buffer();
  }, (error) => error.code === "ERR_IO" && error.cause instanceof Error);
});

test("a list has what iterating gives", async () => {
  const data = many();
  const iterated = [];
  for await (const { name, size, mtime, mode } of await anyarchive.open(data)) iterated.push([name, size, mtime, mode]);
  for (const source of [data, Readable.from([data])]) {
    const listed = [];
    for await (const { name, size, mtime, mode } of anyarchive.list(source)) listed.push([name, size, mtime, mode]);
    assert.equal(listed.length, ENTRIES);
    assert.deepEqual(listed, iterated);
  }
  for await (const entry of anyarchive.list(data)) {
    await assert.rejects(entry.buffer(), { code: "ERR_GONE_ON" });
  }
});

test("a list gives all entries before a failure", async () => {
  const data = many();
  const cut = data.subarray(0, 1536 * 300 + 100);
  const failure = new Error("the source failed");
  for (const [source, expected] of [
    [cut, { code: "ERR_TRUNCATED" }],
    [fails(data, cut.length, 4096, failure), { code: "ERR_IO", cause: failure }],
  ]) {
    const reader = await anyarchive.open(source);
    const names = [];
    await assert.rejects(async () => {
      for await (const { name } of reader.list()) names.push(name);
    }, expected);
    assert.deepEqual(names, Array.from({ length: names.length }, (_, i) => `file-${i}`));
    assert.ok(names.length > 256 && names.length <= 300, `${names.length}`);
    await assert.rejects(reader.next(), { code: "ERR_CLOSED" });
  }
});

test("a thread that waits for work is no reason to stay", async (t) => {
  const file = path.join(scratch(t), "a.tar");
  fs.writeFileSync(file, many());
  const script = `require(${JSON.stringify(require.resolve("../lib/index.js"))}).open(${JSON.stringify(file)})
    .then((reader) => reader.next().then((entry) => { globalThis.kept = reader; console.log(entry.name); }))`;
  const { status, stdout, signal } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", timeout: 60_000 });
  assert.deepEqual([status, stdout, signal], [0, "file-0\n", null]);
});

test("calls go on behind a pause that is longer than a thread waits", async () => {
  const reader = await anyarchive.open(many());
  assert.equal((await reader.next()).name, "file-0");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal((await reader.next()).name, "file-1");
  await reader.close();
});

test("metadata", async () => {
  const data = archive(member("a", "1"), member("l", "", "2", "target"), member("h", "", "1", "a"));
  const entries = [];
  for await (const entry of await anyarchive.open(data)) entries.push(entry);
  const [file, link, hard] = entries;
  assert.equal(file.mode, 0o644);
  assert.deepEqual([file.uid, file.gid, file.uname], [12, 34, "me"]);
  assert.equal(file.mtime.getTime(), 0o11145401322 * 1000);
  assert.deepEqual(file.nameBytes, Buffer.from("a"));
  assert.ok(file.isFile() && link.isSymbolicLink());
  assert.deepEqual([link.linkname, hard.type, hard.linkname], ["target", "hardlink", "a"]);
  for (const raw of [Buffer.from("\u00e4"), Buffer.from([0x61, 0xff])]) {
    const named = member("??", "");
    raw.copy(named, 0);
    named.fill(" ", 148, 156);
    named.write(named.subarray(0, 512).reduce((a, b) => a + b, 0).toString(8).padStart(6, "0") + "\0 ", 148);
    const entry = await (await anyarchive.open(archive(named))).next();
    assert.deepEqual(entry.nameBytes, raw);
    assert.equal(entry.name, String(raw));
  }
  assert.ok(anyarchive.capabilities().read_formats.includes("zip"));
  assert.match(anyarchive.libarchiveVersion(), /^libarchive 3\./);
});

test("data is a stream, until the reader goes on", async (t) => {
  const content = Buffer.alloc(1_000_000, "abc");
  const reader = await anyarchive.open(archive(member("a", content), member("b", "2")));
  const first = await reader.next();
  const file = path.join(scratch(t), "out");
  await pipeline(first.stream(), createGzip(), fs.createWriteStream(file));
  assert.deepEqual(require("node:zlib").gunzipSync(fs.readFileSync(file)), content);
  const second = await reader.next();
  await assert.rejects(first.buffer(), { code: "ERR_GONE_ON" });
  await assert.rejects(pipeline(first.stream(), createGzip().resume()), { code: "ERR_GONE_ON" });
  assert.equal(String(await second.buffer()), "2");
  assert.equal(await reader.next(), null);
  await reader.close();
});

test("a stream of data fails as its source does, and can be left", async () => {
  const content = Buffer.alloc(3_000_000, "abc");
  const mine = new Error("mine");
  const data = archive(member("a", content), member("b", "2"));
  const broken = await anyarchive.open(fails(data, 2_000_000, 65_536, mine));
  const stream = (await broken.next()).stream();
  await assert.rejects(pipeline(stream, createGzip().resume()), (error) => error.cause === mine);
  const reader = await anyarchive.open(data);
  for await (const piece of (await reader.next()).stream()) {
    assert.ok(piece.equals(content.subarray(0, piece.length)));
    break;
  }
  let next;
  do {
    // The read that the stream began may still run.
    await new Promise((resolve) => setImmediate(resolve));
    next = await reader.next().catch((error) => error);
  } while (next.code === "ERR_BUSY");
  assert.equal(String(await next.buffer()), "2");
  await reader.close();
});

test("pieces stay what they were", async (t) => {
  const content = Buffer.alloc(5_000_000);
  for (let i = 0; i < content.length; i += 4) content.writeUInt32LE(i, i);
  const file = path.join(scratch(t), "a.tar");
  const data = archive(member("a", content), member("b", content.subarray(0, 600_000)), member("c", "3"));
  fs.writeFileSync(file, data);
  for (const source of [file, data, fs.createReadStream(file)]) {
    const kept = [];
    for await (const entry of await anyarchive.open(source)) {
      const pieces = [];
      for await (const piece of entry) pieces.push(piece);
      kept.push(pieces);
    }
    const [a, b, c] = kept.map((pieces) => Buffer.concat(pieces));
    assert.ok(a.equals(content) && b.equals(content.subarray(0, 600_000)) && c.equals(Buffer.from("3")));
  }
});

test("what is read ahead is in nobody's way", async (t) => {
  const directory = scratch(t);
  const file = path.join(directory, "a.tar.gz");
  const mib = 1 << 20;
  const sizes = [mib - 1, mib, mib + 1, 3 * mib, 5 * mib, 0, 7];
  const members = sizes.map((size, i) => member(`file-${i}`, Buffer.alloc(size, i + 1)));
  fs.writeFileSync(file, gzipSync(archive(...members), { level: 1 }));
  const found = [];
  for await (const entry of await anyarchive.open(file)) {
    const data = await entry.buffer();
    found.push(data.length);
    assert.ok(data.equals(Buffer.alloc(data.length, found.length)));
  }
  assert.deepEqual(found, sizes);
  // After one piece, everything else.
  for (let round = 0; round < 30; round++) {
    const reader = await anyarchive.open(file);
    let names = 0;
    for (let entry; (entry = await reader.next()) !== null; names++) {
      assert.equal(entry.name, `file-${names}`);
      await entry[Symbol.asyncIterator]().next();
      if (round % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual([reader.format, reader.filters], ["POSIX ustar format", ["gzip"]]);
      if (round % 2 === 0 && names === 3) break;
    }
    if (round % 2 === 0) {
      await reader.close();
      await assert.rejects(reader.next(), { code: "ERR_CLOSED" });
    } else {
      assert.equal(names, sizes.length);
    }
  }
  const reader = await anyarchive.open(file);
  await reader.next();
  await (await reader.next())[Symbol.asyncIterator]().next();
  const report = await reader.extract(path.join(directory, "out"));
  assert.equal(report.entries, sizes.length - 2);
  assert.equal(fs.statSync(path.join(directory, "out", "file-4")).size, 5 * mib);
  const lister = await anyarchive.open(file);
  await (await lister.next())[Symbol.asyncIterator]().next();
  const names = [];
  for await (const { name } of lister.list()) names.push(name);
  assert.deepEqual(names, sizes.slice(1).map((_, i) => `file-${i + 1}`));
});

test("a failure comes behind the data before it", async (t) => {
  const file = path.join(scratch(t), "a.tar");
  fs.writeFileSync(file, archive(member("a", Buffer.alloc(3_000_000, "abc"))).subarray(0, 2_500_000));
  const reader = await anyarchive.open(file);
  let size = 0;
  await assert.rejects(async () => {
    for await (const piece of await reader.next()) size += piece.length;
  }, { code: "ERR_TRUNCATED", entry: "a" });
  assert.ok(size > 2_400_000 && size < 2_500_000, `${size}`);
  // It is told as well when nobody asks for more data.
  for (const count of [1, 2, 3]) {
    const again = await anyarchive.open(file);
    const pieces = (await again.next())[Symbol.asyncIterator]();
    for (let i = 0; i < count; i++) await pieces.next();
    await assert.rejects(again.next(), { code: "ERR_TRUNCATED" });
    await again.close();
  }
});

test("data does not wait for what follows it in a stream", async () => {
  const data = archive(member("a", Buffer.alloc(3_000_000)));
  let got;
  const arrived = new Promise((resolve) => { got = resolve; });
  const source = async function* () {
    yield data.subarray(0, 1_000_000);
    await arrived;
    yield data.subarray(1_000_000);
  };
  let size = 0;
  for await (const entry of await anyarchive.open(source(), { blockSize: 10240 })) {
    for await (const piece of entry) {
      size += piece.length;
      if (size > 900_000) got();
    }
  }
  assert.equal(size, 3_000_000);
});

test("an exception of a source is never the end", async () => {
  const data = many();
  let cases = 0;
  for (const blockSize of [512, 4608, 10240, 65536, 1 << 20]) {
    for (let point = 0; point < 57; point++) {
      for (const withData of [false, true]) {
        const mine = new Error("mine");
        const source = fails(data, Math.floor(point * ENTRIES * 1536 / 57), 4608, mine);
        let entries = 0;
        await assert.rejects(async () => {
          for await (const entry of await anyarchive.open(source, { blockSize })) {
            entries++;
            if (withData) await entry.buffer();
          }
        }, (error) => error instanceof anyarchive.ArchiveError && error.cause === mine && error.code === "ERR_IO");
        assert.ok(entries < ENTRIES);
        cases++;
      }
    }
  }
  assert.equal(cases, 570);
  let entries = 0;
  for await (const _ of await anyarchive.open(fails(data, 1e9, 4608))) entries++;
  assert.equal(entries, ENTRIES);
});

test("sources that lie", async () => {
  for (const wrong of [["text"], [5], [null], [new Uint16Array(5)]]) {
    await assert.rejects(anyarchive.open(wrong), (error) => error.cause instanceof TypeError);
  }
  for (const wrong of [5, null, undefined, {}]) await assert.rejects(anyarchive.open(wrong), TypeError);
  await assert.rejects(anyarchive.open("a\0b"), TypeError);
});

test("errors have a code", async () => {
  await assert.rejects(anyarchive.open("/nonexistent/a.tar"), { code: "ENOENT", errno: -2 });
  await assert.rejects(anyarchive.open(Buffer.from("no archive at all")), { code: "ERR_UNKNOWN_FORMAT" });
  const data = archive(member("a", "x".repeat(10_000)));
  const entry = await (await anyarchive.open(data.subarray(0, 5000))).next();
  await assert.rejects(entry.buffer(), (error) => error.code === "ERR_TRUNCATED" && error.entry === "a" && error.function !== null);
  await assert.rejects(anyarchive.open(data, { formats: ["none"] }), { code: "ERR_INVALID_INPUT" });
  await assert.rejects(anyarchive.open(data, { filters: ["none"] }), { code: "ERR_UNSUPPORTED" });
  await assert.rejects(anyarchive.open(data, { formats: "tar" }), TypeError);
});

test("one call at a time", async () => {
  const reader = await anyarchive.open(many());
  const first = reader.next();
  await assert.rejects(reader.next(), { code: "ERR_BUSY" });
  await assert.rejects(reader.close(), { code: "ERR_BUSY" });
  assert.equal((await first).name, "file-0");
  await reader.close();
});

test("many readers at once do not wait for each other", async (t) => {
  const file = path.join(scratch(t), "a.tar");
  fs.writeFileSync(file, many());
  const count = async () => {
    let entries = 0;
    // These streams need Node's own threads while ours wait for them.
    for await (const _ of await anyarchive.open(fs.createReadStream(file))) entries++;
    return entries;
  };
  assert.deepEqual(await Promise.all(Array.from({ length: 20 }, count)), Array(20).fill(ENTRIES));
});

test("nothing is written outside", async (t) => {
  const top = scratch(t);
  const data = archive(member("good", "x"), member("../evil", "x"), member("link", "", "2", ".."),
    member("link/evil", "x"), member("hard", "", "1", "../../../../etc/passwd"));
  const out = path.join(top, "out");
  const caught = await anyarchive.extract(data, out).catch((error) => error);
  assert.ok(caught instanceof anyarchive.ExtractError);
  assert.ok(caught.report.items.some((item) => item.outcome === "refused" && item.name === "../evil"));
  assert.equal(fs.readFileSync(path.join(out, "good"), "utf8"), "x");
  assert.deepEqual(fs.readdirSync(top), ["out"]);
  const report = await anyarchive.extract(Readable.from([data]), out, { errors: "report" });
  assert.equal(report.items.length, caught.report.items.length);
});

test("extraction has limits and can be stopped", async (t) => {
  const out = path.join(scratch(t), "out");
  await assert.rejects(anyarchive.extract(many(), out, { limits: { entries: 10 } }), { code: "ERR_REFUSED" });
  await assert.rejects(anyarchive.extract(many(), out, { limits: { nonsense: 10 } }), TypeError);
  await assert.rejects(anyarchive.extract(many(), out, { existing: "nonsense" }), TypeError);
  const controller = new AbortController();
  const endless = async function* () {
    for (let i = 0; ; i++) {
      if (i === 1000) controller.abort();
      yield member("a");
    }
  };
  const options = { signal: controller.signal, limits: { entries: Infinity } };
  await assert.rejects(anyarchive.extract(endless(), out, options), { name: "AbortError" });
  const mine = new Error("mine");
  await assert.rejects(anyarchive.extract(fails(many(), 300_000, 4096, mine), out), (error) => error.cause === mine);
  const report = await anyarchive.extract(many(), out, { limits: "server", stripComponents: 0 });
  assert.equal(report.entries, ENTRIES);
});

test("progress is told, and its exceptions stop the extraction", async (t) => {
  const out = path.join(scratch(t), "out");
  const data = many();
  const told = [];
  const report = await anyarchive.extract(data, out, { onProgress: (progress) => told.push(progress) });
  assert.equal(report.entries, ENTRIES);
  assert.ok(told.length >= 1);
  for (const [index, { entries, bytesRead, bytesWritten, totalBytes, name }] of told.entries()) {
    assert.ok(entries <= ENTRIES && entries >= (told[index - 1]?.entries ?? 1));
    assert.ok(bytesWritten <= ENTRIES * 1000 && bytesRead <= data.length);
    assert.equal(totalBytes, data.length);
    assert.match(name, /^file-\d+$/);
  }
  const mine = new Error("mine");
  const endless = async function* () {
    for (;;) yield member("a");
  };
  const onProgress = () => { throw mine; };
  await assert.rejects(anyarchive.extract(endless(), out, { onProgress, limits: { entries: Infinity } }), mine);
  // When all was done before it was called, too.
  await assert.rejects(anyarchive.extract(archive(member("a")), out, { onProgress }), mine);
  await assert.rejects(anyarchive.extract(data, out, { onProgress: "nonsense" }), TypeError);
});

test("a program ends while a reader waits, and when nothing is left to do", () => {
  const lib = JSON.stringify(require.resolve("../lib/index.js"));
  const run = (code) => spawnSync(process.execPath, ["-e", `const a = require(${lib}); ${code}`], { timeout: 60_000 });
  const waiting = run("a.open((async function* () { setTimeout(() => process.exit(7), 50); await new Promise(() => {}); })())");
  assert.equal(waiting.status, 7, String(waiting.stderr));
  const idle = run("a.open(Buffer.from('x')).catch((error) => { console.log(error.code); })");
  assert.equal(String(idle.stdout), "ERR_UNKNOWN_FORMAT\n");
  assert.equal(idle.status, 0, String(idle.stderr));
  const worker = run(`const { Worker } = require("node:worker_threads");
    const w = new Worker('const a = require(' + JSON.stringify(${lib}) + '); a.open((async function* () { await new Promise(() => {}); })()); setInterval(() => {}, 100)', { eval: true });
    setTimeout(() => w.terminate().then(() => console.log("ended")), 300)`);
  assert.equal(String(worker.stdout), "ended\n", String(worker.stderr));
  assert.equal(worker.status, 0);
});
