"""`throughput.py WHO list|stream ARCHIVE`: an archive, by this package or another."""

import os
import sys
import time

PIECE = 65536


def with_anyarchive(task, path):
    import anyarchive

    entries = names = size = 0
    with anyarchive.open(path) as archive:
        for entry in archive:
            entries += 1
            names += len(entry.name)
            if task == "list":
                size += entry.size
                continue
            file = entry.open()
            while piece := file.read(PIECE):
                size += len(piece)
    return entries, names, size


def with_tarfile(task, path):
    import tarfile

    entries = names = size = 0
    with tarfile.open(path, "r:") as archive:
        for entry in archive:
            entries += 1
            names += len(entry.name)
            if task == "list":
                size += entry.size
                continue
            file = archive.extractfile(entry)
            while piece := file.read(PIECE):
                size += len(piece)
    return entries, names, size


def with_libarchive_c(task, path):
    import libarchive

    entries = names = size = 0
    with libarchive.file_reader(path, block_size=PIECE) as archive:
        for entry in archive:
            entries += 1
            names += len(entry.pathname)
            if task == "list":
                size += entry.size
                continue
            for piece in entry.get_blocks():
                size += len(piece)
    return entries, names, size


def with_library(module, argument):
    def run(task, path):
        entries = names = size = 0
        with module.Library(argument).open(path) as archive:
            for name, length in archive:
                entries += 1
                names += len(name)
                if task == "list":
                    size += length
                    continue
                while piece := archive.read(PIECE):
                    size += len(piece)
        return entries, names, size

    return run


def main():
    who, task, path = sys.argv[1:4]
    library = os.environ.get("ANYARCHIVE_LIBRARY")
    if who == "ctypes":
        import with_ctypes

        run = with_library(with_ctypes, library)
    elif who == "cffi":
        import with_cffi

        run = with_library(with_cffi, library)
    else:
        run = {
            "anyarchive": with_anyarchive,
            "tarfile": with_tarfile,
            "libarchive-c": with_libarchive_c,
        }[who]
    start = time.perf_counter()
    counts = run(task, path)
    print(*counts, format(time.perf_counter() - start, ".6f"))


main()
