"use strict";

const { fileURLToPath } = require("node:url");
const { ArchiveError, fromNative } = require("./errors.js");
const native = require("./native.js");
const { Sink, grant } = require("./sources.js");

// Methods of a Writer for this file alone.
const ASK = Symbol("ask");
const OPEN = Symbol("open");

const TYPES = ["file", "directory", "symlink", "hardlink"];

function pathOf(path) {
  if (path instanceof URL) return fileURLToPath(path);
  if (typeof path === "string") return path;
  throw new TypeError("a path is a text or a file: URL");
}

/** A whole number that C can have; undefined when there is none. */
function whole(name, value, most) {
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new RangeError(`${name} is a whole number from 0 to ${most}`);
  }
  return value;
}

function text(name, value) {
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  throw new TypeError(`${name} is a text`);
}

/** What is said of an entry, as the native half takes it; the size of data that is a stream is in there, or unknown. */
function fieldsOf(metadata, length) {
  const { name, type = "file", size, linkname, mode, mtime, uid, gid, uname, gname } = metadata;
  if (typeof name !== "string") throw new TypeError("name is a text");
  if (!TYPES.includes(type)) throw new TypeError(`type is one of ${TYPES.join(", ")}`);
  const link = type === "symlink" || type === "hardlink";
  if (link !== (typeof linkname === "string")) throw new TypeError("links, and they alone, have a linkname");
  const fields = {
    name, mode: whole("mode", mode, 0o7777), uid: whole("uid", uid, Number.MAX_SAFE_INTEGER),
    gid: whole("gid", gid, Number.MAX_SAFE_INTEGER), uname: text("uname", uname), gname: text("gname", gname),
  };
  if (link) fields[type] = linkname;
  else if (type === "directory") fields.directory = true;
  else {
    fields.size = whole("size", size, Number.MAX_SAFE_INTEGER) ?? length;
    fields.sizeUnknown = fields.size === undefined;
  }
  if (mtime !== undefined && mtime !== null) {
    const time = mtime instanceof Date ? mtime.getTime() : mtime;
    if (!Number.isFinite(time)) throw new TypeError("mtime is a Date, or milliseconds since 1970");
    fields.seconds = Math.floor(time / 1000);
    fields.nanoseconds = Math.floor((time - fields.seconds * 1000) * 1e6);
  }
  return fields;
}

/** Data that is there: a Buffer; undefined when it is a stream. */
function bytesOf(data) {
  if (data === undefined || data === null) return Buffer.alloc(0);
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (data[Symbol.asyncIterator] || data[Symbol.iterator]) return undefined;
  throw new TypeError("data is a text, bytes, or a stream of them");
}

/** Writes an archive, entry after entry. Make it with `create`. */
class Writer {
  #handle;
  #sink;
  #end;
  #failed = undefined;
  #busy = false;
  #warnings = [];

  constructor(sink, end) {
    this.#sink = sink;
    this.#end = end;
    // The native half must not keep this object, which keeps the native half.
    const weak = new WeakRef(this);
    this.#handle = native.makeWriter((wish, value) => weak.deref()?.[ASK](wish, value));
  }

  /** A thread of the native half wishes something. */
  [ASK](wish, value) {
    grant(native, this.#handle, this.#sink, wish, value, (error) => { this.#failed ??= { error }; });
  }

  /** For `create`. */
  async [OPEN](settings) {
    await this.#exclusive(() => this.#call(() => native.create(this.#handle, settings)));
    return this;
  }

  async #call(body) {
    try {
      return await body();
    } catch (error) {
      throw fromNative(error, this.#failed?.error);
    }
  }

  async #exclusive(body) {
    if (this.#busy) throw new ArchiveError("it is in use: wait for the promise before", { code: "ERR_BUSY" });
    this.#busy = true;
    try {
      return await body();
    } finally {
      this.#busy = false;
    }
  }

  async #write(step) {
    await this.#call(() => native.write(this.#handle, step));
    for (let warning; (warning = native.takeWarning(this.#handle));) this.#warnings.push(fromNative(warning));
  }

  /**
   * Adds an entry: a name, or an object with name, type ("file", "directory", "symlink", "hardlink"), size, linkname,
   * mode, mtime (a Date), uid, gid, uname and gname. Data is a text, bytes, or a stream of bytes; most formats must
   * know the size of a stream, or `create` is told to spool.
   */
  async addEntry(metadata, data) {
    const about = typeof metadata === "string" ? { name: metadata } : metadata;
    const bytes = bytesOf(data);
    const entry = fieldsOf(about, bytes?.length);
    await this.#exclusive(async () => {
      if (bytes) return this.#write({ entry, data: bytes, finishEntry: true });
      await this.#write({ entry });
      for await (const piece of data) {
        if (!(piece instanceof Uint8Array)) throw new TypeError("the stream gives no bytes but " + typeof piece);
        await this.#write({ data: Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength) });
      }
      await this.#write({ finishEntry: true });
    });
  }

  /** Adds a file or a directory from disk with everything below it, and all metadata. */
  async add(path) {
    const step = { path: pathOf(path) };
    await this.#exclusive(() => this.#write(step));
  }

  /** What was remarked on entries that are in the archive, but not with all of their metadata. */
  get warnings() { return [...this.#warnings]; }

  /** Completes the archive, and ends the stream it went to. When this fails, half an archive is left. */
  async close() {
    await this.#exclusive(async () => {
      try {
        await this.#write({ finish: true });
      } catch (error) {
        this.#abort();
        throw error;
      }
      native.close(this.#handle);
      await this.#sink?.end(this.#end);
    });
  }

  /** Leaves half an archive, and destroys the stream it went to. */
  async abort() {
    await this.#exclusive(() => this.#abort());
  }

  #abort() {
    native.close(this.#handle);
    if (this.#end) this.#sink?.destroy();
    else this.#sink?.leave();
  }
}

/**
 * Makes an archive: at a path, or into a Writable.
 *
 * Options: format (a name, such as "pax" or "zip"; the end of a path tells it), and with a format: filters (a list of
 * names), level, threads, password, options (a text of libarchive), reproducible, spool (streams of unknown size go
 * through a temporary file); end (false: the Writable stays open).
 */
async function create(sink, options = {}) {
  const { format, filters, level, threads, password, reproducible, spool, end = true } = options;
  const settings = {
    format: text("format", format), filters, level: whole("level", level, 1000), reproducible, spool,
    threads: whole("threads", threads, 65535), passwords: password === undefined ? undefined : [password],
    options: options.options && [options.options],
  };
  const isStream = typeof sink?.write === "function" && typeof sink.on === "function";
  if (format === undefined) {
    if (isStream) throw new TypeError('a stream needs a format, such as "pax" or "zip"');
    for (const [name, value] of Object.entries(settings)) {
      if (value !== undefined) throw new TypeError(`${name} needs a format`);
    }
  }
  if (!isStream) settings.path = pathOf(sink);
  return new Writer(isStream ? new Sink(sink) : null, end)[OPEN](settings);
}

module.exports = { Writer, create, pathOf };
