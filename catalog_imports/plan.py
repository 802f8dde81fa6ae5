"""What will become of every draft of a chunk: created, updated, unchanged or duplicate, and which copies.

The same decisions serve the dry run and the real one. Nothing is written here. Next: apply.py.

What is done with a title that is here already:
- the very same content as an earlier import -> unchanged, no copies;
- made by an import, never edited by hand, met in another file, and (for MARC) with the same control number 001
  -> updated, the record is replaced and the old one kept for undo;
- everything else -> duplicate: the description stays; copies with new numbers are added to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from catalog_imports.matching import Catalogue, Known
from catalog_imports.model import Draft, ImportOptions
from catalog_imports.problems import Problem
from library.cataloguing.accession import serial_in
from library.cataloguing.copies import COLLECTION_OF_MATERIAL, DEFAULT_COLLECTIONS
from library.cataloguing.model import LocalItem
from library.cataloguing.rules import barcode_of
from library.cataloguing.tables import Collection
from library.foundation.errors import InvalidInput
from library.foundation.vietnamese import fold

Outcome = Literal["created", "updated", "unchanged", "duplicate", "rejected"]


@dataclass(slots=True)
class PlannedCopy:
    """One copy to make; without a number it takes the next of its kho."""

    collection: str
    accession_number: str = ""
    barcode: str = ""
    price: int | None = None
    shelf_location: str = ""


@dataclass(slots=True)
class Planned:
    """`record_id` is the record met, or None for a new one; `same_as` the draft of this chunk it repeats."""

    draft: Draft
    outcome: Outcome
    record_id: int | None = None
    same_as: Planned | None = None
    copies: list[PlannedCopy] = field(default_factory=list)


class Shelving:
    """Which kho a copy goes to: what the file says, the form of its number, else by material."""

    def __init__(self, collections: Sequence[Collection], preferred: str = "") -> None:
        self.patterns: dict[str, str] = {row.code: row.number_pattern for row in collections}
        self.names = {fold(name): row.code for row in collections for name in (row.code, row.name)}
        if not collections:  # a dry run before the first kho exists
            self.patterns = {code: pattern for code, _, pattern, _ in DEFAULT_COLLECTIONS}
            self.names = {fold(name): code for code, name, _, _ in DEFAULT_COLLECTIONS for name in (code, name)}
        self.preferred = preferred if preferred in self.patterns else ""
        self._by_word: dict[str, str] = {}

    def choose(self, draft: Draft, item: LocalItem | None = None) -> str:
        if item is not None and item.collection:
            named = self._by_word.get(item.collection)
            if named is None:
                named = self._by_word[item.collection] = self.names.get(fold(item.collection), "")
            if named:
                return named
        if item is not None and item.accession_number:
            for code, pattern in self.patterns.items():
                if serial_in(pattern, item.accession_number) is not None:
                    return code
        if self.preferred:
            return self.preferred
        usual = COLLECTION_OF_MATERIAL[draft.fields.material]
        return usual if usual in self.patterns else next(iter(self.patterns))


def number_pairs(drafts: Sequence[Draft]) -> list[tuple[str, str]]:
    """(accession number, barcode) of every copy the drafts name, as far as it can be a barcode."""
    pairs: list[tuple[str, str]] = []
    for draft in drafts:
        for item in draft.items:
            if item.accession_number:
                barcode = find_barcode(item.accession_number)
                if barcode:
                    pairs.append((item.accession_number, barcode))
    return pairs


def find_barcode(number: str) -> str | None:
    """The barcode of an accession number, None when it cannot be one."""
    try:
        return barcode_of(number) if len(number) <= 40 else None
    except InvalidInput:
        return None


def plan_chunk(
    drafts: Sequence[Draft], catalogue: Catalogue, shelving: Shelving, options: ImportOptions, *, kind: str,
    seen_numbers: set[str], titles: Mapping[int, str] | None = None, same_file_before: bool = False,
) -> list[Planned]:  # fmt: skip
    """Decide every draft in order. `seen_numbers` (changed here) holds the barcodes of this file so far."""
    plans: list[Planned] = []
    pending: dict[int, Planned] = {}  # provisional id -> plan of this chunk
    for draft in drafts:
        plan = _decide(draft, catalogue, kind, pending)
        if plan.outcome == "created":
            provisional = -(draft.position + 1)
            pending[provisional] = plan
            catalogue.learn(draft, provisional)
        if plan.outcome == "unchanged":
            if draft.copies and not same_file_before:
                draft.problems.append(Problem("copies_not_repeated"))
        else:
            _plan_copies(plan, catalogue, shelving, options, seen_numbers, titles or {})
        plans.append(plan)
    return plans


def _decide(draft: Draft, catalogue: Catalogue, kind: str, pending: Mapping[int, Planned]) -> Planned:
    same = catalogue.by_hash.get(draft.content_hash)
    if same is not None and same.position is None:
        return Planned(draft, "unchanged", same.record_id)
    found, clash = catalogue.find(draft)
    found = same or found
    if found is None:
        if clash is not None:
            params = {"record_id": _shown(clash), "title": clash.title}
            draft.problems.append(Problem("isbn_shared", "warning", "020", params))
        return Planned(draft, "created")
    if found.position is not None:
        if not draft.items:  # a register writes one row per copy: that is no mistake
            draft.problems.append(Problem("duplicate_in_file", params={"other": found.position}))
        if found.record_id in pending:
            return Planned(draft, "duplicate", None, pending[found.record_id])
        return Planned(draft, "duplicate", found.record_id)
    if found.pristine == kind and (kind == "books" or _same_source(found, draft)):
        return Planned(draft, "updated", found.record_id)
    draft.problems.append(Problem("duplicate", params={"record_id": found.record_id, "title": found.title}))
    return Planned(draft, "duplicate", found.record_id)


def _same_source(known: Known, draft: Draft) -> bool:
    return bool(known.control_number) and known.control_number == draft.fields.control_number


def _shown(known: Known) -> str:
    return str(known.record_id) if known.record_id > 0 else f"mục {known.position}"


def _plan_copies(
    plan: Planned, catalogue: Catalogue, shelving: Shelving, options: ImportOptions, seen: set[str],
    titles: Mapping[int, str],
) -> None:  # fmt: skip
    draft = plan.draft
    for item in draft.items:
        number = item.accession_number
        if not number:
            plan.copies.append(PlannedCopy(shelving.choose(draft, item), price=item.price))
            continue
        barcode = find_barcode(number)
        if barcode is None:
            draft.problems.append(Problem("accession_unusable", params={"number": number[:40]}))
            continue
        if barcode in seen:
            draft.problems.append(Problem("accession_in_file_twice", params={"number": number}))
            continue
        holder = catalogue.numbers.get(number) or catalogue.numbers.get(barcode)
        if holder is not None:
            if holder != plan.record_id:
                title = titles.get(holder) or f"biểu ghi số {holder}"
                params = {"number": number, "title": title}
                draft.problems.append(Problem("accession_taken_by_other", params=params))
            continue
        seen.add(barcode)
        copy = PlannedCopy(shelving.choose(draft, item), number, barcode, item.price, item.shelf_location)
        plan.copies.append(copy)
    wanted = draft.copies or (options.copies_each if plan.outcome == "created" and not draft.items else 0)
    plan.copies.extend(PlannedCopy(shelving.choose(draft)) for _ in range(wanted))
