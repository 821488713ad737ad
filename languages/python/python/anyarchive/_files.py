"""File objects over the data of entries."""

from __future__ import annotations

import io
import typing

from . import _native


class _EntryData(io.RawIOBase):
    def __init__(self, reader: _native.Reader, number: int) -> None:
        self._reader = reader
        self._number = number

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: typing.Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self._reader._read(self._number, len(view))
        view[: len(data)] = data
        return len(data)


def open_entry(reader: _native.Reader, number: int) -> io.BufferedReader:
    return io.BufferedReader(_EntryData(reader, number), 64 * 1024)


def blocks(
    reader: _native.Reader, number: int
) -> typing.Iterator[typing.Tuple[int, bytes]]:
    while (block := reader._block(number)) is not None:
        yield block
