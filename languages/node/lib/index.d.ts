/// <reference types="node" />

import { Readable } from "node:stream";

export type Source =
  | string | URL | Uint8Array | ArrayBuffer | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

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
  errors?: "raise" | "report";
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
export function capabilities(): Record<string, string[]>;
export function libarchiveVersion(): string;
