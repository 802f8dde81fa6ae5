"""A small school with one month worth reporting, every figure counted by hand (test_figures.py says them)."""

from __future__ import annotations

from datetime import date
from itertools import count

from library.cataloguing.tables import Acquisition, Collection, Copy, Record
from library.foundation.calendar import ensure_year
from library.foundation.clock import at_local, now
from library.foundation.database import transaction
from library.foundation.vietnamese import fold, person_sort_key, title_sort_key
from library.lending.tables import HandOver, HoldingUnit, Loan, Placement, UnitUse, Visit
from library.promotion.tables import PromotionSession, ReadingPeriod, SessionRecord
from library.readers.tables import Department, Enrolment, Reader, SchoolClass

_serial = count(1)


class World:
    """Rows made through the tables: the figures must not depend on who wrote the rows."""

    def __init__(self) -> None:
        with transaction():
            self.year = ensure_year("2026-2027")
            self.collection, _ = Collection.get_or_create(
                code="STK", defaults={"name": "Sách tham khảo", "number_pattern": "STK.{:06d}"}
            )

    def record(self, title: str, material: str = "children") -> Record:
        with transaction():
            return Record.create(
                marc=b"", title=title, authors=["Tô Hoài"], material=material, keywords=[],
                title_sort=title_sort_key(title), match_key=title[:60], created_at=now(), updated_at=now(),
            )  # fmt: skip

    def acquisition(
        self, source: str = "bought", funding: str = "budget", day: date = date(2026, 10, 6)
    ) -> Acquisition:
        with transaction():
            return Acquisition.create(received_on=day, source=source, funding=funding, created_at=at_local(day, 8))

    def copy(
        self, record: Record, received_on: date = date(2025, 9, 1), acquisition: Acquisition | None = None,
        price: int | None = None, created_on: date | None = None, **columns: object,
    ) -> Copy:  # fmt: skip
        number = f"STK.{next(_serial):06d}"
        with transaction():
            return Copy.create(
                record=record, accession_number=number, barcode=number, collection=self.collection,
                received_on=received_on, acquisition=acquisition, price=price,
                created_at=at_local(created_on or received_on, 8), **columns,
            )  # fmt: skip

    def school_class(self, name: str) -> SchoolClass:
        with transaction():
            return SchoolClass.create(school_year=self.year, name=name, grade=int(name[0]), sort_key=name)

    def reader(
        self, name: str, kind: str = "pupil", school_class: SchoolClass | None = None, **columns: object
    ) -> Reader:
        with transaction():
            reader = Reader.create(
                kind=kind, full_name=name, sort_key=person_sort_key(name), fold_key=fold(name), created_at=now(),
                updated_at=now(), **columns,
            )  # fmt: skip
            if school_class is not None:
                Enrolment.create(
                    reader=reader, school_class=school_class, school_year=self.year, started_on=date(2026, 8, 15)
                )
            return reader

    def loan(
        self, copy: Copy, reader: Reader | None, day: date, returned_on: date | None = None, purpose: str = "home",
        kind: str = "pupil", grade: int | None = 6, class_name: str | None = "6A1", due_on: date | None = None,
        **columns: object,
    ) -> Loan:  # fmt: skip
        with transaction():
            return Loan.create(
                copy=copy, reader=reader, purpose=purpose, channel="desk", loaned_at=at_local(day, 9), loaned_on=day,
                due_on=due_on or date(2027, 5, 31), first_due_on=due_on or date(2027, 5, 31),
                returned_at=at_local(returned_on, 10) if returned_on else None, returned_on=returned_on,
                reader_kind=kind, grade=grade, class_name=class_name, school_year="2026-2027",
                material=copy.record.material, collection="STK", **columns,
            )  # fmt: skip

    def visit(
        self, day: date, people: int = 1, reader: Reader | None = None, kind: str = "pupil", grade: int | None = 6
    ) -> Visit:
        with transaction():
            return Visit.create(
                visited_on=day, visited_at=at_local(day, 9), reader=reader, reader_kind=kind, grade=grade,
                people=people, source="count" if people > 1 else "card",
            )  # fmt: skip

    def unit(self, kind: str, name: str, opened_on: date = date(2026, 9, 10)) -> HoldingUnit:
        with transaction():
            return HoldingUnit.create(kind=kind, name=name, opened_on=opened_on, school_year=self.year)

    def hand_over(self, unit: HoldingUnit, copies: list[Copy], day: date, kind: str = "out") -> HandOver:
        with transaction():
            document = HandOver.create(
                unit=unit, kind=kind, number=f"GN-{next(_serial)}", happened_at=at_local(day, 8), happened_on=day,
                staff_name="Thủ thư", copies_count=len(copies),
            )  # fmt: skip
            for copy in copies:
                Placement.create(unit=unit, copy=copy, placed_by=document, placed_at=at_local(day, 8), placed_on=day)
            return document

    def unit_use(self, unit: HoldingUnit, day: date, people: int) -> UnitUse:
        with transaction():
            return UnitUse.create(unit=unit, used_on=day, count=people, created_at=at_local(day, 9))

    def session(self, day: date, slot: str, records: tuple[Record, ...] = (), **columns: object) -> PromotionSession:
        fields = {
            "title": "Buổi",
            "theme": "Chăm ngoan học giỏi" if slot == "theme" else "",
            "form": "flag_salute",
            **columns,
        }
        with transaction():
            session = PromotionSession.create(
                held_on=day, slot=slot, created_at=at_local(day, 9), updated_at=at_local(day, 9), **fields
            )
            for record in records:
                SessionRecord.create(session=session, record=record)
            return session

    def department(self, name: str) -> Department:
        with transaction():
            return Department.create(name=name, sort_key=title_sort_key(name))

    def reading_period(self, school_class: SchoolClass, day: date, pupils: int) -> ReadingPeriod:
        with transaction():
            return ReadingPeriod.create(
                held_on=day, school_class=school_class, pupils=pupils, created_at=at_local(day, 9)
            )


