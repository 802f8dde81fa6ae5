"""What must not be lost with the journal, once more, in plain files beside it.

Here: the acts that the core does not have yet (one JSON line each, with a checksum, on the disk before the screen says
yes) and the number of the last receipt. Not here: the journal, which counts as long as it can be read (`journal.py`).
Acts that the core has are not in it: the second file costs nothing while the network is there, and keeps no history.
"""

from __future__ import annotations

import json
import logging
import os
import zlib
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from kiosk.journal_rows import Act, is_act

_log = logging.getLogger(__name__)
_HEAD = b"kesach-acts 1\n"


class SafetyCopy:
    """One owner: the running kiosk. Failing to write here is logged and never stops an act; a copy that missed one
    takes itself away, so that it is not taken for whole."""

    def __init__(self, journal: Path) -> None:
        self._path = journal.with_name(f"{journal.name}.chua-gui")
        self._number = journal.with_name(f"{journal.name}.so-phieu")
        self._file: int | None = None
        self._kept = 0

    @property
    def is_sound(self) -> bool:
        """It holds all that was added since `begin`."""
        return self._file is not None

    def read(self) -> tuple[list[Act], bool]:
        """(acts in the order they were added, whether nothing is missing). A last line without its end was never
        answered with a yes."""
        try:
            head, *lines = self._path.read_bytes().split(b"\n")
        except OSError:
            return [], False
        whole = head + b"\n" == _HEAD
        found = []
        for line in lines[:-1]:
            act = _read_line(line)
            if act is None:
                whole = False
            else:
                found.append(act)
        if (act := _read_line(lines[-1]) if lines else None) is not None:
            found.append(act)
        return found, whole

    def begin(self, acts: list[Act]) -> None:
        """Anew, with these acts in it."""
        self.close()
        fresh = self._path.with_name(f"{self._path.name}.moi")
        try:
            file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
            try:
                _write_all(file, _HEAD + b"".join(map(_line, acts)))
                os.fsync(file)
                fresh.replace(self._path)
                sync_folder(self._path.parent)
            except OSError:
                os.close(file)
                raise
        except OSError as error:
            self._distrust(error)
            return
        self._file, self._kept = file, len(acts)

    def add(self, act: Act) -> None:
        """On the disk when it returns."""
        if self._file is None:
            return
        try:
            _write_all(self._file, _line(act))
            os.fsync(self._file)
        except OSError as error:
            self._distrust(error)
            return
        self._kept += 1

    def clear(self) -> None:
        """The core has everything."""
        if self._file is None or not self._kept:
            return
        try:
            os.ftruncate(self._file, len(_HEAD))
            self._kept = 0
        except OSError as error:
            self._distrust(error)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def note_number(self, number: int) -> None:
        """The number of the receipt that is printed now."""
        fresh = self._number.with_name(f"{self._number.name}.moi")
        try:
            fresh.write_text(f"{number}\n", encoding="ascii")
            fresh.replace(self._number)
        except OSError as error:
            _log.error("receipt number not noted: %s", error)

    def last_number(self) -> int | None:
        """None when nobody knows."""
        with suppress(OSError, ValueError):
            return max(int(self._number.read_text(encoding="ascii")), 0)
        return None

    def _distrust(self, error: OSError) -> None:
        _log.error("safety copy of the journal not written: %s", error)
        self.close()
        with suppress(OSError):
            self._path.unlink()


def _line(act: Act) -> bytes:
    text = json.dumps(asdict(act), ensure_ascii=False).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _read_line(line: bytes) -> Act | None:
    checksum, _, text = line.partition(b" ")
    try:
        if int(checksum, 16) != zlib.crc32(text):
            return None
        raw = json.loads(text)
        act = Act(**{**raw, "overrides": tuple(raw["overrides"])})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return act if is_act(act) else None


def _write_all(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]


def sync_folder(folder: Path) -> None:
    """A name that was given to a file in it is on the disk too. Raises OSError (Windows has no such thing)."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
