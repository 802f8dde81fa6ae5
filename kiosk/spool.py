"""Where an answer of the core lies while it is read: small ones in memory, large ones on the disk."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

IN_MEMORY = 500_000
"""Bytes. The changes of a day are far below; a whole school is 15 MB, which a process once taken keeps."""


class SpoolFailed(Exception):
    """The disk would not take it. Says nothing about the core or the network."""


class Spool:
    """Written, then read any number of times. `path` is used for large answers only and gone after `close`."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._file: BinaryIO = io.BytesIO()
        self._size, self._on_disk = 0, False

    def write(self, data: bytes) -> None:
        """Append. Raises SpoolFailed."""
        try:
            if self._path is not None and not self._on_disk and self._size + len(data) > IN_MEMORY:
                self._move()
            self._file.write(data)
        except OSError as error:
            raise SpoolFailed(str(error)) from error
        self._size += len(data)

    def read(self, at: int, size: int) -> bytes:
        """Bytes from `at` on. Raises SpoolFailed."""
        try:
            self._file.seek(at)
            return self._file.read(size)
        except OSError as error:
            raise SpoolFailed(str(error)) from error

    def clear(self) -> None:
        """As new."""
        self.close()
        self._file = io.BytesIO()
        self._size, self._on_disk = 0, False

    def __len__(self) -> int:
        return self._size

    def close(self) -> None:
        with suppress(OSError):  # what could not be written is not missed
            self._file.close()
        if self._on_disk and self._path is not None:
            with suppress(OSError):
                self._path.unlink()

    def _move(self) -> None:
        assert self._path is not None
        held = self._file
        # Names of children: as private as the snapshot itself.
        number = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        self._file, self._on_disk = os.fdopen(number, "w+b"), True
        held.seek(0)
        self._file.write(held.read())
