"""Reads of readers and classes: rows -> dataclasses. Never commits.

People are ordered by given name (person_sort_key). Searching folds accents, but when the reader of the
screen typed accents, those who match them exactly come first. Next: service.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import peewee as pw

from library.contract.scans import clean_scan, is_card_number
from library.foundation.calendar import find_year
from library.foundation.clock import today
from library.foundation.errors import NotFound
from library.foundation.schoolyear import label_for
from library.foundation.tables import SchoolYear
from library.foundation.vietnamese import fold, nfc
from library.readers.model import (
    BlockState,
    CardState,
    ClassCard,
    DepartmentCard,
    EnrolmentState,
    ReaderCard,
    ReaderDetails,
    ReaderFields,
)
from library.readers.present_classes import ended_year, find_other_classes, staying_in, with_last_class
from library.readers.rules import class_key, is_class_name
from library.readers.tables import Card, Department, Enrolment, Reader, ReaderBlock, SchoolClass

CHUNK = 400


def _year_id(label: str | None = None) -> int:
    """Id of a kept school year; 0 (no row has it) when there is none yet."""
    row = SchoolYear.get_or_none(SchoolYear.label == label) if label else find_year()
    return 0 if row is None else row.id


def _select_cards(year_id: int) -> pw.ModelSelect:
    now_enrolled = (
        (Enrolment.reader == Reader.id) & (Enrolment.school_year == year_id) & Enrolment.ended_on.is_null()
    )
    return (
        Reader.select(
            Reader.id, Reader.kind, Reader.full_name, Reader.status, SchoolClass.id, SchoolClass.name,
            SchoolClass.grade, Department.name, Reader.born_on, Reader.gender, Reader.education_id, Card.number,
        )
        .join(Enrolment, pw.JOIN.LEFT_OUTER, on=now_enrolled)
        .join(SchoolClass, pw.JOIN.LEFT_OUTER, on=(SchoolClass.id == Enrolment.school_class))
        .join(Department, pw.JOIN.LEFT_OUTER, on=(Department.id == Reader.department))
        .join(Card, pw.JOIN.LEFT_OUTER, on=((Card.reader == Reader.id) & (Card.status == "active")))
    )


def _as_cards(query: pw.ModelSelect) -> list[ReaderCard]:
    cards = with_last_class([ReaderCard(*row) for row in query.tuples()])
    same = _count_names({card.full_name for card in cards})
    return [
        replace(card, namesakes=same[card.full_name] - (card.status == "active")) if card.full_name in same else card
        for card in cards
    ]


def _count_names(names: set[str]) -> dict[str, int]:
    """Names that more than one active reader has -> how many."""
    wanted = sorted(names)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), CHUNK):
        query = (
            Reader.select(Reader.full_name, pw.fn.COUNT(Reader.id))
            .where(Reader.full_name.in_(wanted[start : start + CHUNK]), Reader.status == "active")
            .group_by(Reader.full_name)
            .having(pw.fn.COUNT(Reader.id) > 1)
        )
        found.update(query.tuples())
    return found


# ---------------------------------------------------------------- one reader


def find_reader_card(reader_id: int) -> ReaderCard | None:
    cards = _as_cards(_select_cards(_year_id()).where(Reader.id == reader_id))
    return cards[0] if cards else None


def get_reader_card(reader_id: int) -> ReaderCard:
    """NotFound reader_missing."""
    card = find_reader_card(reader_id)
    if card is None:
        raise NotFound("reader_missing", reader_id=reader_id)
    return card


def find_by_card(scanned: str) -> ReaderCard | None:
    """The reader whose active card was scanned; None for a card that is unknown, lost or closed."""
    number = clean_scan(scanned)
    cards = _as_cards(_select_cards(_year_id()).where(Card.number == number))
    return cards[0] if cards else None


def list_reader_cards(reader_ids: Iterable[int]) -> dict[int, ReaderCard]:
    """id -> card, for lists that other features show."""
    ids = sorted(set(reader_ids))
    year_id = _year_id()
    found: dict[int, ReaderCard] = {}
    for start in range(0, len(ids), CHUNK):
        for card in _as_cards(_select_cards(year_id).where(Reader.id.in_(ids[start : start + CHUNK]))):
            found[card.id] = card
    return found


def running_block(reader_id: int, day: date) -> pw.Expression:
    """The condition of a block that keeps this reader from borrowing on that day."""
    return (
        (ReaderBlock.reader == reader_id) & ReaderBlock.lifted_at.is_null() & (ReaderBlock.starts_on <= day)
        & (ReaderBlock.ends_on.is_null() | (ReaderBlock.ends_on >= day))
    )  # fmt: skip


def list_running_blocks(details: ReaderDetails, day: date) -> list[BlockState]:
    """What keeps this reader from borrowing on that day, the newest first."""
    return [
        one for one in details.blocks
        if one.lifted_at is None and one.starts_on <= day and (one.ends_on is None or one.ends_on >= day)
    ]  # fmt: skip


def get_reader_details(reader_id: int) -> ReaderDetails:
    """Everything about a reader but loans. NotFound reader_missing."""
    card = get_reader_card(reader_id)
    row = Reader.get_by_id(reader_id)
    enrolments = (
        Enrolment.select(
            SchoolYear.label, SchoolClass.id, SchoolClass.name, Enrolment.started_on, Enrolment.ended_on,
            Enrolment.outcome,
        )
        .join(SchoolClass)
        .switch(Enrolment)
        .join(SchoolYear)
        .where(Enrolment.reader == reader_id)
        .order_by(Enrolment.started_on.desc(), Enrolment.id.desc())
    )
    cards = Card.select().where(Card.reader == reader_id).order_by(Card.issued_at.desc(), Card.id.desc())
    blocks = ReaderBlock.select().where(ReaderBlock.reader == reader_id).order_by(ReaderBlock.id.desc())
    return ReaderDetails(
        card=card,
        fields=as_fields(row),
        cards=tuple(
            CardState(item.id, item.number, item.status, item.issued_at, item.ended_at, item.printed_at)
            for item in cards
        ),
        enrolments=tuple(EnrolmentState(*item) for item in enrolments.tuples()),
        blocks=tuple(
            BlockState(item.id, item.kind, item.starts_on, item.ends_on, item.reason, item.lifted_at)
            for item in blocks
        ),
        created_at=row.created_at,
        updated_at=row.updated_at,
        merged_into=row.merged_into_id,
        forgotten=row.anonymised_at is not None,
    )


def as_fields(row: Any) -> ReaderFields:
    """A reader row as the fields a form edits."""
    return ReaderFields(
        kind=row.kind, full_name=row.full_name, education_id=row.education_id, local_code=row.local_code,
        born_on=row.born_on, gender=row.gender, department_id=row.department_id, post=row.post, email=row.email,
        leaves_on=row.leaves_on, note=row.note,
    )


# ---------------------------------------------------------------- searching


def search_readers(
    text: str = "",
    *,
    kind: str | None = None,
    class_id: int | None = None,
    department_id: int | None = None,
    status: str | None = "active",
    limit: int = 50,
    offset: int = 0,
    by_part: bool = False,
) -> tuple[list[ReaderCard], int]:
    """Readers by card, code, class, name with or without accents; (those of this page, how many in all).

    `by_part`: a part of a card's number or of a code is enough, for lists that open nobody by themselves (L218).
    Words that name a class narrow to it: "an 6a1". Those whose given name is the first word
    typed come first, exact accents before folded ones; then by given name.
    """
    query = _select_cards(_year_id()).where(Reader.anonymised_at.is_null())
    words = nfc(text)[:120].split()
    if status is not None:
        query = query.where(Reader.status == status)
    if kind is not None:
        query = query.where(Reader.kind == kind)
    if class_id is not None:
        query = query.where(_of_classes([class_id]))
    if department_id is not None:
        query = query.where(Reader.department == department_id)
    names: list[str] = []
    scanned = clean_scan(text)
    if is_card_number(scanned):
        # A lost card still finds its owner.
        owners = Card.select(Card.reader).where(Card.number == scanned)
        query = query.where(Reader.id.in_(owners))
    elif words:
        with_digits = [word for word in words if any(char.isdigit() for char in word)]
        names = [word for word in words if word not in with_digits]
        keys = [class_key(word) for word in with_digits if is_class_name(word)]
        classes = _class_ids(keys) | find_other_classes(keys)
        codes = [word for word in with_digits if class_key(word) not in classes.values()]
        if classes:
            query = query.where(_of_classes(list(classes)))
        for code in codes:
            query = query.where(_has_code(code, by_part))
        for word in names:
            query = query.where(_padded_fold().contains(f" {fold(word)}"))
    if names:
        # Accents are compared here: SQLite's LOWER knows only ASCII.
        found = query.select(Reader.id, Reader.full_name, Reader.sort_key).tuples()
        ordered = sorted(found, key=lambda row: (*_name_rank(row[1], names), row[2], row[0]))
        page_ids = [row[0] for row in ordered[offset : offset + limit]]
        cards = list_reader_cards(page_ids)
        return [cards[reader_id] for reader_id in page_ids], len(ordered)
    total = query.count()
    return _as_cards(query.order_by(Reader.sort_key, Reader.id).limit(limit).offset(offset)), total


def _has_code(code: str, by_part: bool) -> Any:
    """L218: a code names one reader, whole; a card read with a digit too few is in many numbers."""
    if by_part:
        return (
            Reader.education_id.startswith(code)
            | Reader.local_code.startswith(code)
            | Card.number.contains(code.upper())
        )
    return (Reader.education_id == code) | (Reader.local_code == code) | (Card.number == code.upper())


def _padded_fold() -> Any:
    """The folded name with a space before it, so that " an" finds the beginnings of words only."""
    return pw.Value(" ").concat(Reader.fold_key)


def _name_rank(full_name: str, typed: Sequence[str]) -> tuple[bool, bool]:
    """Sorts first: accents as typed (when any were typed), then names that end in what was typed."""
    name, wanted = nfc(full_name).lower(), " ".join(typed).lower()
    has_accents = fold(wanted) != wanted
    words = name.split()
    wrong_accents = has_accents and not all(any(word.startswith(part) for word in words) for part in wanted.split())
    return wrong_accents, not f" {fold(name)}".endswith(f" {fold(wanted)}")


def _of_classes(class_ids: list[int]) -> Any:
    """In one of these classes today: by this year's stay, or without one by the stay that counts (L204)."""
    return SchoolClass.id.in_(class_ids) | (SchoolClass.id.is_null() & Reader.id.in_(staying_in(class_ids)))


