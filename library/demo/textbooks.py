"""Shared textbooks of the demo school: a set for every grade, books for three classes with some shortfall.

Made by the use cases themselves under the clock of the day, with a generator of its own: nothing here
shifts what the rest of the demo draws. Next: library/textbooks/service.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

from library.cataloguing.copies import add_copies
from library.cataloguing.model import Material
from library.cataloguing.tables import Acquisition, Copy, Record, RecordFacet
from library.demo.people import Person
from library.foundation.audit import Actor
from library.foundation.clock import at_local, clock_at
from library.foundation.database import transaction
from library.foundation.schoolyear import Calendar, Year
from library.lending.rows import tuples_of
from library.lending.tables import Loan
from library.textbooks.collecting import collect
from library.textbooks.losses import declare_textbook_lost, settle_loss
from library.textbooks.model import ScanLine
from library.textbooks.rules import write_scan_list
from library.textbooks.service import hand_out, propose
from library.textbooks.sets import save_owners, save_set
from library.textbooks.tables import TextbookLoan

SUBJECTS = ("Toán", "Ngữ văn", "Tiếng Anh", "Khoa học tự nhiên", "Lịch sử và Địa lí", "Tin học", "Công nghệ",
            "Giáo dục công dân")  # fmt: skip
BY_CHOICE = ("Công nghệ",)
CLASSES = ("6A1", "6A2", "7A1")
STOCK = {6: 78, 7: 43}
"""Grade -> copies of each title: nearly enough for the classes that borrow."""
LIBRARIAN = Actor("staff", "Trần Thị Mai Lan")


def fill_textbooks(
    seed: int, until: date, calendar: Calendar, year: Year, people: Sequence[Person], class_ids: dict[str, int]
) -> None:
    """Sets for grades 6–9; books handed out in the first week of the year, when that has come."""
    random = Random(seed)
    sets = {grade: _list_titles(grade) for grade in (6, 7, 8, 9)}
    with clock_at(at_local(min(date(year.starts_on.year, 8, 20), until), 9)):  # when the plans are made
        for grade, titles in sets.items():
            optional = [record_id for record_id, subject in titles if subject in BY_CHOICE]
            save_set(year.label, grade, [record_id for record_id, _ in titles], actor=LIBRARIAN, optional=optional)
        with transaction():
            for grade, wanted in STOCK.items():
                _buy(random, sets[grade], wanted, year)
    day = calendar.next_open(date(year.starts_on.year, 9, 7))
    if day is None or day > until:
        return
    for hour, name in enumerate(CLASSES, 8):
        own = [person.id for person in people if person.class_name == name][3::17]
        with clock_at(at_local(day, hour, 10)):
            save_owners(class_ids[name], own, actor=LIBRARIAN)
            lines, _ = propose(class_ids[name])
            worn = [
                ScanLine(reader_id=line.reader_id, barcode=line.barcode, condition=_condition(random))
                for line in lines
                if random.random() > 0.004  # a few were not found on the shelf that day
            ]
            hand_out(class_ids[name], write_scan_list(worn).splitlines(), actor=LIBRARIAN)
    _lose(until, calendar, year)
    _collect(until, calendar, year)


def _list_titles(grade: int) -> list[tuple[int, str]]:
    """(record id, subject) of the set's titles, by subject and volume."""
    of_grade = RecordFacet.select(RecordFacet.record).where(
        RecordFacet.kind == "grade", RecordFacet.value == str(grade)
    )
    query = (
        Record.select(Record.id, Record.title, RecordFacet.value)
        .join(RecordFacet, on=(RecordFacet.record == Record.id) & (RecordFacet.kind == "subject"))
        .where(
            Record.material == Material.TEXTBOOK.value, Record.book_set.startswith("Kết nối"), Record.id.in_(of_grade)
        )
        .order_by(Record.id)
    )
    found = [(record_id, subject) for record_id, title, subject in tuples_of(query) if not title.startswith("Bài tập")]
    return sorted((item for item in found if item[1] in SUBJECTS), key=lambda item: (SUBJECTS.index(item[1]), item[0]))


def _buy(random: Random, titles: Sequence[tuple[int, str]], wanted: int, year: Year) -> None:
    """Enough copies for the classes that borrow, but for a title or two."""
    voucher = (
        Acquisition.select()
        .where(
            Acquisition.note == "Tủ sách giáo khoa dùng chung",
            Acquisition.received_on <= year.starts_on.replace(day=31),
        )
        .order_by(Acquisition.received_on.desc())
        .first()
    )
    for record_id, _ in titles:
        more = wanted - 14 - (random.randint(4, 7) if random.random() < 0.25 else 0)
        add_copies(
            record_id, more, "SGK", LIBRARIAN, acquisition_id=voucher.id if voucher else None,
            received_on=voucher.received_on if voucher else None, condition="new",
        )  # fmt: skip


def _condition(random: Random) -> str:
    return random.choices(("new", "good", "fair", "worn"), (30, 50, 15, 5))[0]


def _lose(until: date, calendar: Calendar, year: Year) -> None:
    """Two books lost in November, one of them paid for."""
    day = calendar.next_open(date(year.starts_on.year, 11, 4))
    if day is None or day > until:
        return
    query = TextbookLoan.select(Loan.id, Record.price).join(Loan).join(Copy).join(Record).order_by(Loan.id)
    loans = tuples_of(query)
    with clock_at(at_local(day, 9, 30)):
        for place in (len(loans) // 3, len(loans) // 2):
            declare_textbook_lost(loans[place][0], actor=LIBRARIAN)
        loan_id, price = loans[len(loans) // 3]
        settle_loss(loan_id, "price", actor=LIBRARIAN, amount=price)


def _collect(until: date, calendar: Calendar, year: Year) -> None:
    """At the end of the year all but a few come back."""
    day = calendar.last_open(date(year.ends_on.year, 5, 22), year.term2_starts_on)
    if day is None or day > until:
        return
    query = Loan.select(Copy.barcode).join(Copy).join(TextbookLoan, on=(TextbookLoan.loan == Loan.id))
    codes = [code for (code,) in tuples_of(query.where(Loan.returned_at.is_null()).order_by(Loan.id))]
    with clock_at(at_local(day, 8)):
        collect([code for place, code in enumerate(codes) if place % 150], actor=LIBRARIAN)
