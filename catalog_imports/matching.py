"""Is this title here already? Keys of a whole chunk are looked up at once, never row by row.

Order: the very same content -> unchanged; the same ISBN with a title that fits, or the same match key (title,
part, first author, year, book set) -> the record found. Accents count, spelling variants do not.
Next: plan.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from catalog_imports.model import Draft
from catalog_imports.tables import ImportBatch, ImportItem
from library.cataloguing.accession import taken_numbers
from library.cataloguing.rules import title_match_form
from library.foundation.bulk import select_in

CHUNK = 400
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """A title that is here already: in the database, or (record_id < 0) planned earlier in a dry run."""

    record_id: int
    title: str
    part: str
    isbns: frozenset[str]
    control_number: str | None
    position: int | None = None  # where in this file it was first met; None = from before this import
    pristine: str = ""  # marc | books: made by such an import and never touched by hand since


@dataclass(slots=True)
class Catalogue:
    """What the database (and this run so far) knows of the keys of one chunk."""

    by_hash: dict[str, Known] = field(default_factory=dict)
    by_isbn: dict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    by_key: dict[str, Known] = field(default_factory=dict)
    by_control: dict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, int] = field(default_factory=dict)  # accession number or barcode -> record id

    def learn(self, draft: Draft, record_id: int) -> None:
        """A title just created belongs to what is known."""
        known = Known(
            record_id, draft.fields.title, draft.fields.part, frozenset(draft.fields.isbns),
            draft.fields.control_number, draft.position,
        )  # fmt: skip
        self.by_hash.setdefault(draft.content_hash, known)
        self.by_key.setdefault(draft.match_key, known)
        for isbn in draft.fields.isbns:
            self.by_isbn[isbn].append(known)

    def absorb(self, earlier: Catalogue, drafts: Sequence[Draft]) -> None:
        """Add what a dry run has learnt in earlier chunks about the keys of these drafts."""
        for draft in drafts:
            if draft.content_hash in earlier.by_hash:
                self.by_hash.setdefault(draft.content_hash, earlier.by_hash[draft.content_hash])
            if draft.match_key in earlier.by_key:
                self.by_key.setdefault(draft.match_key, earlier.by_key[draft.match_key])
            for isbn in draft.fields.isbns:
                if isbn in earlier.by_isbn:
                    known = self.by_isbn[isbn]
                    known.extend(one for one in earlier.by_isbn[isbn] if one not in known)

    def find(self, draft: Draft) -> tuple[Known | None, Known | None]:
        """(the same title, another title with the same ISBN), either may be None."""
        values = draft.fields
        clash: Known | None = None
        for isbn in values.isbns:
            for known in self.by_isbn.get(isbn, ()):
                if _titles_fit(known, draft):
                    return known, None
                clash = clash or known
        if values.control_number:
            for known in self.by_control.get(values.control_number, ()):
                if known.pristine and _titles_fit(known, draft):
                    return known, None
        found = self.by_key.get(draft.match_key)
        # Two numbers that differ are two editions, whatever the title page says alike.
        if found and found.isbns and values.isbns and not found.isbns & set(values.isbns):
            found = None
        return found, clash


def _titles_fit(known: Known, draft: Draft) -> bool:
    """The same part, and one title begins like the other (publishers reuse an ISBN for a whole series)."""
    if title_match_form(known.part) != title_match_form(draft.fields.part):
        return False
    one, other = title_match_form(known.title), title_match_form(draft.fields.title)
    return one == other or one.startswith(other + " ") or other.startswith(one + " ")


def load_catalogue(drafts: Sequence[Draft], pairs: Sequence[tuple[str, str]], batch_id: int | None) -> Catalogue:
    """Everything the database knows about these drafts and these (accession number, barcode) pairs."""
    catalogue = Catalogue()
    hashes = [draft.content_hash for draft in drafts]
    isbns = sorted({isbn for draft in drafts for isbn in draft.fields.isbns})
    keys = [draft.match_key for draft in drafts]
    controls = sorted({number for draft in drafts if (number := draft.fields.control_number)})
    same: dict[str, int] = dict(
        select_in(
            "SELECT i.content_hash, i.subject_id FROM import_item i JOIN import_batch b ON b.id = i.batch_id"
            " WHERE i.content_hash IN ({}) AND i.subject_kind = 'record' AND b.status <> 'undone'",
            hashes,
        )
    )
    isbn_of: dict[str, list[int]] = defaultdict(list)
    for isbn, record_id in select_in("SELECT isbn, record_id FROM record_isbn WHERE isbn IN ({})", isbns):
        isbn_of[isbn].append(record_id)
    wanted = sorted(set(same.values()) | {record_id for ids in isbn_of.values() for record_id in ids})
    found: dict[int, tuple[str, str, str, str | None, int]] = {}
    for column, values in (("id", wanted), ("match_key", keys), ("control_number", controls)):
        rows = select_in(
            "SELECT id, title, part, match_key, control_number, version FROM record"
            f" WHERE {column} IN ({{}}) AND deleted_at IS NULL ORDER BY id",
            values,
        )
        found.update((row[0], row[1:]) for row in rows)
    if found:
        pristine = _pristine(found)
        origin = _origin(found, batch_id) if batch_id is not None else {}
        own_isbns: dict[int, set[str]] = defaultdict(set)
        for record_id, isbn in select_in(
            "SELECT record_id, isbn FROM record_isbn WHERE record_id IN ({})", sorted(found)
        ):
            own_isbns[record_id].add(isbn)
        known = {
            record_id: Known(
                record_id, title, part, frozenset(own_isbns[record_id]), control, origin.get(record_id),
                pristine.get(record_id, ""),
            )
            for record_id, (title, part, _, control, _) in found.items()
        }  # fmt: skip
        for digest, record_id in same.items():
            if record_id in known:
                catalogue.by_hash[digest] = known[record_id]
        for isbn, ids in isbn_of.items():
            catalogue.by_isbn[isbn].extend(known[record_id] for record_id in ids if record_id in known)
        for record_id, (_, _, key, control, _) in found.items():
            catalogue.by_key.setdefault(key, known[record_id])
            if control:
                catalogue.by_control[control].append(known[record_id])
    catalogue.numbers = taken_numbers(pairs)
    return catalogue


def _pristine(found: dict[int, tuple[str, str, str, str | None, int]]) -> dict[int, str]:
    """Records made by an import (-> its kind) whose version is what imports left: nobody edited them by hand."""
    created: dict[int, str] = {}
    updates: dict[int, int] = defaultdict(int)
    for part in _parts(sorted(found)):
        rows = (
            ImportItem.select(ImportItem.subject_id, ImportItem.outcome, ImportBatch.kind)
            .join(ImportBatch)
            .where(
                ImportItem.subject_kind == "record",
                ImportItem.subject_id.in_(part),
                ImportItem.outcome.in_(("created", "updated")),
                ImportBatch.status != "undone",
            )
        )
        for record_id, outcome, kind in rows.tuples():
            if outcome == "created":
                created[record_id] = kind
            else:
                updates[record_id] += 1
    return {number: kind for number, kind in created.items() if found[number][4] == 1 + updates[number]}


def _origin(found: Iterable[int], batch_id: int) -> dict[int, int]:
    """record id -> position, for records that this very batch created (in an earlier chunk)."""
    origin: dict[int, int] = {}
    for part in _parts(sorted(found)):
        rows = ImportItem.select(ImportItem.subject_id, ImportItem.position).where(
            ImportItem.batch == batch_id,
            ImportItem.subject_kind == "record",
            ImportItem.subject_id.in_(part),
            ImportItem.outcome == "created",
        )
        origin.update(rows.tuples())
    return origin


def _parts(values: Sequence[T]) -> Iterable[Sequence[T]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
