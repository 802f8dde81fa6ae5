"""Why may this reader have this book, or not: every matching row of the policy table and every reason.

Asks the same pure rules as the desk and the kiosk (rules.py); reads only, lends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from library.cataloguing.model import MATERIAL_LABELS, Material
from library.cataloguing.tables import Collection
from library.foundation.errors import NotFound
from library.lending.desk_facts import CopyAtDesk, ReaderAtDesk, find_copy, find_reader
from library.lending.limits import count_in_total
from library.lending.loan_writing import LendingDay, lending_day
from library.lending.model import CheckoutFacts, CopyFacts, Granted, PolicyRow, RefusedBy
from library.lending.policy_matrix import list_matching_rows, select_row
from library.lending.rules import decide_checkout


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`rows`: all that match, the deciding one first; empty when the default of L3 decides (`row`).
    `copy` is None when only a kind of book was asked about."""

    reader: ReaderAtDesk
    copy: CopyAtDesk | None
    asked: str  # the book, or the kind of book, in words
    day: LendingDay
    row: PolicyRow
    rows: tuple[PolicyRow, ...]
    decision: Granted | RefusedBy
    count: int
    limit: int

    @property
    def granted(self) -> Granted | None:
        return self.decision if isinstance(self.decision, Granted) else None

    @property
    def can_override(self) -> bool:
        return isinstance(self.decision, RefusedBy) and all(reason.overridable for reason in self.decision.reasons)


def explain_copy(reader_id: int, copy_id: int) -> Explanation:
    """About one copy as it stands now. NotFound reader_missing, copy_unknown."""
    day = lending_day()
    reader = _reader(reader_id, day)
    copy = find_copy(copy_id=copy_id, for_reader=reader_id)
    if copy is None:
        raise NotFound("copy_unknown", barcode=str(copy_id))
    return _explain(day, reader, copy, copy.facts, copy.title)


def explain_material(reader_id: int, material: str, collection: str = "") -> Explanation:
    """About any free copy of a kind of book, in a collection or in no particular one.

    NotFound reader_missing; NotFound not_found for a material that is none.
    """
    if material not in set(Material):
        raise NotFound("not_found")
    day = lending_day()
    reader = _reader(reader_id, day)
    asked, home_loan = MATERIAL_LABELS[Material(material)], True
    if collection:
        row = Collection.get_or_none(Collection.code == collection)
        if row is None:
            raise NotFound("not_found")
        asked, home_loan = f"{asked}, kho {row.name}", row.home_loan
    facts = CopyFacts(
        id=None, barcode="", record_id=None, material=material, collection=collection, home_loan=home_loan
    )
    return _explain(day, reader, None, facts, asked)


def _reader(reader_id: int, day: LendingDay) -> ReaderAtDesk:
    reader = find_reader(reader_id=reader_id, year_id=day.year_id, today=day.on)
    if reader is None:
        raise NotFound("reader_missing", reader_id=reader_id)
    return reader


def _explain(
    day: LendingDay, reader: ReaderAtDesk, copy: CopyAtDesk | None, facts: CopyFacts, asked: str
) -> Explanation:
    kind, grade = reader.kind, reader.facts.grade
    return Explanation(
        reader=reader,
        copy=copy,
        asked=asked,
        day=day,
        row=select_row(day.policy, kind, grade, facts.material, facts.collection),
        rows=tuple(list_matching_rows(day.policy, kind, grade, facts.material, facts.collection)),
        decision=decide_checkout(
            CheckoutFacts(card=reader.card, barcode=facts.barcode, reader=reader.facts, copy=facts),
            day.policy, day.calendar, day.on,
        ),
        count=count_in_total(reader.facts, day.policy),
        limit=day.policy.limit_for(kind),
    )  # fmt: skip
