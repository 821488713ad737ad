"use strict";

// `test.js`, with the library's path in ANYARCHIVE_LIBRARY.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { load, ArchiveError } = require("./anyarchive.js");

const library = load(process.env.ANYARCHIVE_LIBRARY);
const ENTRIES = 400;

function member(name, data) {
  const content = Buffer.from(data);
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0" + "0000000\0" + "0000000\0", 100);
  header.write(content.length.toString(8).padStart(11, "0") + "\0" + "00000000000\0", 124);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257);
  header.fill(" ", 148, 156);
  const sum = header.reduce((a, b) => a + b, 0);
  header.write(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

const archive = (...members) => Buffer.concat([...members, Buffer.alloc(1024)]);

/** Gives bytes up to a place, and throws there. */
function fails(data, at, error) {
  let position = 0;
  return (count) => {
    if (position >= at) throw error;
    const piece = data.subarray(position, Math.min(position + count, at));
    position += piece.length;
    return piece;
  };
}

function scratch(t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "anyarchive-"));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

test("entries and data from a path and a function", (t) => {
  const data = archive(member("a/b.txt", "some data"), member("c", Buffer.alloc(100_000, "x")));
  const file = path.join(scratch(t), "a.tar");
  fs.writeFileSync(file, data);
  for (const source of [file, fails(data, Infinity)]) {
    const reader = library.open(source);
    const found = [];
    for (const name of reader) found.push([name, reader.read().length]);
    assert.deepEqual(found, [["a/b.txt", 9], ["c", 100_000]]);
    reader.close();
  }
});

test("an exception is never the end", () => {
  const data = archive(...Array.from({ length: ENTRIES }, (_, i) => member(`file-${i}`, Buffer.alloc(1000, i % 100))));
  let cases = 0;
  for (const blockSize of [512, 4608, 10240, 65536, 1 << 20]) {
    for (let point = 0; point < 57; point++) {
      for (const withData of [false, true]) {
        const mine = new Error("mine");
        let reader;
        let entries = 0;
        assert.throws(() => {
          reader = library.open(fails(data, Math.floor(point * ENTRIES * 1536 / 57), mine), { blockSize });
          for (const _ of reader) {
            entries++;
            if (withData) reader.read();
          }
        }, (error) => error instanceof ArchiveError && error.cause === mine && error.status === -101);
        reader?.close();
        if (reader) assert.equal(reader.callbacks.drops, 1);
        assert.ok(entries < ENTRIES);
        cases++;
      }
    }
  }
  assert.equal(cases, 570);
  const reader = library.open(fails(data, Infinity), { blockSize: 4608 });
  assert.equal([...reader].length, ENTRIES);
  reader.close();
});

test("errors have a status and a text", () => {
  assert.throws(() => library.open("/nonexistent/a.tar"), { status: -101, message: /nonexistent/ });
  assert.throws(() => library.open(fails(Buffer.from("no archive at all"), Infinity)), { status: -102 });
  assert.throws(() => library.open((count) => Buffer.alloc(count + 1)), { status: -101 });
});

test("extraction is safe", (t) => {
  const top = scratch(t);
  const reader = library.open(fails(archive(member("good", "1"), member("../evil", "2")), Infinity));
  assert.deepEqual(reader.extract(path.join(top, "out")), [1, [[1, "../evil"]]]);
  reader.close();
  assert.deepEqual(fs.readdirSync(top), ["out"]);
});
