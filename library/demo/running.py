"""One `make run` for a folder: the second one is told where the first one answers, and touches nothing.

The lock is held by the operating system for the process that took it, so one that was killed leaves nothing to clear.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_LOCK = "make-run.lock"
_ADDRESSES = "make-run.txt"
"""Beside the lock, because Windows lets nobody read a file that is locked."""


class AlreadyRunning(Exception):
    """Its words: where the one that runs answers; empty while that one is still starting."""


@contextmanager
def only_one(folder: Path) -> Iterator[Path]:
    """Hold the folder. Yields the file in which to write where this one answers. AlreadyRunning."""
    folder.mkdir(parents=True, exist_ok=True)
    addresses = folder / _ADDRESSES
    with (folder / _LOCK).open("a+b") as lock:
        try:
            _take(lock)
        except OSError:
            raise AlreadyRunning(addresses.read_text("utf-8") if addresses.exists() else "") from None
        try:
            yield addresses
        finally:
            addresses.unlink(missing_ok=True)


def _take(lock: IO[bytes]) -> None:
    """OSError when another process has it. Closing the file lets go."""
    if os.name == "nt":
        import msvcrt

        lock.seek(0)
        msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
