"use strict";

// The C library through koffi: nothing is compiled.

const koffi = require("koffi");

class ArchiveError extends Error {
  constructor(status, text, cause) {
    super(text, { cause });
    this.status = status;
  }
}

const Read = koffi.proto("int32_t anyarchive_read_fn(void *user, void *buf, size_t cap, void *n_read)");
const Drop = koffi.proto("void anyarchive_drop_fn(void *user)");
const SourceStruct = koffi.struct("anyarchive_source", {
  struct_size: "size_t", user: "void *", read: koffi.pointer(Read), seek: "void *", drop: koffi.pointer(Drop),
});

/** Loads the library. It is never unloaded: callbacks may still be in it. */
function load(path) {
  const lib = koffi.load(path);
  const c = {};
  for (const declaration of [
    "const char *anyarchive_error_text(void *error)",
    "int32_t anyarchive_error_status(void *error)",
    "void anyarchive_error_free(void *error)",
    "void *anyarchive_reader_settings_new()",
    "int32_t anyarchive_reader_settings_block_size(void *settings, size_t bytes)",
    "void anyarchive_reader_settings_free(void *settings)",
    "int32_t anyarchive_reader_open_path(const char *path, void *settings, _Out_ void **reader, _Out_ void **error)",
    "int32_t anyarchive_reader_open_source(anyarchive_source *source, void *settings, _Out_ void **reader, _Out_ void **error)",
    "int32_t anyarchive_reader_next(void *reader, _Out_ void **entry)",
    "int32_t anyarchive_reader_read(void *reader, void *buf, size_t cap, _Out_ size_t *n_read)",
    "void *anyarchive_reader_error(void *reader)",
    "void anyarchive_reader_free(void *reader)",
    "const char *anyarchive_entry_path(void *entry)",
    "void *anyarchive_extractor_new()",
    "int32_t anyarchive_extractor_threads(void *extractor, size_t count)",
    "int32_t anyarchive_extractor_run(void *extractor, void *reader, const char *destination)",
    "uint64_t anyarchive_extractor_entries(void *extractor)",
    "size_t anyarchive_extractor_item_count(void *extractor)",
    "int32_t anyarchive_extractor_item(void *extractor, size_t index, _Out_ int32_t *outcome, _Out_ const char **path, _Out_ const char **reason)",
    "void *anyarchive_extractor_error(void *extractor)",
    "void anyarchive_extractor_free(void *extractor)",
  ]) {
    const name = /anyarchive_(\w+)\(/.exec(declaration)[1];
    c[name] = lib.func(declaration);
  }
  return { open: (source, options) => new Reader(c, source, options) };
}

/** The functions that C calls. They are registered until the reader is closed. */
class Callbacks {
  raised = undefined;
  drops = 0;

  constructor(read) {
    this.read = koffi.register((_user, buffer, capacity, count) => {
      // An exception would surface only behind the call of C, which would not know of it.
      try {
        const bytes = read(Number(capacity));
        if (bytes.length > Number(capacity)) throw new RangeError("too much");
        if (bytes.length > 0) koffi.encode(buffer, koffi.array("uint8_t", bytes.length), bytes);
        koffi.encode(count, "size_t", bytes.length);
        return 0;
      } catch (error) {
        this.raised ??= { error };
        return -1;
      }
    }, koffi.pointer(Read));
    this.drop = koffi.register(() => { this.drops++; }, koffi.pointer(Drop));
    this.source = {
      struct_size: koffi.sizeof(SourceStruct), user: null, read: this.read, seek: null, drop: this.drop,
    };
  }

  /** Not before `drop` has returned: a callback must not free itself. */
  unregister() {
    koffi.unregister(this.read);
    koffi.unregister(this.drop);
  }
}

/** Iterates over names; `read` gives the data of the entry it is at. All of it on the main thread. */
class Reader {
  #c;
  #handle = null;
  callbacks = null;

  /** A path, or a function that gives up to so many bytes, none at the end. */
  constructor(c, source, { blockSize } = {}) {
    this.#c = c;
    const settings = c.reader_settings_new();
    if (blockSize) c.reader_settings_block_size(settings, blockSize);
    const handle = [null];
    const error = [null];
    let status;
    if (typeof source === "function") {
      this.callbacks = new Callbacks(source);
      status = c.reader_open_source(this.callbacks.source, settings, handle, error);
    } else {
      status = c.reader_open_path(source, settings, handle, error);
    }
    c.reader_settings_free(settings);
    this.#handle = handle[0];
    if (status < 0) {
      const failure = this.#failure(error[0]);
      c.error_free(error[0]);
      this.callbacks?.unregister();
      throw failure;
    }
  }

  #failure(error) {
    return new ArchiveError(this.#c.error_status(error), this.#c.error_text(error), this.callbacks?.raised?.error);
  }

  #check(status) {
    if (status < 0) throw this.#failure(this.#c.reader_error(this.#handle));
    return status;
  }

  *[Symbol.iterator]() {
    const entry = [null];
    while (this.#check(this.#c.reader_next(this.#handle, entry)) === 0) yield this.#c.entry_path(entry[0]);
  }

  read() {
    const pieces = [];
    for (;;) {
      const piece = Buffer.alloc(1 << 16);
      const count = [0];
      this.#check(this.#c.reader_read(this.#handle, piece, piece.length, count));
      if (Number(count[0]) === 0) return Buffer.concat(pieces);
      pieces.push(piece.subarray(0, Number(count[0])));
    }
  }

  /** The number of entries, and pairs of an outcome and a name. */
  extract(destination) {
    const c = this.#c;
    const extractor = c.extractor_new();
    try {
      // Callbacks from other threads would wait for the main one, which waits for them.
      c.extractor_threads(extractor, 1);
      if (c.extractor_run(extractor, this.#handle, destination) < 0) throw this.#failure(c.extractor_error(extractor));
      const items = [];
      for (let index = 0; index < Number(c.extractor_item_count(extractor)); index++) {
        const [outcome, name, reason] = [[0], [null], [null]];
        c.extractor_item(extractor, index, outcome, name, reason);
        items.push([outcome[0], name[0]]);
      }
      return [Number(c.extractor_entries(extractor)), items];
    } finally {
      c.extractor_free(extractor);
    }
  }

  close() {
    this.#c.reader_free(this.#handle);
    this.#handle = null;
    this.callbacks?.unregister();
  }
}

module.exports = { load, ArchiveError };
