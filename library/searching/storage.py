"""Where index files lie, and how they are opened and made durable. No search logic.

The index directory holds versions `ix-0001`, `ix-0002` … and a pointer file that names the current one:
a rebuild writes a new version beside and moves the pointer, which works on Windows too, where a mapped
file cannot be deleted. Opening an index unpickles its schema, so the directory must be private to the
program; leave it out of backups, it can always be rebuilt. Next: segments.py, indexer.py.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from whoosh.filedb import compound, structfile
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.util.filelock import FileLock, try_for

from library.foundation.errors import Unavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

_POINTER = "current.txt"
_LOCK = "write.lock"
_VERSION = re.compile(r"ix-(\d{4,})")


class IndexBusy(Unavailable):
    """Another process or thread is writing the index; the jobs wait."""

    def __init__(self) -> None:
        super().__init__("busy")


class IndexMissing(Exception):
    """There is no current version to open."""


class _MappedView:
    """A read-only file over mapped memory."""

    __slots__ = ("_buffer", "_place", "_size")

    def __init__(self, buffer: Any) -> None:
        self._buffer = memoryview(buffer)
        self._place = 0
        self._size = len(self._buffer)

    def read(self, count: int | None = -1) -> bytes:
        start = self._place
        self._place = self._size if count is None or count < 0 else min(start + count, self._size)
        return bytes(self._buffer[start : self._place])

    def readinto(self, target: Any) -> int:
        count = min(len(target), self._size - self._place)
        target[:count] = self._buffer[self._place : self._place + count]
        self._place += count
        return count

    def readline(self, count: int = -1) -> bytes:
        start = self._place
        step = 256
        end = start
        while end < self._size:
            end = min(start + step, self._size)
            newline = bytes(self._buffer[start:end]).find(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            step *= 4
        self._place = end
        return bytes(self._buffer[start:end])

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def close(self) -> None:
        self._buffer = memoryview(b"")


class _MappedBufferFile(structfile.BufferFile):
    """Whoosh 2.7.4 copies every mapped segment into memory when it opens it; this one reads it in place."""

    def __init__(self, buf: Any, name: str | None = None, onclose: Any = None) -> None:
        self._buf = buf
        self._name = name
        self.file = _MappedView(buf)
        self.onclose = onclose
        self.is_real = False
        self.is_closed = False


# Whoosh looks the class up by name in these two modules and offers no other way in. The version is
# pinned in setup.cfg, and tests/searching/test_storage.py fails if the name moves.
compound.BufferFile = _MappedBufferFile
structfile.BufferFile = _MappedBufferFile


class DurableStorage(FileStorage):
    """Files that survive a power cut: what a commit wrote reaches the disk before its table of contents."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, **options)
        self._written: set[str] = set()

    def create_file(self, name: str, *args: Any, **options: Any) -> Any:
        self._written.add(name)
        return super().create_file(name, *args, **options)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Whoosh's only rename is the table of contents, at the end of a commit."""
        folder = Path(self.folder)
        for name in self._written:
            if (folder / name).exists():
                _sync_file(folder / name)
        self._written.clear()
        if safe and (folder / newname).exists():
            raise NameError(f"File {newname!r} exists")
        os.replace(folder / oldname, folder / newname)
        _sync_directory(folder)


def _sync_file(path: Path) -> None:
    # Windows flushes only handles that may write.
    with open(path, "r+b") as file:
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    if os.name == "nt":  # Windows has no handle of a directory to flush; NTFS journals renames
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _when_shared(action: Callable[[], T]) -> T:
    """Windows refuses for a moment what another process has open; elsewhere the first answer counts."""
    for _ in range(50):
        try:
            return action()
        except PermissionError:
            if os.name != "nt":
                raise
            threading.Event().wait(0.01)
    return action()


class IndexDirectory:
    """The versions of the index and the lock that lets one writer in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def current_name(self) -> str | None:
        """Name of the current version, or None when there is none (or the pointer is damaged)."""
        try:
            name = _when_shared(lambda: (self.root / _POINTER).read_text("ascii", "replace")).strip()
        except FileNotFoundError:
            return None
        return name if _VERSION.fullmatch(name) else None

    def open_current(self) -> FileIndex:
        """The current version. IndexMissing when there is none; anything at all when files are damaged."""
        name = self.current_name()
        if name is None or not (self.root / name).is_dir():
            raise IndexMissing(str(self.root))
        return DurableStorage(str(self.root / name)).open_index()

    def create_version(self, schema: Any) -> tuple[str, FileIndex]:
        """A new empty version beside the others; the caller holds the lock."""
        numbers = [int(match.group(1)) for path in self.root.iterdir() if (match := _VERSION.fullmatch(path.name))]
        name = f"ix-{max(numbers, default=0) + 1:04d}"
        path = self.root / name
        path.mkdir()
        return name, DurableStorage(str(path)).create_index(schema)

    def switch_to(self, name: str) -> None:
        """Make a version the current one, durably and in one step; the caller holds the lock."""
        fresh = self.root / (_POINTER + ".new")
        with open(fresh, "w", encoding="ascii") as file:
            file.write(name + "\n")
            file.flush()
            os.fsync(file.fileno())
        _when_shared(lambda: os.replace(fresh, self.root / _POINTER))
        _sync_directory(self.root)

    def sweep(self) -> None:
        """Remove other versions and what killed commits left behind; the caller holds the lock.

        Never an error: what is still in use (Windows) goes at a later sweep.
        """
        current = self.current_name()
        for path in self.root.iterdir():
            if _VERSION.fullmatch(path.name) and path.name != current:
                shutil.rmtree(path, ignore_errors=True)
        if current is None:
            return
        for path in (self.root / current).iterdir():
            if path.name.endswith(".tmp") and path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif ".toc." in path.name:  # a table of contents that was never renamed into place
                try:
                    path.unlink()
                except OSError as error:
                    log.warning("index leftover %s stays: %s", path, error)

    @contextmanager
    def writing(self, wait_seconds: float) -> Iterator[None]:
        """Hold the one writer's lock of all processes. IndexBusy when it stays taken."""
        self.root.mkdir(parents=True, exist_ok=True)  # somebody may have removed the whole index
        lock = FileLock(str(self.root / _LOCK))
        if not try_for(lock.acquire, timeout=wait_seconds, delay=0.01):
            raise IndexBusy
        try:
            yield
        finally:
            lock.release()
