"""Reads of shared textbooks: sets, a class at a glance, free copies. Never commits.

The stock plan is in stock_plan.py, documents are in batches.py. A class's books are found among loans (material
textbook) of its pupils in its school year: books lent singly at the desk count like those handed out to the class.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee as pw

from library.cataloguing.model import Material, shown_title
from library.cataloguing.tables import Copy, Record, RecordFacet
from library.foundation.calendar import find_year
from library.foundation.clock import today
from library.foundation.schoolyear import label_for
from library.foundation.tables import SchoolYear
from library.lending.desk_facts import free_copies_query
from library.lending.rows import dicts_of, tuples_of
from library.lending.tables import Loan
from library.readers.model import ClassCard
from library.readers.queries import get_class, list_classes
from library.readers.tables import Card, Enrolment, Reader, SchoolClass
from library.textbooks.model import Cell, ClassSheet, PupilLine, SetCard, SetTitle
from library.textbooks.tables import TextbookLoan, TextbookOwner, TextbookSet, TextbookSetTitle

CHUNK = 400


def present_year() -> str:
    """Label of the school year that holds today."""
    row = find_year()
    return label_for(today()) if row is None else row.label


def list_years() -> list[str]:
    """School years that have classes or sets of textbooks."""
    classes = SchoolYear.select(SchoolYear.label).join(SchoolClass)
    sets = SchoolYear.select(SchoolYear.label).join(TextbookSet)
    return [label for (label,) in tuples_of(classes.union(sets))]


def is_kept_year(label: str) -> bool:
    """The school's calendar has this year."""
    return SchoolYear.select().where(SchoolYear.label == label).exists()


# --- sets -----------------------------------------------------------------------------------------


def find_set(school_year: str, grade: int) -> SetCard:
    """The set of a grade; one without titles when nobody has chosen any."""
    row = (
        TextbookSet.select(TextbookSet, SchoolYear)
        .join(SchoolYear)
        .where(SchoolYear.label == school_year, TextbookSet.grade == grade)
        .first()
    )
    if row is None:
        return SetCard(id=None, school_year=school_year, grade=grade)
    query = (
        TextbookSetTitle.select(
            TextbookSetTitle.record, Record.title, Record.part, Record.book_set, Record.price,
            TextbookSetTitle.required,
        )
        .join(Record)
        .where(TextbookSetTitle.textbook_set == row.id)
        .order_by(TextbookSetTitle.sort_no, TextbookSetTitle.id)
    )  # fmt: skip
    titles = tuple(
        SetTitle(
            record_id=item["record"], title=shown_title(item["title"], item["part"]),
            short=short_title(item["title"], item["part"], grade), book_set=item["book_set"], price=item["price"],
            required=bool(item["required"]),
        )
        for item in dicts_of(query)
    )  # fmt: skip
    return SetCard(
        id=row.id, school_year=school_year, grade=grade, titles=titles, expected_pupils=row.expected_pupils,
        note=row.note,
    )  # fmt: skip


_VOLUMES = {"tập một": "tập 1", "tập hai": "tập 2", "tập ba": "tập 3"}


def short_title(title: str, part: str, grade: int) -> str:
    """ "Toán 6. Tập một" -> "Toán tập 1": for narrow columns of a sheet that names the grade on top."""
    words = title.removesuffix(f" {grade}")
    volume = _VOLUMES.get(part.lower(), part.lower()) if part else ""
    return f"{words} {volume}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A textbook of a grade in the catalogue, for the page that makes a set."""

    record_id: int
    title: str
    book_set: str
    subject: str
    year: int | None
    copies: int


def list_candidates(grade: int, also: Iterable[int] = ()) -> list[Candidate]:
    """Textbooks catalogued for a grade (and the titles of `also`), by bộ sách, title, volume."""
    of_grade = RecordFacet.select(RecordFacet.record).where(
        RecordFacet.kind == "grade", RecordFacet.value == str(grade)
    )
    condition = (Record.material == Material.TEXTBOOK.value) & Record.id.in_(of_grade)
    more = list(also)
    if more:
        condition = condition | Record.id.in_(more)
    counts = Copy.select(pw.fn.COUNT(Copy.id)).where(
        Copy.record == Record.id, Copy.status.not_in(("withdrawn", "lost"))
    )
    query = (
        Record.select(
            Record.id, Record.title, Record.part, Record.book_set, Record.year, Record.title_sort,
            counts.alias("copies"),
        )
        .where(condition, Record.deleted_at.is_null())
        .order_by(Record.book_set, Record.title_sort, Record.id)
        .limit(400)
    )  # fmt: skip
    rows = dicts_of(query)
    subjects = dict(
        tuples_of(
            RecordFacet.select(RecordFacet.record, pw.fn.MIN(RecordFacet.value))
            .where(RecordFacet.kind == "subject", RecordFacet.record.in_([row["id"] for row in rows]))
            .group_by(RecordFacet.record)
        )
    )
    rows.sort(key=lambda row: (row["book_set"], row["title_sort"], _VOLUMES.get(row["part"].lower(), row["part"])))
    return [
        Candidate(
            record_id=row["id"], title=shown_title(row["title"], row["part"]), book_set=row["book_set"],
            subject=subjects.get(row["id"], ""), year=row["year"], copies=row["copies"],
        )
        for row in rows
    ]  # fmt: skip


