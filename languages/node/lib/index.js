"use strict";

const { Readable } = require("node:stream");
const { ArchiveError, ExtractError, fromNative } = require("./errors.js");
const native = require("./native.js");
const { grant, sourceOf } = require("./sources.js");
const { Writer, create, pathOf } = require("./writer.js");

// Methods of a Reader for this file alone.
const ASK = Symbol("ask");
const OPEN = Symbol("open");
/** Number of entries that have no data any more. */
const GONE = -1;

/** Values that the native half gives for an entry, in the order in which Entry takes them. */
const FIELDS = 13;
const TYPES = [
  "unknown", "file", "directory", "symlink", "char-device", "block-device", "fifo", "socket", "hardlink",
];

/** An entry: its metadata and, until the reader goes on, its data. */
class Entry {
  #reader;
  #number;
  #bytes;

  constructor(fields, at, reader, number) {
    this.name = fields[at];
    this.#bytes = fields[at + 1];
    this.type = TYPES[fields[at + 2]];
    this.linkname = fields[at + 3];
    this.uname = fields[at + 4];
    this.gname = fields[at + 5];
    this.warning = fields[at + 6];
    this.size = fields[at + 7];
    this.uid = fields[at + 8];
    this.gid = fields[at + 9];
    this.mode = fields[at + 10];
    this.encrypted = fields[at + 11];
    const mtime = fields[at + 12];
    this.mtime = mtime === null ? null : new Date(mtime);
    this.#reader = reader;
    this.#number = number;
  }

  /** The name as the archive has it, in whatever encoding. */
  get nameBytes() { return this.#bytes ?? Buffer.from(this.name, "latin1"); }

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
    // Readable.from would go through two more promises for each piece.
    const read = () => this.#reader.readData(this.#number);
    return new Readable({
      read() {
        read().then((piece) => this.push(piece?.length ? piece : null), (error) => this.destroy(error));
      },
    });
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
  #source = null;
  #failed = undefined;
  #number = 0;
  #progress = undefined;

  constructor(source) {
    this.#source = source;
    // The native half must not keep this object, which keeps the native half.
    const weak = new WeakRef(this);
    this.#handle = native.make((wish, value) => weak.deref()?.[ASK](wish, value));
  }

  /** A thread of the native half wishes something, or tells how far it is. */
  [ASK](wish, value) {
    if (wish === null) this.#progress?.(value);
    else grant(native, this.#handle, this.#source, wish, value, (error) => { this.#failed ??= { error }; });
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
    return fields && new Entry(fields, 0, this, this.#number);
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
        this.#number += entries.length / FIELDS;
        for (let at = 0; at < entries.length; at += FIELDS) yield new Entry(entries, at, this, GONE);
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
   * (an AbortSignal), onProgress (a function; what it throws stops the extraction), errors ("raise" or "report").
   * Entries that were refused or failed raise an ExtractError behind the others.
   */
  async extract(destination, options = {}) {
    const { existing = "overwrite", stripComponents = 0, limits = {}, signal, onProgress, errors = "raise" } = options;
    const number = ["overwrite", "keep", "error"].indexOf(existing);
    if (number < 0) throw new TypeError('existing is "overwrite", "keep" or "error"');
    if (!["raise", "report"].includes(errors)) throw new TypeError('errors is "raise" or "report"');
    const server = limits === "server";
    for (const [name, value] of Object.entries(server ? {} : limits)) {
      if (!LIMITS.includes(name)) throw new TypeError(`no limit is called ${name}`);
      if (!(value >= 0)) throw new TypeError(`the limit ${name} is a number, Infinity for none`);
    }
    if (onProgress !== undefined && typeof onProgress !== "function") throw new TypeError("onProgress is a function");
    signal?.throwIfAborted();
    const token = native.token();
    const abort = () => native.cancel(token);
    signal?.addEventListener("abort", abort);
    this.#number += 1;
    let thrown;
    this.#progress = onProgress && ((progress) => {
      try {
        if (!thrown) onProgress(progress);
      } catch (error) {
        thrown = { error };
        native.cancel(token);
      }
    });
    let report;
    try {
      report = await this.#call(() => native.extract(this.#handle, pathOf(destination), {
        existing: number, stripComponents, serverLimits: server, limits: server ? undefined : limits,
        progress: onProgress && true,
      }, token));
    } catch (error) {
      if (thrown) throw thrown.error;
      if (error.code === "ERR_CANCELLED") signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#progress = undefined;
    }
    if (thrown) throw thrown.error;
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
    await this.#source?.end();
  }
}

const LIMITS = ["entries", "totalBytes", "fileBytes", "ratio", "pathBytes", "depth", "timeMs"];

/**
 * Opens an archive: a path, bytes in memory, a FileHandle or a Blob, which are read at any place and stay open, or
 * a stream (anything that iterates over Uint8Array).
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
  const other = await sourceOf(source);
  if (other) {
    if (other.seekable) settings.seekable = true;
    return new Reader(other.source)[OPEN](settings);
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
  ArchiveError, ExtractError, Entry, Reader, Writer, open, list, extract, create, capabilities,
  libarchiveVersion: native.libarchiveVersion,
};
