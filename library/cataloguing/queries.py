"""Reads of the catalogue: rows -> plain shapes. Never commits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from peewee import Model, fn

from library.cataloguing.model import IndexRow, RecordCard
from library.cataloguing.tables import Collection, Copy, Record, RecordFacet, RecordIsbn
from library.foundation.errors import NotFound
from library.foundation.schema import list_models

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
    isbns, facets = isbns_of(ids), facets_of(ids)
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


def isbns_of(ids: Sequence[int]) -> dict[int, list[str]]:
    """Record id -> its ISBNs; an empty list for a record that has none."""
    isbns: dict[int, list[str]] = defaultdict(list)
    for record_id, isbn in (
        RecordIsbn.select(RecordIsbn.record, RecordIsbn.isbn)
        .where(RecordIsbn.record.in_(ids))
        .order_by(RecordIsbn.id)
        .tuples()
    ):
        isbns[record_id].append(isbn)
    return isbns


def facets_of(ids: Sequence[int]) -> dict[tuple[int, str], list[str]]:
    """(record id, kind of facet) -> its values in the order they were catalogued; an empty list where there is none."""
    facets: dict[tuple[int, str], list[str]] = defaultdict(list)
    for record_id, kind, value in (
        RecordFacet.select(RecordFacet.record, RecordFacet.kind, RecordFacet.value)
        .where(RecordFacet.record.in_(ids))
        .order_by(RecordFacet.id)
        .tuples()
    ):
        facets[record_id, kind].append(value)
    return facets


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


def get_record_row(record_id: int) -> Record:
    """The living record. NotFound(`record_unknown`) when it is deleted, merged away, or never was."""
    row = Record.get_or_none(Record.id == record_id)
    if row is None or row.deleted_at is not None:
        raise NotFound("record_unknown", record_id=record_id)
    return row


def find_kept_record_id(record_id: int) -> int | None:
    """The living record that `record_id` was merged into, however often; None when it was not merged."""
    seen: set[int] = set()
    row = Record.get_or_none(Record.id == record_id)
    while row is not None and row.merged_into_id is not None and row.id not in seen:
        seen.add(row.id)
        row = Record.get_or_none(Record.id == row.merged_into_id)
    return row.id if row is not None and row.id != record_id and row.deleted_at is None else None


def list_copies(record_id: int) -> list[Copy]:
    """All copies of a record with their collection, withdrawn ones last, by accession order."""
    rows = Copy.select(Copy, Collection).join(Collection).where(Copy.record == record_id).order_by(Copy.id)
    return sorted(rows, key=lambda row: row.status == "withdrawn")


def find_copy_by_number(text: str) -> Copy | None:
    """The copy with this accession number or barcode."""
    return Copy.get_or_none((Copy.accession_number == text) | (Copy.barcode == text.upper()))


def list_collections(open_only: bool = True) -> list[Collection]:
    query = Collection.select().order_by(Collection.sort_no, Collection.code)
    return list(query.where(Collection.closed_at.is_null()) if open_only else query)


def find_number_pattern(code: str) -> str | None:
    """The numbering pattern of a kho, None when there is no such kho."""
    row = Collection.get_or_none(Collection.code == code)
    return row.number_pattern if row else None


def count_copies(record_ids: Sequence[int]) -> dict[int, int]:
    """record id -> copies that are not withdrawn."""
    counts: dict[int, int] = {}
    ids = list(record_ids)
    for start in range(0, len(ids), CHUNK):
        query = (
            Copy.select(Copy.record, fn.COUNT(Copy.id))
            .where(Copy.record.in_(ids[start : start + CHUNK]), Copy.status != "withdrawn")
            .group_by(Copy.record)
        )
        counts.update(query.tuples())
    return counts


def list_referrers(target: type[Model], ids: Sequence[int], ignore: Iterable[str] = ()) -> dict[int, set[str]]:
    """id -> names of tables with a row that points at it. Every table of the house is asked, by its keys, so
    that a table added later is not forgotten; `ignore` names tables that do not count."""
    skipped = set(ignore)
    found: dict[int, set[str]] = defaultdict(set)
    wanted = list(ids)
    for model in list_models():
        if model._meta.table_name in skipped:
            continue
        for field in model._meta.refs:
            if field.rel_model is not target:
                continue
            for start in range(0, len(wanted), CHUNK):
                rows = model.select(field).where(field.in_(wanted[start : start + CHUNK])).distinct().tuples()
                for (key,) in rows:
                    found[key].add(model._meta.table_name)
    return found


def list_busy_copies(copy_ids: Sequence[int]) -> dict[int, str]:
    """copy id -> `loan`, `placement` or `hold`, for copies that are with a reader, with a class or on a shelf,
    or kept for somebody right now.

    Lending stands on a higher floor: its tables are asked by name, never imported here.
    """
    models = {model._meta.table_name: model for model in list_models()}
    hold = models["hold"]
    kept = hold.select(hold.ready_copy).where(hold.ready_copy.in_(list(copy_ids)), hold.status == "ready")
    busy: dict[int, str] = {copy_id: "hold" for (copy_id,) in kept.tuples()}
    for table, ended in (("placement", "removed_at"), ("loan", "returned_at")):
        model = models[table]
        query = model.select(model.copy).where(model.copy.in_(list(copy_ids)), getattr(model, ended).is_null())
        busy.update((copy_id, table) for (copy_id,) in query.tuples())
    return busy
