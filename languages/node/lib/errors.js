"use strict";

/** A failure with everything that is known about it. `cause` is what the caller's own stream failed with. */
class ArchiveError extends Error {
  constructor(message, fields) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = "ArchiveError";
    this.code = fields.code;
    this.entry = fields.entry;
    this.function = fields.function;
    this.recoverable = fields.recoverable;
  }
}

/** The extraction came to its end, but entries were refused or failed. */
class ExtractError extends ArchiveError {
  constructor(report, bad) {
    super(`${bad.length} entries were not extracted, such as ${bad[0].name}: ${bad[0].reason}`, {
      code: "ERR_EXTRACT", entry: bad[0].name, function: null, recoverable: true,
    });
    this.name = "ExtractError";
    this.report = report;
  }
}

const CODES = new Map([
  [-101, "ERR_IO"], [-102, "ERR_UNKNOWN_FORMAT"], [-103, "ERR_TRUNCATED"], [-104, "ERR_CORRUPT"],
  [-105, "ERR_PASSWORD_REQUIRED"], [-106, "ERR_WRONG_PASSWORD"], [-107, "ERR_UNSUPPORTED"],
  [-108, "ERR_INVALID_INPUT"], [-109, "ERR_OUT_OF_MEMORY"], [-110, "ERR_REFUSED"],
  [-111, "ERR_CANCELLED"], [-112, "ERR_POISONED"], [-114, "ERR_BUSY"], [-115, "ERR_PANIC"],
]);

/** The error for one of the native half. */
function fromNative(error, cause) {
  if (error.status === undefined) return error;
  const { entry, recoverable, osError, status } = error;
  let code = CODES.get(status) ?? "ERR_OTHER";
  if (status === -101 && cause === undefined && osError > 0) {
    code = require("node:util").getSystemErrorName(-osError);
  }
  const ours = new ArchiveError(error.message, {
    code, entry, recoverable, function: error.function, cause: status === -101 ? cause : undefined,
  });
  if (osError > 0) ours.errno = -osError;
  return ours;
}

module.exports = { ArchiveError, ExtractError, fromNative };
