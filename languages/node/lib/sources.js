"use strict";

/** What the native half wishes: `enum wish` of native.h. */
const WISH = { READ: 0, SEEK: 1, WRITE: 2 };

/** Gives the bytes of a stream in pieces of the size that is asked for; an empty one at the end. */
class Pieces {
  #iterator;
  #rest = Buffer.alloc(0);

  constructor(source) {
    this.#iterator = source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]();
  }

  async [WISH.READ](count) {
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

/** Something that is read at any place: a file that is open, or a Blob. It stays open. */
class Places {
  #readAt;
  #size;
  #position = 0;

  constructor(readAt, size) {
    this.#readAt = readAt;
    this.#size = size;
  }

  async [WISH.READ](count) {
    const bytes = await this.#readAt(this.#position, count);
    this.#position += bytes.length;
    return bytes;
  }

  async [WISH.SEEK]({ offset, whence }) {
    const position = [0, this.#position, this.#size][whence] + offset;
    if (!(position >= 0)) throw new RangeError("a place before the start");
    this.#position = position;
    return position;
  }

  async end() {}
}

const isFileHandle = (source) =>
  typeof source?.fd === "number" && typeof source.read === "function" && typeof source.stat === "function";

/** The source for something that is neither a path nor bytes; null when it is none. */
async function sourceOf(source) {
  if (source instanceof Blob) {
    const readAt = async (position, count) => Buffer.from(await source.slice(position, position + count).arrayBuffer());
    return { source: new Places(readAt, source.size), seekable: true };
  }
  if (isFileHandle(source)) {
    const stat = await source.stat();
    const seekable = stat.isFile();
    const readAt = async (position, count) => {
      const buffer = Buffer.allocUnsafe(Math.min(count, 1 << 17));
      const { bytesRead } = await source.read(buffer, 0, buffer.length, seekable ? position : null);
      return buffer.subarray(0, bytesRead);
    };
    return { source: new Places(readAt, stat.size), seekable };
  }
  if (source?.[Symbol.asyncIterator] || (typeof source === "object" && source?.[Symbol.iterator])) {
    return { source: new Pieces(source), seekable: false };
  }
  return null;
}

/** A Writable that takes one piece after the other, as fast as it wants. */
class Sink {
  #stream;
  #failed = undefined;
  #reject = null;
  #onError = (error) => this.#fail(error);
  #onClose = () => this.#fail(new Error("the stream was closed before the archive was complete"));

  constructor(stream) {
    this.#stream = stream;
    stream.on("error", this.#onError);
    stream.on("close", this.#onClose);
  }

  #fail(error) {
    this.#failed ??= { error };
    this.#reject?.(this.#failed.error);
  }

  async [WISH.WRITE](bytes) {
    if (this.#failed) throw this.#failed.error;
    await new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#stream.write(bytes, (error) => (error ? reject(this.#failed?.error ?? error) : resolve()));
    });
    this.#reject = null;
    return true;
  }

  /** Behind the last byte: ends the stream, or leaves it. */
  async end(close) {
    if (this.#failed) throw this.#failed.error;
    if (close) {
      await new Promise((resolve, reject) => {
        this.#reject = reject;
        this.#stream.end((error) => (error ? reject(this.#failed?.error ?? error) : resolve()));
      });
    }
    this.leave();
  }

  leave() {
    this.#stream.off("close", this.#onClose);
    this.#stream.off("error", this.#onError);
  }

  /** The archive stays incomplete: so that nobody takes it for whole. */
  destroy() {
    this.#stream.off("close", this.#onClose);
    // An error that comes after this was never asked for; the listener keeps it from ending the program.
    this.#stream.destroy();
  }
}

/** Does what a thread of the native half wishes. Whatever happens, it gets an answer: the thread waits for it. */
async function grant(native, handle, source, wish, value, failed) {
  try {
    native.answer(handle, await source[wish](value));
  } catch (error) {
    failed(error);
    native.answer(handle, null);
  }
}

module.exports = { Places, Pieces, Sink, grant, sourceOf };
