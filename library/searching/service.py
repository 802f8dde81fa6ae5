"""The catalogue search, as everybody else uses it: one `SearchIndex` per process.

The index only finds: it answers record ids. Rows, and whether a copy is free, come from the database
(design promise 1). Thread-safe. Next: matching.py and ranking.py (search), indexer.py (keeping it true).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path

from library.foundation.database import database
from library.foundation.outbox import on_index_jobs
from library.searching.analysis import ParsedQuery, parse_query
from library.searching.highlight import highlight
from library.searching.indexer import Indexer
from library.searching.matching import Found, Narrowing, find
from library.searching.model import (
    FACETS,
    LARGEST_PAGE,
    CheckReport,
    Match,
    SearchPage,
    SearchRequest,
    Sort,
    Suggestion,
    Tier,
)
from library.searching.ranking import ordered, ranked
from library.searching.snapshot import IndexReader, Snapshot
from library.searching.speller import SpellerKeeper, with_accents_of
from library.searching.storage import IndexBusy, IndexDirectory, IndexMissing
from library.searching.typeahead import complete

log = logging.getLogger(__name__)

__all__ = ["SearchIndex", "highlight", "open_index"]

_CACHE_BYTES = 48 << 20
"""Posting lists kept per segment."""
_FEWEST_WORDS_TO_DROP_ONE = 3
_FOLLOW_SECONDS = 5.0
"""The follower looks for jobs of other processes this often; it is woken at once for its own."""


def open_index(index_dir: Path, available_record_ids: Callable[[], AbstractSet[int]] | None = None) -> SearchIndex:
    """Open, or build, the index of the bound database and bring it up to date.

    `available_record_ids` answers the ids of records with a free copy, from SQL; without it a request for
    available records only finds nothing.
    """
    index = SearchIndex(index_dir, available_record_ids)
    index.prepare()
    return index


class SearchIndex:
    """Search, suggestions and upkeep over one index directory."""

    def __init__(self, index_dir: Path, available_record_ids: Callable[[], AbstractSet[int]] | None = None) -> None:
        directory = IndexDirectory(index_dir)
        self._available_record_ids = available_record_ids or frozenset
        self._indexer = Indexer(directory)
        self._reader = IndexReader(directory, _CACHE_BYTES)
        self._spellers = SpellerKeeper()
        self._follower: _Follower | None = None

    # --- searching ------------------------------------------------------------------------------------

    def search(self, request: SearchRequest) -> SearchPage:
        """One page of record ids with facet counts. Any text is valid; a page beyond the end is empty."""
        snapshot = self._snapshot()
        query = parse_query(request.query)
        filters = {field: tuple(values) for field, values in request.filters.items() if field in FACETS and values}
        narrowing = Narrowing(filters, self._available_record_ids() if request.available_only else None)
        found = find(snapshot, query, narrowing)
        match = Match.WORDS if query.text else Match.EVERYTHING
        suggestion = None
        if found.total_before_filters == 0 and query.text:
            suggestion = self._other_spelling(snapshot, query)
            match = Match.NOTHING
            if len(query.syllables) >= _FEWEST_WORDS_TO_DROP_ONE:
                loosely = find(snapshot, query, narrowing, all_but_one=True)
                if loosely.total:
                    found, match = loosely, Match.ALL_BUT_ONE
        elif found.total == 0:
            match = Match.NOTHING
        return self._page(snapshot, request, query, found, match, suggestion)

    def suggest(self, text: str) -> list[Suggestion]:
        """What to offer while somebody types; another spelling when nothing begins like this."""
        snapshot = self._snapshot()
        query = parse_query(text)
        suggestions = complete(snapshot, query)
        if not suggestions and query.syllables:
            other = self._other_spelling(snapshot, query)
            if other is not None:
                suggestions = [Suggestion(other, "query")]
        return suggestions

    def _page(
        self,
        snapshot: Snapshot,
        request: SearchRequest,
        query: ParsedQuery,
        found: Found,
        match: Match,
        suggestion: str | None,
    ) -> SearchPage:
        page = max(request.page, 1)
        per_page = min(max(request.per_page, 1), LARGEST_PAGE)
        start = (page - 1) * per_page
        sort = request.sort
        if sort is Sort.RELEVANCE and match is Match.EVERYTHING:
            sort = Sort.NEWEST  # nothing was asked for, so nothing is more relevant
        tiers: tuple[Tier, ...] = ()
        if start >= found.total:
            record_ids: tuple[int, ...] = ()
        elif sort is Sort.RELEVANCE:
            rows = ranked(snapshot, found.hits, query, start, start + per_page)
            record_ids = tuple(record_id for record_id, _ in rows)
            tiers = tuple(tier for _, tier in rows)
        else:
            record_ids = tuple(ordered(found.hits, sort, start, start + per_page))
        return SearchPage(
            query=request.query,
            total=found.total,
            page=page,
            per_page=per_page,
            record_ids=record_ids,
            tiers=tiers,
            match=match,
            facets=found.facets,
            suggestion=suggestion,
        )

    def _other_spelling(self, snapshot: Snapshot, query: ParsedQuery) -> str | None:
        """A query that does find something, written with the accents of its best hit."""
        if not query.syllables:
            return None
        for words in self._spellers.speller(snapshot).corrections(query.text, snapshot):
            corrected = parse_query(" ".join(words))
            found = find(snapshot, corrected, Narrowing({}))
            if found.total:
                best = ranked(snapshot, found.hits, corrected, 0, 1)[0][0]
                return with_accents_of(words, snapshot.find_title(best) or "")
        return None

    def _snapshot(self) -> Snapshot:
        try:
            return self._reader.snapshot()
        except IndexMissing:
            log.warning("the search index is gone: building it again")
            self.prepare()
            return self._reader.snapshot()

    # --- upkeep ---------------------------------------------------------------------------------------

    def prepare(self) -> str | None:
        """Start-up check: replay waiting jobs, or rebuild. Returns why it was rebuilt, or None."""
        return self._indexer.prepare()

    def drain(self, wait_seconds: float = 5.0) -> int:
        """Apply waiting index jobs; returns how many records.

        0 when another process holds the writer's lock: whoever asks next applies the jobs. What called
        this has committed already, so a busy index must not look like a failed save.
        """
        try:
            return self._indexer.drain(wait_seconds)
        except IndexBusy:
            log.info("another process is writing the search index; the jobs wait")
            return 0

    def rebuild(self, on_progress: Callable[[int], None] | None = None) -> int:
        """Build anew from the database beside the old index, then switch; returns the number of records."""
        return self._indexer.rebuild(on_progress)

    def check(self) -> CheckReport:
        """Hold the index against the database. Reads every record: seconds for a large catalogue."""
        return self._indexer.check(self._snapshot())

    def count_documents(self) -> int:
        return self._snapshot().count_documents()

    def follow(self) -> None:
        """Drain in the background whenever a transaction left index jobs (the server calls this once)."""
        if self._follower is None:
            self._follower = _Follower(self)
            self._follower.start()

    def close(self) -> None:
        """End following; what is queued stays queued."""
        if self._follower is not None:
            self._follower.stop()
            self._follower = None


class _Follower(threading.Thread):
    """Wakes after each commit with index jobs, and now and then for jobs of other processes."""

    def __init__(self, index: SearchIndex) -> None:
        super().__init__(name="search-index-follower", daemon=True)
        self._index = index
        self._wake = threading.Event()
        self._stopping = False
        self._unsubscribe = on_index_jobs(self._wake.set)

    def run(self) -> None:
        self._try(self._index.search, SearchRequest())  # columns and facets: the first reader need not wait
        while not self._stopping:
            self._wake.wait(_FOLLOW_SECONDS)
            self._wake.clear()
            self._try(self._index.drain)

    @staticmethod
    def _try(action: Callable[..., object], *arguments: object) -> None:
        try:
            action(*arguments)
        except Exception:  # the follower must outlive any failure; the jobs stay queued
            log.exception("search index could not be brought up to date; trying again")
        finally:
            if not database.is_closed():
                database.close()

    def stop(self) -> None:
        self._unsubscribe()
        self._stopping = True
        self._wake.set()
        self.join(timeout=30)