# --- a class --------------------------------------------------------------------------------------


def list_owner_ids(school_year: str) -> set[int]:
    """Pupils who have textbooks of their own that year."""
    query = TextbookOwner.select(TextbookOwner.reader).join(SchoolYear).where(SchoolYear.label == school_year)
    return {reader_id for (reader_id,) in tuples_of(query)}


def get_class_sheet(class_id: int) -> ClassSheet:
    """A class, its set, and what every pupil has of it. NotFound class_missing."""
    return _sheets([get_class(class_id)])[0]


def list_class_sheets(school_year: str, grade: int | None = None) -> list[ClassSheet]:
    """All classes of a year (or of a grade) at a glance."""
    return _sheets([card for card in list_classes(school_year) if grade is None or card.grade == grade])


def _sheets(classes: Sequence[ClassCard]) -> list[ClassSheet]:
    """A handful of statements, however many classes."""
    if not classes:
        return []
    school_year = classes[0].school_year
    sets = {grade: find_set(school_year, grade) for grade in {card.grade for card in classes}}
    owners = list_owner_ids(school_year)
    members = _list_members([card.id for card in classes])
    left = _list_leavers(classes, members)
    everybody = [reader_id for people in (*members.values(), *left.values()) for reader_id, _, _ in people]
    cells = _cells(everybody, school_year)
    found = []
    for card in classes:
        titles = sets[card.grade].titles
        lines = [
            _pupil_line(person, person[0] not in owners, cells.get(person[0], []), titles, place)
            for place, person in enumerate(members[card.id], 1)
        ]
        lines += [_pupil_line(person, True, cells.get(person[0], []), titles, 0, left=True) for person in left[card.id]]
        found.append(
            ClassSheet(
                class_id=card.id, class_name=card.name, grade=card.grade, school_year=school_year,
                homeroom=card.homeroom_name or "", titles=titles, pupils=tuple(lines),
            )
        )  # fmt: skip
    return found


_Person = tuple[int, str, str]  # reader id, name, card number


def _list_members(class_ids: Sequence[int]) -> dict[int, list[_Person]]:
    """Active pupils of each class, in list order."""
    found: dict[int, list[_Person]] = {class_id: [] for class_id in class_ids}
    query = (
        Enrolment.select(Enrolment.school_class, Reader.id, Reader.full_name, Reader.born_on, Card.number)
        .join(Reader)
        .join(Card, pw.JOIN.LEFT_OUTER, on=(Card.reader == Reader.id) & (Card.status == "active"))
        .where(
            Enrolment.school_class.in_(list(class_ids)), Enrolment.ended_on.is_null(), Reader.status == "active",
            Reader.merged_into.is_null(),
        )
        .order_by(Reader.sort_key, Reader.id)
    )  # fmt: skip
    rows = tuples_of(query)
    same = Counter((class_id, name) for class_id, _, name, _, _ in rows)
    for class_id, reader_id, name, born_on, card in rows:
        if same[class_id, name] > 1:  # two of one name in a class: told apart by birth date, else by card
            apart = f"sinh {born_on:%d/%m/%Y}" if born_on else f"thẻ {card}"
            name = f"{name} ({apart})"
        found[class_id].append((reader_id, name, card or ""))
    return found


