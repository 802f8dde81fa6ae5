"""Reads of the catalogue: rows -> plain shapes. Never commits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from library.cataloguing.model import IndexRow, RecordCard
from library.cataloguing.tables import Collection, Copy, Record, RecordFacet, RecordIsbn

CHUNK = 400  # below SQLite's old limit of 999 bound values


def list_index_rows(record_ids: Sequence[int] | None = None) -> Iterator[IndexRow]:
    """Living records (not deleted, not merged) for the search index, all of them or these ids, by id."""
    ids: Iterable[int]
    if record_ids is None:
        ids = [row[0] for row in Record.select(Record.id).order_by(Record.id).tuples()]
    else:
        ids = sorted(set(record_ids))
    ordered = list(ids)
    for start in range(0, len(ordered), CHUNK):
        yield from _index_rows(ordered[start : start + CHUNK])


def _index_rows(ids: list[int]) -> Iterator[IndexRow]:
    isbns: dict[int, list[str]] = defaultdict(list)
    for record_id, isbn in RecordIsbn.select(RecordIsbn.record, RecordIsbn.isbn).where(
        RecordIsbn.record.in_(ids)
    ).tuples():
        isbns[record_id].append(isbn)
    facets: dict[tuple[int, str], list[str]] = defaultdict(list)
    for record_id, kind, value in RecordFacet.select(
        RecordFacet.record, RecordFacet.kind, RecordFacet.value
    ).where(RecordFacet.record.in_(ids)).order_by(RecordFacet.value).tuples():
        facets[record_id, kind].append(value)
    copies: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for record_id, number, barcode, code in (
        Copy.select(Copy.record, Copy.accession_number, Copy.barcode, Collection.code)
        .join(Collection)
        .where(Copy.record.in_(ids), Copy.status != "withdrawn")
        .order_by(Copy.id)
        .tuples()
    ):
        copies[record_id].append((number, barcode, code))
    for row in Record.select().where(Record.id.in_(ids), Record.deleted_at.is_null()).order_by(Record.id):
        own = copies[row.id]
        yield IndexRow(
            id=row.id,
            title=row.title,
            subtitle=row.subtitle,
            part=row.part,
            authors=tuple(row.authors),
            publisher=row.publisher,
            year=row.year,
            isbns=tuple(isbns[row.id]),
            material=row.material,
            language=row.language,
            collections=tuple(dict.fromkeys(code for _, _, code in own)),
            subjects=tuple(facets[row.id, "subject"]),
            grades=tuple(sorted(int(value) for value in facets[row.id, "grade"])),
            shelves=tuple(facets[row.id, "shelf"]),
            series=row.series,
            book_set=row.book_set,
            keywords=tuple(row.keywords),
            summary=row.summary,
            class_number=row.class_number,
            call_number=row.call_number,
            accession_numbers=tuple(number for number, _, _ in own),
            barcodes=tuple(barcode for _, barcode, _ in own),
            created_at=row.created_at,
        )


def list_cards(record_ids: Sequence[int]) -> list[RecordCard]:
    """Records as a list shows them, in the order of the ids; deleted ones are left out."""
    found: dict[int, RecordCard] = {}
    ids = list(dict.fromkeys(record_ids))
    for start in range(0, len(ids), CHUNK):
        for row in Record.select().where(Record.id.in_(ids[start : start + CHUNK]), Record.deleted_at.is_null()):
            found[row.id] = card_of(row)
    return [found[record_id] for record_id in ids if record_id in found]


def card_of(row: Record) -> RecordCard:
    return RecordCard(
        id=row.id,
        title=row.title,
        subtitle=row.subtitle,
        part=row.part,
        authors=tuple(row.authors),
        publisher=row.publisher,
        year=row.year,
        isbn=row.isbn,
        material=row.material,
        class_number=row.class_number,
        call_number=row.call_number,
        book_set=row.book_set,
        cover_file=row.cover_file,
        summary=row.summary,
    )
