"use strict";

const { Readable } = require("node:stream");
const { fileURLToPath } = require("node:url");
const { ArchiveError, ExtractError, fromNative } = require("./errors.js");
const native = require(process.env.ANYARCHIVE_NATIVE ?? "../build/native.node");

// Methods of a Reader for this file alone.
const ANSWER = Symbol("answer");
const OPEN = Symbol("open");
/** Number of entries that have no data any more. */
const GONE = -1;

/** Gives the bytes of a stream in pieces of the size that is asked for; an empty one at the end. */
class Pieces {
  #iterator;
  #rest = Buffer.alloc(0);

  constructor(source) {
    this.#iterator = source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]();
  }

  async read(count) {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#iterator.next();
      if (done) return Buffer.alloc(0);
      if (!(value instanceof Uint8Array)) throw new TypeError("the source gives no bytes but " + typeof value);
      this.#rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    const piece = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  async end() {
    await this.#iterator.return?.();
  }
}

/** An entry: its metadata and, until the reader goes on, its data. */
class Entry {
  #reader;
  #number;

  constructor(fields, reader, number) {
    Object.assign(this, fields);
    this.#reader = reader;
    this.#number = number;
  }

  isFile() { return this.type === "file"; }
  isDirectory() { return this.type === "directory"; }
  isSymbolicLink() { return this.type === "symlink"; }

  /** The data that was not read yet. */
  async buffer() {
    const pieces = [];
    for await (const piece of this) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** The data as a stream. */
  stream() {
    return Readable.from(this, { objectMode: false });
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      const piece = await this.#reader.readData(this.#number);
      if (!piece?.length) return;
      yield piece;
    }
  }
}

/** Reads an archive, entry after entry. Make it with `open`. */
class Reader {
  #handle;
  #pieces = null;
  #failed = undefined;
  #number = 0;

  constructor(pieces) {
    this.#pieces = pieces;
    // The native half must not keep this object, which keeps the native half.
    const weak = new WeakRef(this);
    this.#handle = native.make((count) => weak.deref()?.[ANSWER](count));
  }

  /** The native half wants to read. Whatever happens, it gets an answer: a thread waits for it. */
  async [ANSWER](count) {
    const handle = this.#handle;
    try {
      const bytes = await this.#pieces.read(count);
      native.answer(handle, bytes);
    } catch (error) {
      this.#failed ??= { error };
      native.answer(handle, null);
    }
  }

  /** For `open`. */
  async [OPEN](options) {
    await this.#call(() => native.open(this.#handle, options));
    return this;
  }

  async #call(body) {
    try {
      return await body();
    } catch (error) {
      throw fromNative(error, this.#failed?.error);
    }
  }

