/// <reference types="node" />

import { FileHandle } from "node:fs/promises";
import { Readable, Writable } from "node:stream";

export type Source =
  | string | URL | Uint8Array | ArrayBuffer | FileHandle | Blob | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface OpenOptions {
  formats?: string[];
  filters?: string[];
  passwords?: string[];
  options?: string;
  blockSize?: number;
}

export interface Limits {
  entries?: number;
  totalBytes?: number;
  fileBytes?: number;
  ratio?: number;
  pathBytes?: number;
  depth?: number;
  timeMs?: number;
}

export interface ExtractOptions {
  existing?: "overwrite" | "keep" | "error";
  stripComponents?: number;
  limits?: "server" | Limits;
  signal?: AbortSignal;
  /** Called at most every 50 ms; what it throws stops the extraction. */
  onProgress?: (progress: Progress) => void;
  errors?: "raise" | "report";
}

export interface Progress {
  bytesRead: number;
  /** null when the source cannot tell. */
  totalBytes: number | null;
  bytesWritten: number;
  /** Entries come to, this one included. */
  entries: number;
  name: string | null;
}

export interface Item {
  outcome: "refused" | "failed" | "skipped" | "warned" | "unknown";
  name: string | null;
  reason: string | null;
}

export interface Report {
  entries: number;
  bytes: number;
  items: Item[];
}

export class Entry implements AsyncIterable<Buffer> {
  private constructor();
  readonly name: string;
  readonly nameBytes: Buffer;
  readonly type:
    | "file" | "directory" | "symlink" | "hardlink" | "char-device" | "block-device" | "fifo" | "socket" | "unknown";
  readonly size: number | null;
  readonly linkname: string | null;
  readonly mode: number;
  readonly mtime: Date | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly uname: string | null;
  readonly gname: string | null;
  readonly encrypted: boolean;
  readonly warning: string | null;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  buffer(): Promise<Buffer>;
  stream(): Readable;
  [Symbol.asyncIterator](): AsyncIterator<Buffer>;
}

export class Reader implements AsyncIterable<Entry> {
  private constructor();
  next(): Promise<Entry | null>;
  /** Metadata without data, of many entries at once. */
  list(): AsyncGenerator<Entry, void, void>;
  extract(destination: string | URL, options?: ExtractOptions): Promise<Report>;
  readonly format: string | undefined;
  readonly filters: string[] | undefined;
  close(): Promise<void>;
  [Symbol.asyncIterator](): AsyncIterator<Entry>;
}

export interface CreateOptions {
  /** Name of the format, such as "pax" or "zip"; the end of a path tells it. The other options need it. */
  format?: string;
  filters?: string[];
  level?: number;
  threads?: number;
  password?: string;
  options?: string;
  /** The same archive at any time and on any machine. */
  reproducible?: boolean;
  /** Streams of unknown size go through a temporary file. */
  spool?: boolean;
  /** false: the Writable stays open behind the archive. */
  end?: boolean;
}

export interface Metadata {
  name: string;
  type?: "file" | "directory" | "symlink" | "hardlink";
  size?: number;
  linkname?: string;
  mode?: number;
  /** A Date, or milliseconds since 1970. */
  mtime?: Date | number;
  uid?: number;
  gid?: number;
  uname?: string;
  gname?: string;
}

export type Data = string | Uint8Array | ArrayBuffer | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export class Writer {
  private constructor();
  addEntry(metadata: string | Metadata, data?: Data): Promise<void>;
  /** A file or a directory from disk with everything below it. */
  add(path: string | URL): Promise<void>;
  /** Of entries that are in the archive, but not with all of their metadata. */
  readonly warnings: ArchiveError[];
  /** Completes the archive. */
  close(): Promise<void>;
  /** Leaves half an archive. */
  abort(): Promise<void>;
}

export class ArchiveError extends Error {
  readonly code: string;
  readonly errno?: number;
  readonly entry: string | null;
  readonly function: string | null;
  readonly recoverable: boolean;
}

export class ExtractError extends ArchiveError {
  readonly report: Report;
}

export function open(source: Source, options?: OpenOptions): Promise<Reader>;
export function list(source: Source, options?: OpenOptions): AsyncGenerator<Entry, void, void>;
export function extract(
  source: Source, destination: string | URL, options?: OpenOptions & ExtractOptions,
): Promise<Report>;
export function create(sink: string | URL | Writable, options?: CreateOptions): Promise<Writer>;
export function capabilities(): Record<string, string[]>;
export function libarchiveVersion(): string;
