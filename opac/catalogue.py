"""What the public catalogue shows, gathered from the search index and the database; names no reader.

The index only finds ids; titles and availability always come from SQL (design promise 1). Never writes.
Next: presenters.py (words and shapes), pages.py and api.py (who asks).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import current_app

from library.cataloguing import queries as cataloguing
from library.cataloguing.model import IndexRow, RecordCard
from library.foundation.errors import NotFound
from library.lending import availability
from library.lending.availability import CopyState
from library.searching.highlight import highlight
from library.searching.model import SearchPage, SearchRequest, Sort
from library.searching.service import SearchIndex
from library.web.covers import CoverFacts

LIST_MOST = 1000
"""Titles on one printed list of a môn and khối."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A title in a list. `copies` is asked only for titles without a free copy, to say where they are."""

    card: RecordCard
    title_pieces: tuple[tuple[str, bool], ...]
    copies_total: int
    copies_available: int
    copies: tuple[CopyState, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """A title with all that its page shows."""

    card: RecordCard
    row: IndexRow
    responsibility: str
    place: str
    edition: str
    pages: str
    size: str
    copies: tuple[CopyState, ...]

    @property
    def copies_available(self) -> int:
        return sum(copy.status == "available" for copy in self.copies)


def search_index() -> SearchIndex:
    """The process's one index, opened by library/app.py."""
    index: SearchIndex = current_app.extensions["kesach_search"]
    return index


def find_hits(request: SearchRequest) -> tuple[SearchPage, list[Hit]]:
    """One page of titles with their availability. Titles deleted a moment ago are left out."""
    page = search_index().search(request)
    return page, describe_hits(page.record_ids, request.query)


def describe_hits(record_ids: Sequence[int], query: str = "") -> list[Hit]:
    """Titles in the order of the ids."""
    counts = availability.list_availability(record_ids)
    hits = []
    for card in cataloguing.list_cards(record_ids):
        total, available = counts.get(card.id, (0, 0))
        elsewhere = tuple(availability.copy_states(card.id)) if total and not available else ()
        pieces = tuple(highlight(card.full_title, query)) if query else ((card.full_title, False),)
        hits.append(Hit(card, pieces, total, available, elsewhere))
    return hits


def list_covers(filters: dict[str, list[str]], most: int, query: str = "", leave_out: int = 0) -> list[RecordCard]:
    """Titles for a row of covers, newest first, or best first when there is a query."""
    sort = Sort.RELEVANCE if query else Sort.NEWEST
    page = search_index().search(SearchRequest(query, 1, most + 1, sort, filters))
    kept = [record_id for record_id in page.record_ids if record_id != leave_out]
    return cataloguing.list_cards(kept[:most])


def get_details(record_id: int) -> Details:
    """NotFound(`record_unknown`) when there is no such living record."""
    record = cataloguing.get_record_row(record_id)
    row = next(iter(cataloguing.list_index_rows([record_id])), None)
    if row is None:
        raise NotFound("record_unknown", record_id=record_id)
    return Details(
        card=cataloguing.card_of(record),
        row=row,
        responsibility=record.responsibility,
        place=record.place,
        edition=record.edition,
        pages=record.pages,
        size=record.size,
        copies=tuple(availability.copy_states(record_id)),
    )


def get_cover_facts(record_id: int) -> tuple[CoverFacts, str | None]:
    """What the generated cover is made from, and the name of an uploaded one. NotFound as `get_details`."""
    record = cataloguing.get_record_row(record_id)
    row = next(iter(cataloguing.list_index_rows([record_id])), None)
    if row is None:
        raise NotFound("record_unknown", record_id=record_id)
    facts = CoverFacts(
        record_id=record_id,
        title=row.title,
        author=row.authors[0] if row.authors else "",
        part=row.part,
        material=row.material,
        class_number=row.class_number,
        subjects=row.subjects,
        grades=row.grades,
        book_set=row.book_set,
    )
    return facts, record.cover_file


def get_marc(record_id: int) -> bytes:
    """The record as it is kept: ISO 2709 or MARCXML. NotFound as `get_details`."""
    return bytes(cataloguing.get_record_row(record_id).marc)


def collection_names() -> dict[str, str]:
    """kho code -> name."""
    return {row.code: row.name for row in cataloguing.list_collections(open_only=False)}


def count_by_subject_and_grade(grades: Iterable[str]) -> dict[tuple[str, str], int]:
    """(môn, khối) -> titles, for the table of môn by khối."""
    counts: dict[tuple[str, str], int] = {}
    for grade in grades:
        page = search_index().search(SearchRequest("", 1, 1, Sort.TITLE, {"grade": [grade]}))
        for value in page.facets.get("subject", ()):
            counts[value.value, grade] = value.count
    return counts


def list_titles(filters: dict[str, list[str]]) -> list[Hit]:
    """Every title of a môn and khối by title, at most LIST_MOST, for the printed list."""
    ids: list[int] = []
    number = 1
    while len(ids) < LIST_MOST:
        page = search_index().search(SearchRequest("", number, 100, Sort.TITLE, filters))
        ids.extend(page.record_ids)
        if len(ids) >= page.total or not page.record_ids:
            break
        number += 1
    counts = availability.list_availability(ids)
    hits = []
    for card in cataloguing.list_cards(ids[:LIST_MOST]):
        total, available = counts.get(card.id, (0, 0))
        hits.append(Hit(card, ((card.full_title, False),), total, available, ()))
    return hits