def _class_ids(keys: list[str]) -> dict[int, str]:
    """Those of `keys` that are classes of this year, by their ids."""
    if not keys:
        return {}
    rows = SchoolClass.select(SchoolClass.id, SchoolClass.name).where(SchoolClass.school_year == _year_id())
    return {class_id: class_key(name) for class_id, name in rows.tuples() if class_key(name) in keys}


# ---------------------------------------------------------------- classes, departments


def _select_classes() -> pw.ModelSelect:
    teacher = Reader.alias()
    members = (
        Enrolment.select(pw.fn.COUNT(Enrolment.id))
        .join(Reader)
        .where(Enrolment.school_class == SchoolClass.id, Enrolment.ended_on.is_null(), Reader.status == "active")
    )
    return (
        SchoolClass.select(
            SchoolClass.id, SchoolYear.label, SchoolClass.name, SchoolClass.grade, members, teacher.id,
            teacher.full_name, SchoolClass.site, SchoolClass.closed_at.is_null(False),
        )
        .join(SchoolYear)
        .switch(SchoolClass)
        .join(teacher, pw.JOIN.LEFT_OUTER, on=(teacher.id == SchoolClass.homeroom_teacher))
    )


def _as_classes(query: pw.ModelSelect) -> list[ClassCard]:
    # SQLite answers a comparison with 0 or 1.
    return [replace(ClassCard(*row), closed=bool(row[-1])) for row in query.tuples()]