def october_2026() -> World:
    """One month, with something on every line and a neighbour on both sides of its borders."""
    world = World()
    a1, b1 = world.school_class("6A1"), world.school_class("7B1")
    an, binh = world.reader("Lê Văn An", school_class=a1), world.reader("Trần Thị Bình", school_class=a1)
    chi = world.reader("Phạm Chi", school_class=b1)
    world.reader("Học Sinh Đã Chuyển", school_class=b1, status="transferred")
    teacher = world.reader("Nguyễn Thị Hạnh", "teacher")
    world.reader("Phụ Huynh", "parent")

    story, lesson, guide = (
        world.record("Dế Mèn phiêu lưu ký"),
        world.record("Toán 6", "textbook"),
        world.record("Từ điển", "tool"),
    )
    bought, gift = world.acquisition(), world.acquisition("donated")
    other_money = world.acquisition("bought", "other")
    october = date(2026, 10, 6)
    new_stories = [world.copy(story, october, bought, 50_000) for _ in range(3)]
    world.copy(guide, october, other_money, 120_000)
    world.copy(story, october, gift, 70_000)
    world.copy(lesson, date(2020, 9, 1), None, 9_000, created_on=date(2026, 10, 20))  # retro, entered in October
    world.copy(lesson, date(2026, 9, 30), world.acquisition(day=date(2026, 9, 30)), 20_000)  # the day before
    world.copy(lesson, date(2026, 11, 1), world.acquisition(day=date(2026, 11, 1)), 20_000)  # the day after
    lessons = [world.copy(lesson) for _ in range(3)]
    old_guide = world.copy(guide)
    world.copy(guide, withdrawn_on=date(2026, 10, 15), withdrawal_reason="outdated", status="withdrawn")
    world.copy(story, status="lost", status_changed_at=at_local(date(2026, 10, 31), 23, 30))
    world.copy(story, status="lost", status_changed_at=at_local(date(2026, 11, 1), 0, 30))
    world.copy(story, status="repair", status_changed_at=at_local(date(2026, 10, 1), 0, 5))

    world.loan(lessons[0], an, date(2026, 10, 1), date(2026, 10, 8))
    world.loan(lessons[0], an, date(2026, 10, 9))
    world.loan(new_stories[0], binh, date(2026, 10, 31), due_on=date(2026, 11, 14))
    world.loan(
        lessons[1],
        chi,
        date(2026, 10, 12),
        grade=7,
        class_name="7B1",
        purpose="in_library",
        returned_on=date(2026, 10, 12),
    )
    world.loan(
        old_guide, teacher, date(2026, 10, 20), kind="teacher", grade=None, class_name=None, due_on=date(2026, 10, 30)
    )
    world.loan(lessons[2], None, date(2026, 10, 20), date(2026, 10, 22))  # reader made anonymous since
    world.loan(new_stories[1], chi, date(2026, 10, 21), date(2026, 10, 21), grade=7, ended_as="corrected")
    world.loan(lessons[1], an, date(2026, 9, 30), date(2026, 10, 2))
    world.loan(lessons[1], an, date(2026, 11, 1), date(2026, 11, 1))

    world.visit(date(2026, 10, 5), reader=an)
    world.visit(date(2026, 10, 6), reader=an)
    world.visit(date(2026, 10, 7), people=38)
    world.visit(date(2026, 10, 7), reader=teacher, kind="teacher", grade=None)
    world.visit(date(2026, 11, 2), reader=binh)

    corner, shelf = world.unit("class_corner", "Góc lớp 6A1"), world.unit("mobile_shelf", "Tủ lưu động 1")
    world.hand_over(corner, [new_stories[1], new_stories[2]], date(2026, 10, 8))
    world.hand_over(shelf, [world.copy(guide)], date(2026, 10, 8))
    world.hand_over(shelf, [world.copy(guide)], date(2026, 10, 9), kind="carry_over")
    world.unit_use(corner, date(2026, 10, 14), 12)
    world.loan(new_stories[1], binh, date(2026, 10, 15), date(2026, 10, 16), purpose="unit", unit=corner)

    world.session(date(2026, 10, 5), "theme", (story,), audience="Toàn trường", attendance=480)
    world.session(date(2026, 10, 19), "theme", status="planned")
    world.session(
        date(2026, 10, 24), "other", (story,), title="Triển lãm sách của em", form="storytelling", audience="Khối 6",
        attendance=120, theme="Chăm ngoan học giỏi",
    )  # fmt: skip
    world.reading_period(a1, date(2026, 10, 13), 40)
    world.reading_period(a1, date(2026, 10, 27), 39)
    world.reading_period(b1, date(2026, 10, 14), 38)
    return world
