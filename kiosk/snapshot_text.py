"""Reads a snapshot from its JSON text one reader and one copy at a time.

A school's whole snapshot as objects takes ten times the memory of its text, its text in memory four times that of the
file, and what was taken once a process keeps. Here: the text gone through by a window. Not here: where it lies
(`spool.py`), where they go (`snapshot.py`).
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from kiosk.spool import Spool
from library.contract.kiosk_api import Snapshot, SnapshotCopy, SnapshotReader

_SPACE = re.compile(r"[ \t\n\r]*")
_decode = json.JSONDecoder().raw_decode
_STEP = 65_536
"""Bytes read at a time, at least."""
_LARGEST = 8_000_000
"""Letters of the largest single thing, which is the policy: far more than any is."""


class SnapshotText:
    """`head` is the message without its readers and copies. ValueError (also from the iterators) for what is not a
    snapshot; the whole text is known to be JSON once this is made. SpoolFailed where the disk cannot be read."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._starts: dict[str, int] = {}
        self.head = Snapshot.from_json(self._read_head())

    def readers(self) -> Iterator[SnapshotReader]:
        return map(SnapshotReader.from_json, self._items("readers"))

    def copies(self) -> Iterator[SnapshotCopy]:
        return map(SnapshotCopy.from_json, self._items("copies"))

    def _read_head(self) -> dict[str, Any]:
        head: dict[str, Any] = {}
        window = _Window(self._spool, 0)
        window.take("{")
        while window.peek() != "}":
            name = window.decode()
            window.take(":")
            if name in ("readers", "copies") and window.peek() == "[":
                self._starts[name] = window.place
                for _ in _walk(window):
                    pass
            else:
                head[name] = window.decode()
            if window.peek() != ",":
                break
            window.take(",")
        window.take("}")
        return head

    def _items(self, name: str) -> Iterator[Any]:
        if name in self._starts:
            yield from _walk(_Window(self._spool, self._starts[name]))


def _walk(window: _Window) -> Iterator[Any]:
    """The items of the list that begins here; the window is then behind it."""
    window.take("[")
    more = window.peek() != "]"
    while more:
        yield window.decode()
        more = window.peek() == ","
        if more:
            window.take(",")
    window.take("]")


class _Window:
    """A stretch of the text from `place` (bytes) on; what is behind is forgotten, what is ahead read when wanted."""

    def __init__(self, spool: Spool, place: int) -> None:
        self._spool = spool
        self._start = self._next = place  # in bytes: of the text held, of the text not read yet
        self._text, self._at = "", 0
        self._letters = codecs.getincrementaldecoder("utf-8")()

    @property
    def place(self) -> int:
        return self._start + len(self._text[: self._at].encode())

    def peek(self) -> str:
        """The next sign that is no white space; empty at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            assert found is not None
            self._at = found.end()
            if self._at < len(self._text) or not self._read_on():
                return self._text[self._at : self._at + 1]

    def take(self, sign: str) -> None:
        if self.peek() != sign:
            raise ValueError(f"snapshot: {sign!r} expected at {self.place}")
        self._at += 1

    def decode(self) -> Any:
        """The value that begins here, whole."""
        self.peek()
        while True:
            try:
                value, end = _decode(self._text, self._at)
            except ValueError:  # it may go on where the window ends
                if not self._read_on():
                    raise
                continue
            if end == len(self._text) and self._read_on():  # 12 may be the beginning of 123
                continue
            self._at = end
            return value

    def _read_on(self) -> bool:
        """False at the end of the text."""
        held = self._text[self._at :]
        if len(held) > _LARGEST:
            raise ValueError(f"snapshot: one thing of more than {_LARGEST} letters")
        self._start, self._text, self._at = self.place, held, 0
        step = max(_STEP, len(held))  # a long value is tried again a few times only
        while data := self._spool.read(self._next, step):
            self._next += len(data)
            if more := self._letters.decode(data):
                self._text += more
                return True
        self._letters.decode(b"", True)  # half a letter is no text
        return False