def _list_leavers(classes: Sequence[ClassCard], members: dict[int, list[_Person]]) -> dict[int, list[_Person]]:
    """Those who got textbooks in a class, are no longer in it and still have some."""
    by_name = {card.name: card.id for card in classes}
    inside = {card.id: {reader_id for reader_id, _, _ in members[card.id]} for card in classes}
    query = (
        Loan.select(Loan.class_name, Loan.reader, Reader.full_name)
        .join(Reader)
        .where(
            Loan.class_name.in_(list(by_name)),
            Loan.school_year == classes[0].school_year,
            Loan.material == Material.TEXTBOOK.value,
            Loan.purpose == "home",
            Loan.returned_at.is_null(),
        )
        .order_by(Reader.sort_key, Loan.reader)
    )
    found: dict[int, list[_Person]] = {card.id: [] for card in classes}
    for name, reader_id, full_name in tuples_of(query):
        person = (reader_id, full_name, "")
        if reader_id not in inside[by_name[name]] and person not in found[by_name[name]]:
            found[by_name[name]].append(person)
    return found


def _cells(reader_ids: Sequence[int], school_year: str) -> dict[int, list[tuple[int, Cell]]]:
    """reader id -> (record id, cell) of every textbook loan of the year, the oldest first."""
    found: dict[int, list[tuple[int, Cell]]] = defaultdict(list)
    for start in range(0, len(reader_ids), CHUNK):
        query = (
            Loan.select(
                Loan.id, Loan.reader, Loan.returned_at, Loan.ended_as, Loan.due_on, Copy.record, Copy.barcode,
                Copy.accession_number, Copy.price, Record.title, Record.part, Record.price.alias("title_price"),
                TextbookLoan.condition_out, TextbookLoan.condition_in,
            )
            .join(Copy)
            .join(Record)
            .join(TextbookLoan, pw.JOIN.LEFT_OUTER, on=(TextbookLoan.loan == Loan.id))
            .where(
                Loan.reader.in_(reader_ids[start : start + CHUNK]),
                Loan.school_year == school_year,
                Loan.material == Material.TEXTBOOK.value,
                Loan.purpose == "home",
                Loan.ended_as.is_null() | (Loan.ended_as != "corrected"),
            )
            .order_by(Loan.id)
        )  # fmt: skip
        for row in dicts_of(query):
            found[row["reader"]].append((row["record"], _cell(row)))
    return found


def _cell(row: dict[str, Any]) -> Cell:
    if row["returned_at"] is None:
        status = "out"
    else:
        status = {"lost": "lost", "replaced": "replaced"}.get(row["ended_as"] or "", "back")
    return Cell(
        status=status, loan_id=row["id"], barcode=row["barcode"], accession_number=row["accession_number"],
        title=shown_title(row["title"], row["part"]), price=row["price"] or row["title_price"],
        condition_out=row["condition_out"], condition_in=row["condition_in"], due_on=row["due_on"],
    )  # fmt: skip


def _pupil_line(
    person: _Person, takes: bool, loans: Sequence[tuple[int, Cell]], titles: Sequence[SetTitle], number: int, *,
    left: bool = False,
) -> PupilLine:  # fmt: skip
    reader_id, name, card = person
    in_set = {title.record_id for title in titles}
    cells = {record_id: cell for record_id, cell in loans if record_id in in_set}  # the newest loan of a title
    others = tuple(cell for record_id, cell in loans if record_id not in in_set and cell.status in ("out", "lost"))
    return PupilLine(
        reader_id=reader_id, name=name, card=card, takes=takes, cells=cells, others=others, number=number, left=left
    )


def list_free_copies(record_ids: Sequence[int]) -> dict[int, list[str]]:
    """record id -> barcodes of the copies that stand on the shelf and may go home, in accession order."""
    if not record_ids:
        return {}
    query = free_copies_query(Copy.select(Copy.record, Copy.barcode))
    query = query.where(Copy.record.in_(list(record_ids)), Copy.use == "loan").order_by(Copy.accession_number)
    found: dict[int, list[str]] = defaultdict(list)
    for record_id, barcode in tuples_of(query):
        found[record_id].append(barcode)
    return found


def list_known_copies(record_ids: Sequence[int]) -> list[dict[str, Any]]:
    """What the hand-out screen must know to answer a scan at once: every copy of these titles that is not
    withdrawn, with its condition and who has it."""
    if not record_ids:
        return []
    query = (
        Copy.select(Copy.barcode, Copy.record, Copy.condition, Copy.status, Reader.full_name.alias("holder"))
        .join(Loan, pw.JOIN.LEFT_OUTER, on=(Loan.copy == Copy.id) & Loan.returned_at.is_null())
        .join(Reader, pw.JOIN.LEFT_OUTER, on=(Loan.reader == Reader.id))
        .where(Copy.record.in_(list(record_ids)), Copy.status != "withdrawn")
        .order_by(Copy.id)
    )
    return dicts_of(query)