def list_classes(school_year: str | None = None) -> list[ClassCard]:
    """Classes of a school year (default: the present one), 6A2 before 6A10."""
    label = school_year or label_for(today())
    if school_year is None and (row := find_year()) is not None:
        label = row.label
    return _as_classes(_select_classes().where(SchoolYear.label == label).order_by(SchoolClass.sort_key))


def list_present_classes() -> list[ClassCard]:
    """The classes of today: of this school year, or until it has any, of the one that has ended (L200, L213)."""
    found = list_classes()
    if found:
        return found
    label = ended_year()
    return list_classes(label) if label is not None else []


def get_class(class_id: int) -> ClassCard:
    """NotFound class_missing."""
    found = _as_classes(_select_classes().where(SchoolClass.id == class_id))
    if not found:
        raise NotFound("class_missing", class_id=class_id)
    return found[0]


def find_class(name: str, school_year: str | None = None) -> ClassCard | None:
    """A class by name as anybody writes it ("lớp 6 a1"), this year or the one named."""
    key = class_key(name)
    return next((item for item in list_classes(school_year) if class_key(item.name) == key), None)


def list_class_members(class_id: int) -> list[ReaderCard]:
    """Active pupils enrolled in a class now (or to the end, for a class of an earlier year), by name."""
    row = get_class(class_id)
    year_id = _year_id(row.school_year)
    query = _select_cards(year_id).where(SchoolClass.id == class_id, Reader.status == "active")
    return _as_cards(query.order_by(Reader.sort_key, Reader.id))


def list_unprinted_cards(class_id: int) -> list[int]:
    """Ids of the active pupils of a class whose card has never been printed."""
    query = (
        Card.select(Card.reader)
        .join(Enrolment, on=(Enrolment.reader == Card.reader))
        .join(Reader, on=(Reader.id == Card.reader))
        .where(
            Enrolment.school_class == class_id,
            Enrolment.ended_on.is_null(),
            Reader.status == "active",
            Card.status == "active",
            Card.printed_at.is_null(),
        )
    )
    return [row[0] for row in query.tuples()]


def list_school_years() -> list[str]:
    """Labels of all kept school years, newest first."""
    return [row[0] for row in SchoolYear.select(SchoolYear.label).order_by(SchoolYear.starts_on.desc()).tuples()]


def list_departments(*, with_closed: bool = False) -> list[DepartmentCard]:
    """Tổ chuyên môn in Vietnamese order."""
    members = Reader.select(pw.fn.COUNT(Reader.id)).where(
        Reader.department == Department.id, Reader.status == "active"
    )
    query = Department.select(Department.id, Department.name, members, Department.closed_at.is_null(False))
    if not with_closed:
        query = query.where(Department.closed_at.is_null())
    rows = query.order_by(Department.sort_key).tuples()
    return [replace(DepartmentCard(*row), closed=bool(row[-1])) for row in rows]


def count_readers() -> dict[str, int]:
    """Active readers by kind."""
    query = Reader.select(Reader.kind, pw.fn.COUNT(Reader.id)).where(Reader.status == "active").group_by(Reader.kind)
    return dict(query.tuples())
