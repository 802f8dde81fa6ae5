"""A small school in a real database, and a clock that stands where the test says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from library.cataloguing.tables import Collection, Copy, Record
from library.contract.scans import make_card_number
from library.foundation.audit import Actor
from library.foundation.calendar import ensure_year
from library.foundation.clock import at_local, clock_at, now
from library.foundation.database import transaction
from library.foundation.preferences import set_preferences
from library.foundation.schoolyear import class_sort_key, grade_of
from library.foundation.tables import SchoolYear
from library.foundation.vietnamese import fold, person_sort_key, title_sort_key
from library.readers.tables import Card, Enrolment, Reader, SchoolClass

STAFF = Actor("staff", "Cô Lan", 1)
TODAY = date(2026, 11, 23)  # a Monday


class Clock:
    """The school's time; tests move it."""

    def __init__(self) -> None:
        self.at = at_local(TODAY, 9)

    def __call__(self) -> datetime:
        return self.at

    def set_day(self, day: date, hour: int = 9, minute: int = 0) -> None:
        self.at = at_local(day, hour, minute)


@dataclass
class World:
    clock: Clock
    year: SchoolYear
    cards: dict[str, str] = field(default_factory=dict)
    readers: dict[str, int] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    _serial: int = 0

    def add_class(self, name: str) -> int:
        if name not in self.classes:
            self.classes[name] = SchoolClass.create(
                school_year=self.year, name=name, grade=grade_of(name), sort_key=class_sort_key(name)
            ).id
        return self.classes[name]

    def add_reader(self, name: str, class_name: str | None = "6A1", kind: str = "pupil", **columns: object) -> int:
        self._serial += 1
        moment = now()
        reader = Reader.create(
            kind=kind, full_name=name, sort_key=person_sort_key(name), fold_key=fold(name),
            created_at=moment, updated_at=moment, **columns,
        )  # fmt: skip
        number = make_card_number(self._serial)
        Card.create(reader=reader, number=number, issued_at=moment)
        if class_name is not None and kind == "pupil":
            Enrolment.create(
                reader=reader, school_class=self.add_class(class_name), school_year=self.year,
                started_on=date(2026, 9, 5),
            )  # fmt: skip
        self.cards[name], self.readers[name] = number, reader.id
        return reader.id

    def add_title(self, title: str, copies: int = 1, material: str = "children", code: str = "STN") -> list[str]:
        """Barcodes of the copies made: CODE.000001…"""
        moment = now()
        collection = Collection.get(Collection.code == code)
        record = Record.create(
            marc=b"", title=title, authors=[], material=material, keywords=[], title_sort=title_sort_key(title),
            match_key=fold(title)[:60], created_at=moment, updated_at=moment, price=45_000,
        )  # fmt: skip
        self.records[title] = record.id
        made = []
        for _ in range(copies):
            number = f"{code}.{collection.next_number:06d}"
            collection.next_number += 1
            Copy.create(
                record=record, accession_number=number, barcode=number, collection=collection,
                received_on=date(2026, 9, 1), created_at=moment,
            )  # fmt: skip
            made.append(number)
        collection.save()
        return made


@contextmanager
def open_school() -> Iterator[World]:
    """An, Bình and Chi of 6A1, the teacher Dũng, and three collections, on a bound empty database."""
    clock = Clock()
    with clock_at(clock):
        with transaction():
            world = World(clock, ensure_year("2026-2027"))
            for code, name, home in (("STN", "Sách thiếu nhi", True), ("STK", "Sách tham khảo", True),
                                     ("SGK", "Sách giáo khoa", True), ("BAO", "Báo, tạp chí", False)):  # fmt: skip
                Collection.create(code=code, name=name, number_pattern=code + ".{:06d}", home_loan=home)
            for name in ("Trần Minh An", "Lê Thanh Bình", "Phạm Chi"):
                world.add_reader(name)
            world.add_reader("Nguyễn Văn Dũng", None, "teacher")
        yield world


def prefer(**changes: object) -> None:
    set_preferences(dict(changes), STAFF)
