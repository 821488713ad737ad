"""What the tests share."""

import io

import anyarchive

ENTRIES = 400


def archive(entries, format="ustar", **settings):
    """An archive in memory: pairs of an entry, or its name, and its data."""
    file = io.BytesIO()
    with anyarchive.open(file, "w", format=format, **settings) as writer:
        for entry, data in entries:
            writer.writestr(entry, data)
    return file.getvalue()


def many():
    """A tar archive of 400 files of 1000 bytes: 1536 bytes each in it."""
    return archive((f"file-{i}", bytes([i % 100]) * 1000) for i in range(ENTRIES))


def cases():
    """Block sizes and places for the 570 failures."""
    for block_size in (512, 4608, 10240, 65536, 1 << 20):
        for point in range(57):
            for with_data in (False, True):
                yield block_size, point * ENTRIES * 1536 // 57, with_data
