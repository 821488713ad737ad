"""The host in Python: `host.py ARCHIVE CHAIN [HOP GOOD_CALLS]`."""

import ctypes
import os
import sys

import hop

HOPS = {"C": "hop_c", "X": "hop_cxx", "G": "hop_go", "B": "hop_rb"}


class Result(ctypes.Structure):
    """circle_result"""

    _fields_ = [
        ("status", ctypes.c_int32),
        ("entries", ctypes.c_uint64),
        ("bytes", ctypes.c_uint64),
        ("digest", ctypes.c_uint64),
    ]


def wrap(letter, inner, outer):
    if letter == "P":  # this interpreter; a second one cannot be started
        hop.wrap(ctypes.addressof(inner), ctypes.addressof(outer))
        return
    name = HOPS[letter]
    library = ctypes.CDLL(os.path.join(os.environ["CIRCLE_LIB"], f"lib{name}.so"))
    if library[f"{name}_wrap"](ctypes.byref(inner), ctypes.byref(outer)) != 0:
        sys.exit(f"the hop {letter} does not start")


def main(archive, chain, failing="\0", good_calls="0"):
    circle = hop.circle
    circle.circle_plan.argtypes = [ctypes.c_char, ctypes.c_uint64]
    circle.circle_verdict.restype = ctypes.c_char_p
    circle.circle_plan(failing.encode(), int(good_calls))
    source = hop.Source()
    if circle.circle_open(archive.encode(), ctypes.byref(source)) != 0:
        sys.exit(f"cannot open {archive}")
    for letter in chain:
        outer = hop.Source()
        wrap(letter, source, outer)
        source = outer
    result = Result()
    circle.circle_read(ctypes.byref(source), ctypes.byref(result))
    problem = circle.circle_verdict(archive.encode(), chain.encode(), ctypes.byref(result))
    if problem is not None:
        sys.exit(f"Python host, {chain}: {problem.decode()}")


main(*sys.argv[1:])
