"""The index as one search sees it: immutable segments and which of their documents are alive.

`IndexReader.snapshot()` is cheap when nothing changed; after a commit it opens the new segments only and
shares the others, with everything they have cached. Next: matching.py, ranking.py.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from whoosh.index import EmptyIndexError, FileIndex

from library.searching.bitsets import set_of
from library.searching.segments import Segment
from library.searching.storage import IndexDirectory, IndexMissing

_ATTEMPTS = 20
"""A writer may delete files between our reading the table of contents and opening them: try again."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    version: str  # directory name
    generation: int
    parts: tuple[tuple[Segment, int], ...]  # segment, set of its living documents

    def count_documents(self) -> int:
        return sum(live.bit_count() for _, live in self.parts)

    def count_slots(self) -> int:
        """Documents, deleted ones included: the base of term frequencies."""
        return sum(segment.size for segment, _ in self.parts)

    def count_term(self, term: str) -> int:
        """Documents with a term of the field `q`, deleted ones included."""
        return sum(segment.count("q", term) for segment, _ in self.parts)

    def find_title(self, record_id: int) -> str | None:
        """The displayed title of a record, as it was when it was indexed."""
        for segment, live in self.parts:
            for n in segment.postings("id", str(record_id)).few():
                if live >> n & 1:
                    return segment.text_reader("title")(n).decode("utf-8", "replace")
        return None


class IndexReader:
    """Gives the newest snapshot to any thread."""

    def __init__(self, directory: IndexDirectory, cache_bytes: int) -> None:
        self._directory = directory
        self._cache_bytes = cache_bytes
        self._lock = threading.Lock()
        self._version: str | None = None
        self._index: FileIndex | None = None
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The index as last committed by whatever process."""
        known, index = self._snapshot, self._index
        if (
            known is not None
            and index is not None
            and known.version == self._directory.current_name()
            and known.generation == index.latest_generation()
        ):
            return known
        with self._lock:
            return self._read_newest()

    def _read_newest(self) -> Snapshot:
        failure: Exception | None = None
        for _ in range(_ATTEMPTS):
            try:
                return self._read()
            except (OSError, EmptyIndexError, IndexMissing) as error:
                failure = error
        assert failure is not None
        raise failure

    def _read(self) -> Snapshot:
        version = self._directory.current_name()
        if version is None:
            raise IndexMissing(str(self._directory.root))
        if self._index is None or version != self._version:
            self._index = self._directory.open_current()
            self._version = version
            self._snapshot = None
        contents = self._index._read_toc()
        open_segments = {part.id: part for part, _ in self._snapshot.parts} if self._snapshot else {}
        parts = []
        for stored in contents.segments:
            segment = open_segments.get(stored.segment_id())
            if segment is None:
                segment = Segment(self._index.storage, contents.schema, stored, self._cache_bytes)
            live = segment.everything
            if stored.has_deletions():
                live &= ~set_of(list(stored.deleted_docs()), segment.size)
            parts.append((segment, live))
        self._snapshot = Snapshot(version, contents.generation, tuple(parts))
        return self._snapshot
