"""Reads a snapshot from its JSON text one reader and one copy at a time.

A school's whole snapshot as objects takes ten times the memory of its text, and what was taken once a process
keeps. Here: the text, gone through piece by piece. Not here: where they go (`snapshot.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from library.contract.kiosk_api import Snapshot, SnapshotCopy, SnapshotReader

_SPACE = re.compile(r"[ \t\n\r]*")
_decode = json.JSONDecoder().raw_decode


class SnapshotText:
    """`head` is the message without its readers and copies. ValueError (also from the iterators) for what is not a
    snapshot; the whole text is known to be JSON once this is made."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: dict[str, int] = {}
        self.head = Snapshot.from_json(self._read_head())

    def readers(self) -> Iterator[SnapshotReader]:
        return map(SnapshotReader.from_json, self._items("readers"))

    def copies(self) -> Iterator[SnapshotCopy]:
        return map(SnapshotCopy.from_json, self._items("copies"))

    def _read_head(self) -> dict[str, Any]:
        head: dict[str, Any] = {}
        at = self._skip(0, "{")
        while self._peek(at) != "}":
            name, at = _decode(self._text, self._past(at))
            at = self._skip(at, ":")
            if name in ("readers", "copies") and self._peek(at) == "[":
                self._starts[name] = at
                for _, end in self._walk(at):
                    at = end
            else:
                head[name], at = _decode(self._text, self._past(at))
            if self._peek(at) != ",":
                break
            at = self._skip(at, ",")
        self._skip(at, "}")
        return head

    def _items(self, name: str) -> Iterator[Any]:
        if name in self._starts:
            for items, _ in self._walk(self._starts[name]):
                yield from items

    def _walk(self, at: int) -> Iterator[tuple[list[Any], int]]:
        """The items of the list that begins at `at`, each as a list of one; last an empty list, with the place
        after the list."""
        at = self._skip(at, "[")
        more = self._peek(at) != "]"
        while more:
            item, at = _decode(self._text, self._past(at))
            yield [item], at
            more = self._peek(at) == ","
            if more:
                at = self._skip(at, ",")
        yield [], self._skip(at, "]")

    def _past(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        assert found is not None
        return found.end()

    def _peek(self, at: int) -> str:
        at = self._past(at)
        return self._text[at : at + 1]

    def _skip(self, at: int, sign: str) -> int:
        at = self._past(at)
        if self._text[at : at + 1] != sign:
            raise ValueError(f"snapshot: {sign!r} expected at {at}")
        return at + 1
