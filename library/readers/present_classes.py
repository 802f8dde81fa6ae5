"""Which class a pupil is in on a day between two school years (L200, L204). Reads only, never commits.

In the middle of a year the answer is the open stay of that year, and queries.py reads it itself. In August,
before the school has moved up, it is the class of the year that has ended; for who has only a place in the coming
year, that one. The desk's own facts (library/lending/desk_facts.py) follow the same rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import peewee as pw

from library.foundation.clock import today
from library.foundation.tables import SchoolYear
from library.readers.model import ReaderCard, ReaderKind
from library.readers.rules import class_key
from library.readers.tables import Enrolment, SchoolClass

LAST_CLASS_FOR = timedelta(days=366)
"""A class counts so long after its school year has ended, for who has none since (L200)."""
CHUNK = 400
_FILLED = ("class_id", "class_name", "grade", "class_year")


def _ended(day: date) -> Any:
    return (SchoolYear.ends_on < day) & (SchoolYear.ends_on >= day - LAST_CLASS_FOR)


def _open(day: date) -> Any:
    return Enrolment.ended_on.is_null() | (Enrolment.ended_on > day)


def _stays() -> Any:
    return (
        Enrolment.select(Enrolment.reader, SchoolClass.id, SchoolClass.name, SchoolClass.grade, SchoolYear.label)
        .join(SchoolClass)
        .switch(Enrolment)
        .join(SchoolYear, on=(Enrolment.school_year == SchoolYear.id))
    )


def with_last_class(cards: Sequence[ReaderCard]) -> list[ReaderCard]:
    """Pupils without a class today get the one of the year that has ended, else the one of the coming year."""
    ids = [card.id for card in cards if card.class_id is None and card.kind == ReaderKind.PUPIL]
    if not ids:
        return list(cards)
    day = today()
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(ids), CHUNK):
        mine = Enrolment.reader.in_(ids[start : start + CHUNK]) & _open(day)
        coming = _stays().where(mine, SchoolYear.starts_on > day).order_by(SchoolYear.starts_on.desc())
        ended = _stays().where(mine, _ended(day)).order_by(SchoolYear.ends_on, Enrolment.id)
        for query in (coming, ended):  # what comes later counts
            found |= {row[0]: dict(zip(_FILLED, row[1:], strict=True)) for row in query.tuples()}
    return [replace(card, **found[card.id]) if card.id in found else card for card in cards]


def find_other_classes(keys: Iterable[str]) -> dict[int, str]:
    """Classes of the ended or the coming year with one of these keys (class_key): id -> key."""
    wanted, day = set(keys), today()
    if not wanted:
        return {}
    query = SchoolClass.select(SchoolClass.id, SchoolClass.name).join(SchoolYear)
    rows = query.where(_ended(day) | (SchoolYear.starts_on > day)).tuples()
    return {class_id: class_key(name) for class_id, name in rows if class_key(name) in wanted}


def staying_in(class_ids: Iterable[int]) -> Any:
    """The readers with an open stay in one of these classes, to be looked for by id."""
    return Enrolment.select(Enrolment.reader).where(Enrolment.school_class.in_(list(class_ids)), _open(today()))


def ended_year() -> str | None:
    """The label of the school year whose classes still count today; None when too long ago."""
    label: str | None = (
        SchoolYear.select(SchoolYear.label)
        .where(_ended(today()), pw.fn.EXISTS(SchoolClass.select().where(SchoolClass.school_year == SchoolYear.id)))
        .order_by(SchoolYear.ends_on.desc())
        .scalar()
    )
    return label
