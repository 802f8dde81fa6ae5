"""What an import put on the shelves: its titles, and the số ĐKCB its copies were given. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import peewee as pw

from catalog_imports.tables import ImportBatch, ImportItem
from library.cataloguing.model import RecordCard
from library.cataloguing.queries import CHUNK, list_cards
from library.cataloguing.rules import shorten_numbers
from library.cataloguing.tables import Collection, Copy

_SHOWN_RUNS = 6
"""Numbers that leap about are told by their first and last."""


@dataclass(frozen=True, slots=True)
class BatchBook:
    """A title that the batch made, or gave copies to. `numbers`: of the copies it gave, "STN.000001–000004"."""

    card: RecordCard
    is_new: bool
    copies: int
    numbers: str


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The numbers that one kho gave to the copies of a batch."""

    collection: str
    copies: int
    numbers: str


def count_books(batch: ImportBatch) -> int:
    """Titles with something new in this batch."""
    return int(_items(batch, pw.fn.COUNT(ImportItem.subject_id.distinct())).scalar())


def list_books(batch: ImportBatch, offset: int, limit: int) -> list[BatchBook]:
    """They, in the order of the file, a title once however many rows it has; deleted ones are left out."""
    first = pw.fn.MIN(ImportItem.position)
    chosen = _items(batch, ImportItem.subject_id).group_by(ImportItem.subject_id).order_by(first)
    ids = [record_id for (record_id,) in chosen.offset(offset).limit(limit).tuples()]
    made: set[int] = set()
    copies: dict[int, list[int]] = {}
    for item in _items(batch, ImportItem).where(ImportItem.subject_id.in_(ids)):
        copies.setdefault(item.subject_id, []).extend(item.copies or ())
        if item.outcome == "created":
            made.add(item.subject_id)
    numbers = dict(_numbers([copy_id for own in copies.values() for copy_id in own]))
    books = []
    for card in list_cards(ids):
        own = sorted(numbers[copy_id][1] for copy_id in copies[card.id] if copy_id in numbers)
        books.append(BatchBook(card, card.id in made, len(own), _told(own)))
    return books


def list_ranges(batch: ImportBatch) -> list[NumberRange]:
    """What to write on the spines: the numbers given, a kho at a time."""
    by_collection: dict[str, list[str]] = {}
    given = _items(batch, ImportItem.copies).where(ImportItem.copies.is_null(False))
    ids = [copy_id for item in given for copy_id in item.copies]
    for _, (code, number) in _numbers(ids):
        by_collection.setdefault(code, []).append(number)
    return [NumberRange(code, len(own), _told(sorted(own))) for code, own in sorted(by_collection.items())]


def _items(batch: ImportBatch, *columns: Any) -> Any:
    """A select over what the batch did to titles: made them, or gave them copies."""
    return ImportItem.select(*columns).where(
        ImportItem.batch == batch.id,
        ImportItem.subject_kind == "record",
        (ImportItem.outcome == "created") | ImportItem.copies.is_null(False),
    )


def _numbers(copy_ids: Sequence[int]) -> Iterator[tuple[int, tuple[str, str]]]:
    """(copy id, (kho, accession number)) of the copies that are still there."""
    for start in range(0, len(copy_ids), CHUNK):
        query = (
            Copy.select(Copy.id, Collection.code, Copy.accession_number)
            .join(Collection)
            .where(Copy.id.in_(list(copy_ids[start : start + CHUNK])))
            .tuples()
        )
        for copy_id, code, number in query:
            yield copy_id, (code, number)


def _told(numbers: Sequence[str]) -> str:
    told = shorten_numbers(numbers)
    return told if told.count(",") < _SHOWN_RUNS else f"từ {numbers[0]} đến {numbers[-1]}, có số cách quãng"
