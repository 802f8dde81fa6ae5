"""A disk that takes longer to flush: a tiny library put before the C library's fsync and fdatasync.

This machine's disk may flush in a fifth of a millisecond, a school PC's takes about four. Compiled on the fly; where
there is no compiler, or no Linux, the measurement is left out with a plain sentence.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MILLISECONDS = (1, 2, 4)  # a good SSD, a plain one, a hard disk
_SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
static void wait_a_moment(void) {
    const char *text = getenv("BENCH_FLUSH_US");
    long us = text ? atol(text) : 0;
    struct timespec t = { us / 1000000, (us % 1000000) * 1000 };
    nanosleep(&t, NULL);
}
int fsync(int fd) { int (*real)(int) = dlsym(RTLD_NEXT, "fsync"); wait_a_moment(); return real(fd); }
int fdatasync(int fd) { int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync"); wait_a_moment(); return real(fd); }
"""


def why_not() -> str:
    """Empty when a slow disk can be made here."""
    if not sys.platform.startswith("linux"):
        return "left out: only Linux can be given a slower disk this way"
    return "" if shutil.which("gcc") else "left out: no gcc here to make a slower disk with"


@contextmanager
def slow_disk(folder: Path, milliseconds: int) -> Iterator[None]:
    """Programs started inside wait that much longer for every flush."""
    source, library = folder / "slow.c", folder / "slow.so"
    source.write_text(_SOURCE, "utf-8")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"], check=True)
    os.environ.update(LD_PRELOAD=str(library), BENCH_FLUSH_US=str(milliseconds * 1000))
    try:
        yield
    finally:
        del os.environ["LD_PRELOAD"], os.environ["BENCH_FLUSH_US"]
