"""Reads, writes and safely extracts nearly every archive format.

>>> import anyarchive
>>> with anyarchive.open("photos.tar.zst") as archive:   # doctest: +SKIP
...     for entry in archive:
...         print(entry.name, entry.size)
>>> anyarchive.open("photos.tar.zst").extractall("photos")   # doctest: +SKIP
"""

from __future__ import annotations

import json
import typing

from ._errors import (
    CancelledError,
    CorruptError,
    Error,
    ExtractError,
    InvalidInputError,
    OutOfMemoryError,
    PasswordRequiredError,
    RefusedError,
    TruncatedError,
    UnknownFormatError,
    UnsupportedError,
    WrongPasswordError,
)
from ._native import (
    CancelToken,
    Entry,
    Item,
    Progress,
    Reader,
    Report,
    Writer,
    __version__,
    capabilities,
    libarchive_version,
    linkage_json,
)

__all__ = [
    "CancelToken",
    "CancelledError",
    "CorruptError",
    "Entry",
    "Error",
    "ExtractError",
    "InvalidInputError",
    "Item",
    "OutOfMemoryError",
    "PasswordRequiredError",
    "Progress",
    "Reader",
    "RefusedError",
    "Report",
    "TruncatedError",
    "UnknownFormatError",
    "UnsupportedError",
    "Writer",
    "WrongPasswordError",
    "__version__",
    "capabilities",
    "libarchive_version",
    "linkage",
    "open",
]


@typing.overload
def open(
    file: typing.Any, mode: typing.Literal["r"] = "r", **settings: typing.Any
) -> Reader: ...
@typing.overload
def open(
    file: typing.Any, mode: typing.Literal["w", "x"], **settings: typing.Any
) -> Writer: ...
def open(file: typing.Any, mode: str = "r", **settings: typing.Any) -> typing.Any:
    """Opens an archive.

    ``file`` is a path, a binary file object or, to read, bytes in memory. ``mode`` is ``"r"`` for a
    :class:`Reader`, ``"w"`` for a :class:`Writer`, or ``"x"`` for one that replaces no file. Settings
    are those of the class.
    """
    if mode == "r":
        return Reader(file, **settings)
    if mode == "w":
        return Writer(file, **settings)
    if mode == "x":
        return Writer(file, exclusive=True, **settings)
    raise ValueError('mode is "r", "w" or "x"')


def linkage() -> typing.Dict[str, typing.Any]:
    """Which libarchive is in here, and which libraries came with it."""
    return json.loads(linkage_json())