  /** The next entry; null behind the last. */
  async next() {
    const fields = await this.#call(() => native.next(this.#handle));
    this.#number += 1;
    return fields && new Entry(fields, this, this.#number);
  }

  /** Iterates over the entries that were not read yet, and closes the reader when it is left. */
  async *[Symbol.asyncIterator]() {
    try {
      for (let entry; (entry = await this.next()) !== null;) yield entry;
    } finally {
      await this.close();
    }
  }

  /**
   * The metadata of the entries that were not read yet, without their data: many are fetched at once, which
   * is much faster. Closes the reader when it is left.
   */
  async *list() {
    try {
      for (;;) {
        const { entries, error, end } = await this.#call(() => native.list(this.#handle));
        this.#number += entries.length;
        for (const fields of entries) yield new Entry(fields, this, GONE);
        if (error) throw fromNative(error, this.#failed?.error);
        if (end) return;
      }
    } finally {
      await this.close();
    }
  }

  /** For Entry. */
  async readData(number) {
    if (number !== this.#number) {
      throw new ArchiveError("the reader has gone on from this entry", { code: "ERR_GONE_ON" });
    }
    return this.#call(() => native.read(this.#handle));
  }

  /**
   * Extracts the entries that were not read yet; nothing is written outside the destination.
   *
   * Options: existing ("overwrite", "keep", "error"), stripComponents, limits ("server" or an object), signal
   * (an AbortSignal), errors ("raise" or "report"). Entries that were refused or failed raise an ExtractError
   * behind the others.
   */
  async extract(destination, options = {}) {
    const { existing = "overwrite", stripComponents = 0, limits = {}, signal, errors = "raise" } = options;
    const number = ["overwrite", "keep", "error"].indexOf(existing);
    if (number < 0) throw new TypeError('existing is "overwrite", "keep" or "error"');
    if (!["raise", "report"].includes(errors)) throw new TypeError('errors is "raise" or "report"');
    const server = limits === "server";
    for (const [name, value] of Object.entries(server ? {} : limits)) {
      if (!LIMITS.includes(name)) throw new TypeError(`no limit is called ${name}`);
      if (!(value >= 0)) throw new TypeError(`the limit ${name} is a number, Infinity for none`);
    }
    signal?.throwIfAborted();
    const token = native.token();
    const abort = () => native.cancel(token);
    signal?.addEventListener("abort", abort);
    this.#number += 1;
    let report;
    try {
      report = await this.#call(() => native.extract(this.#handle, pathOf(destination), {
        existing: number, stripComponents, serverLimits: server, limits: server ? undefined : limits,
      }, token));
    } catch (error) {
      if (error.code === "ERR_CANCELLED") signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    const bad = report.items.filter((item) => item.outcome === "refused" || item.outcome === "failed");
    if (bad.length > 0 && errors === "raise") throw new ExtractError(report, bad);
    return report;
  }

  /** Exact name of the format; empty before the first entry. */
  get format() { return native.describe(this.#handle)?.format; }

  /** Names of the filters around the archive, the innermost first. */
  get filters() { return native.describe(this.#handle)?.filters.split(",").filter(Boolean); }

  /** Closes the reader, and ends its source. */
  async close() {
    native.close(this.#handle);
    await this.#pieces?.end();
  }
}

const LIMITS = ["entries", "totalBytes", "fileBytes", "ratio", "pathBytes", "depth", "timeMs"];

function pathOf(path) {
  if (path instanceof URL) return fileURLToPath(path);
  if (typeof path === "string") return path;
  throw new TypeError("a path is a text or a file: URL");
}

/**
 * Opens an archive: a path, bytes in memory, or a stream (anything that iterates over Uint8Array).
 *
 * Options: formats, filters and passwords (lists of texts), options (a text of libarchive), blockSize.
 */
async function open(source, options = {}) {
  const { formats, filters, passwords, blockSize } = options;
  const settings = { formats, filters, passwords, blockSize, options: options.options && [options.options] };
  const memory = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
  if (memory instanceof Uint8Array) {
    settings.memory = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
    return new Reader(null)[OPEN](settings);
  }
  if (source?.[Symbol.asyncIterator] || (typeof source === "object" && source?.[Symbol.iterator])) {
    return new Reader(new Pieces(source))[OPEN](settings);
  }
  settings.path = pathOf(source);
  return new Reader(null)[OPEN](settings);
}

/** Lists an archive: metadata without data. See Reader.list and open. */
async function* list(source, options = {}) {
  yield* (await open(source, options)).list();
}

/** Extracts an archive; see Reader.extract and open. */
async function extract(source, destination, options = {}) {
  const reader = await open(source, options);
  try {
    return await reader.extract(destination, options);
  } finally {
    await reader.close();
  }
}

/** Names of the formats and filters that can be read and written here. */
function capabilities() {
  return JSON.parse(native.capabilitiesJson());
}

module.exports = {
  ArchiveError, ExtractError, Entry, Reader, open, list, extract, capabilities,
  libarchiveVersion: native.libarchiveVersion,
};
