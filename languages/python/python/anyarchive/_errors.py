"""Exceptions. The native half raises them."""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from . import Report


class Error(OSError):
    """Something about an archive failed.

    What the system refuses is a plain ``OSError``, such as ``FileNotFoundError``. When a file object of
    the caller raised an exception, it is the ``__cause__``.
    """

    #: Path of the archive, if it was opened by path.
    archive: typing.Optional[str] = None
    #: Name of the entry at which it happened.
    entry: typing.Optional[str] = None
    #: The same as the archive has it.
    entry_bytes: typing.Optional[bytes] = None
    #: Function of libarchive that failed.
    function: typing.Optional[str] = None
    #: Whether the reader can go on with the next entry.
    is_recoverable: bool = False


class UnknownFormatError(Error):
    """The input is in no format that is enabled."""


class TruncatedError(Error):
    """The input ends before the archive or the entry does."""


class CorruptError(Error):
    """The archive contradicts its format or its checksums."""


class PasswordRequiredError(Error):
    """The entry is encrypted and no password was given."""


class WrongPasswordError(Error):
    """None of the passwords opens the entry."""


class UnsupportedError(Error):
    """The library cannot do this."""


class InvalidInputError(Error, ValueError):
    """A value cannot work: an unknown option, a path with NUL."""


class OutOfMemoryError(Error, MemoryError):
    """Memory ran out, or more would be needed than is allowed."""


class RefusedError(Error):
    """A limit or a rule of security forbids this."""


class CancelledError(Error):
    """A callback or a token stopped it."""


class ExtractError(Error):
    """The extraction came to its end, but entries were refused or failed; ``report`` tells which."""

    def __init__(self, report: "Report") -> None:
        self.report = report
        bad = [item for item in report.items if item.outcome in ("refused", "failed")]
        text = f"{report.refused + report.failed} entries were not extracted"
        if bad:
            text += f", such as {bad[0].name!r}: {bad[0].reason}"
        super().__init__(text)
