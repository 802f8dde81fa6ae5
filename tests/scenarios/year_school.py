"""A school of realistic size brought in by the real importers, its clock, and who acts in it.

12 classes × 30 pupils, 24 teachers, about 2,500 copies (half of them textbooks). The model is filled from
what the core answers after the import and checked against what the files said. Next: year_acts.py.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import peewee as pw
from flask import Flask
from flask.testing import FlaskClient
from kiosk_desk import Kiosk
from year_figures import Log, Stay
from year_model import Copy, Model, Person

from catalog_imports.service import import_books, import_readers
from library.access import service as access
from library.access.devices import add_device
from library.app import create_app
from library.cataloguing.copies import ensure_default_collections
from library.cataloguing.tables import Copy as CopyRow
from library.cataloguing.tables import Record
from library.demo.people import make_pupils
from library.foundation.audit import SYSTEM, Actor
from library.foundation.calendar import ensure_year, public_holidays
from library.foundation.clock import at_local, local_date
from library.foundation.preferences import set_preferences
from library.lending.policies import ensure_default_policies
from library.readers.queries import list_classes
from library.readers.tables import Card, Enrolment, Reader, SchoolClass
from library.settings import Settings
from library.web.access import STAFF_COOKIE

PASSWORD = "mot-mat-khau-du-dai-2026"
GRADES, PUPILS, TEACHERS = (6, 7, 8, 9), 30, 24
TEXTBOOKS = ("Ngữ văn", "Toán", "Khoa học tự nhiên")
WORDS_TYPE = {"textbook": "Sách giáo khoa", "children": "Sách thiếu nhi", "reference": "Sách tham khảo",
              "teacher": "Sách nghiệp vụ", "tool": "Từ điển, tra cứu", "periodical": "Báo, tạp chí"}  # fmt: skip


class Clock:
    """The school's time. Every act takes a while, so that no two happen at one instant."""

    def __init__(self, day: date) -> None:
        self.at = at_local(day, 7)

    def __call__(self) -> datetime:
        return self.at

    @property
    def day(self) -> date:
        return local_date(self.at)

    def set(self, day: date, hour: int, minute: int = 0) -> None:
        at = at_local(day, hour, minute)
        assert at >= self.at, f"the clock went back: {self.at} -> {at}"
        self.at = at

    def later(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class School:
    settings: Settings
    clock: Clock
    random: Random
    folder: Path  # for the files that are imported
    model: Model = field(default_factory=Model)
    log: Log = field(default_factory=Log)
    staff: Actor = SYSTEM
    classes: dict[str, int] = field(default_factory=dict)  # of the present school year
    departments: list[int] = field(default_factory=list)
    app: Flask = field(init=False)
    client: FlaskClient = field(init=False)
    token: str = ""
    journals: list[Any] = field(default_factory=list)  # kiosk journals the core has not been told of
    helpers: set[int] = field(default_factory=set)  # pupils who look after an open corner
    shelves: set[int] = field(default_factory=set)  # units that are mobile shelves
    device_tokens: dict[str, str] = field(default_factory=dict)

    @property
    def day(self) -> date:
        return self.clock.day

    # --- the core as a process: started in the morning of the first day, and after each power cut ----

    def start_core(self) -> None:
        self.app = create_app(self.settings, instance={"TESTING": True})
        self.client = self.app.test_client()

    def sign_in(self) -> None:
        token, staff = access.authenticate("lan", PASSWORD, "scenario")
        self.client.set_cookie(STAFF_COOKIE, token)
        self.staff = Actor("staff", staff.display_name, staff.id)
        self.token = hmac.new(token.encode(), b"kesach csrf", hashlib.sha256).hexdigest()

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:800])
        return answer.text

    def post(self, path: str, status: int = 302, **fields: object) -> None:
        answer = self.client.post(path, data={"csrf_token": self.token, **fields})
        assert answer.status_code == status, (path, answer.status_code, answer.text[:800])

    def scan(self, text: str, person: Person | None = None, **more: object) -> dict[str, Any]:
        """One scan at the desk, as its script sends it."""
        answer = self.client.post(
            "/staff/desk/scan",
            json={"text": text, "reader_id": person.id if person else "", "key": str(self.uuid()), **more},
            headers={"X-CSRF-Token": self.token},
        )
        assert answer.status_code == 200, answer.text
        return answer.json

    def kiosk(self, name: str = "Quầy cửa chính") -> Kiosk:
        return Kiosk(self.app.test_client(), self.device_tokens[name])

    def uuid(self) -> uuid.UUID:
        """Random like the rest of the year: the same seed gives the same keys."""
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    # --- what stands where ---------------------------------------------------------------------------

    def records_of(self, material: str) -> list[int]:
        return [record for record, copies in self.model.titles.items() if copies[0].material == material]

    def is_away(self, copy: Copy) -> bool:
        """Taken or brought at a kiosk without network (nobody has it at the desk until the core knows), or at home
        with a pupil from the corner."""
        return copy.inner is not None or any(journal.touches(copy) for journal in self.journals)

    # --- who is here --------------------------------------------------------------------------------

    def pupils(self) -> list[Person]:
        return [one for one in self.model.people.values() if one.kind == "pupil" and one.active]

    def teachers(self) -> list[Person]:
        return [one for one in self.model.people.values() if one.kind == "teacher" and one.active]

    def of_class(self, class_name: str) -> list[Person]:
        return [one for one in self.pupils() if one.class_name == class_name]


def open_school(settings: Settings, first_day: date, seed: int, folder: Path) -> School:
    """Everything as it is on the evening before the first day. Call under the school's clock."""
    return School(settings, Clock(first_day - timedelta(days=2)), Random(seed), folder)


def furnish(school: School) -> None:
    ensure_default_collections()
    ensure_default_policies()
    set_preferences({"suspension_factor": 1, "suspension_grace_days": 1, "suspension_cap_days": 14,
                     "school_name": "Trường THCS Kênh Xáng"}, SYSTEM)  # fmt: skip
    access.create_staff("lan", "Cô Lan", "librarian", PASSWORD, SYSTEM)
    keep_year(school, school.day)
    for name, profile in (("Quầy cửa chính", "kiosk"), ("Tủ lưu động", "mobile")):
        school.device_tokens[name] = add_device(name, profile, SYSTEM)
    school.start_core()
    school.sign_in()
    first = school.day.year if school.day.month >= 8 else school.day.year - 1
    import_people(school, first)
    import_stock(school)


def keep_year(school: School, day: date) -> None:
    """The school year of a day, in the core and in the model: dates and public holidays."""
    first = day.year if day.month >= 8 else day.year - 1
    label = f"{first}-{first + 1}"
    ensure_year(label)
    for year in (first, first + 1):
        school.model.days.closed |= {
            holiday for holiday in public_holidays(year) if date(first, 8, 1) <= holiday <= date(first + 1, 7, 31)
        }


# --- people ---------------------------------------------------------------------------------------


def import_people(school: School, first_year: int) -> None:
    pupils = [
        (f"{first_year}{number:06d}", one.full_name, one.born_on, "Nữ" if one.gender == "female" else "Nam",
         one.class_name)
        for number, one in enumerate(make_pupils(school.random, first_year))
        if number % 40 < PUPILS
    ]  # fmt: skip
    import_pupils(school, pupils, f"{first_year}-{first_year + 1}")
    rows = [(number, f"GV{number:04d}", f"Trần {_letters(number * 7)}", "Toán – Tin" if number % 2 else "Ngữ văn",
             "Giáo viên") for number in range(1, TEACHERS + 1)]  # fmt: skip
    heads = ("STT", "Mã giáo viên", "Họ tên giáo viên", "Tổ chuyên môn", "Vị trí việc làm")
    result = import_readers(
        school.settings,
        write_csv(school, "giao-vien.csv", heads, rows),
        actor=school.staff,
    )
    assert (result["created"], result["rejected"]) == (TEACHERS, 0), result
    learn_people(school)
    school.departments = sorted({row.department_id for row in Reader.select() if row.department_id})


def import_pupils(school: School, rows: Sequence[tuple[Any, ...]], school_year: str) -> None:
    listed = [(number, code, name, f"{born:%d/%m/%Y}", sex, class_name)
              for number, (code, name, born, sex, class_name) in enumerate(rows, start=1)]  # fmt: skip
    heads = ("STT", "Mã định danh Bộ GD&ĐT", "Họ tên", "Ngày sinh", "Giới tính", "Lớp học")
    file = write_csv(school, f"hoc-sinh-{school_year}.csv", heads, listed)
    result = import_readers(
        school.settings, file, actor=school.staff, school_year=school_year, create_classes=True
    )
    assert (result["created"], result["rejected"]) == (len(rows), 0), result


def learn_people(school: School) -> None:
    """Readers the model has not met: id, card and class as the core made them."""
    school.classes = {row.name: row.id for row in list_classes()}
    query = (
        Reader.select(Reader.id, Reader.full_name, Reader.kind, Card.number, Enrolment.started_on,
                      SchoolClass.id.alias("class_id"), SchoolClass.name.alias("class_name"), SchoolClass.grade)
        .join(Card).switch(Reader)
        .join(Enrolment, pw.JOIN.LEFT_OUTER, on=(Enrolment.reader == Reader.id) & Enrolment.ended_on.is_null())
        .join(SchoolClass, pw.JOIN.LEFT_OUTER).where(Card.status == "active").order_by(Reader.id)
    )  # fmt: skip
    for row in query.dicts():
        if row["id"] in school.model.people:
            continue
        person = Person(
            row["id"], row["number"], row["full_name"], row["kind"], row["grade"], row["class_id"], row["class_name"],
            eager=school.random.choice((0.1, 0.5, 1.0, 1.0, 2.5, 5.0)), started_on=row["started_on"],
        )  # fmt: skip
        school.model.people[person.id] = person
        if person.grade is not None and person.class_id is not None:
            school.log.stays.append(Stay(person, person.grade, person.class_id, row["started_on"]))


# --- books ----------------------------------------------------------------------------------------


def import_stock(school: School) -> None:
    rows: list[tuple[Any, ...]] = []
    for grade in GRADES:
        rows += [(f"{subject} {grade}", "Bộ Giáo dục", WORDS_TYPE["textbook"], 92, 24_000) for subject in TEXTBOOKS]
    for material, titles, copies in (("children", 170, 5), ("reference", 70, 4), ("teacher", 30, 3),
                                     ("tool", 8, 3), ("periodical", 10, 4)):  # fmt: skip
        rows += [(f"{_heading(number, material)}", f"Tác giả {_letters(number)}", WORDS_TYPE[material], copies,
                  20_000 + 1_000 * number) for number in range(titles)]  # fmt: skip
    import_titles(school, "kho-ban-dau.csv", rows)


def import_titles(school: School, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """(title, author, type in words, copies, price) -> records and copies, in the core and in the model."""
    heads = ("Nhan đề", "Tác giả", "Loại sách", "Số lượng", "Giá bìa")
    result = import_books(school.settings, write_csv(school, name, heads, rows), actor=school.staff)
    assert (result["created"], result["rejected"]) == (len(rows), 0), result
    assert result["copies_created"] == sum(row[3] for row in rows)
    fresh = learn_copies(school)
    said = Counter({words: 0 for words in WORDS_TYPE.values()})
    for row in rows:
        said[row[2]] += row[3]
    assert Counter(WORDS_TYPE[copy.material] for copy in fresh) == +said


def learn_copies(school: School) -> list[Copy]:
    """Copies the model has not met."""
    found = []
    query = CopyRow.select(
        CopyRow.id, CopyRow.barcode, CopyRow.record, CopyRow.price, CopyRow.received_on, Record.title, Record.material
    ).join(Record)
    for row in query.order_by(CopyRow.id).dicts():
        if row["barcode"] in school.model.copies:
            continue
        copy = Copy(row["id"], row["barcode"], row["record"], row["title"], row["material"], row["received_on"],
                    school.day, price=row["price"] or 0)  # fmt: skip
        school.model.copies[copy.barcode] = copy
        school.model.titles.setdefault(copy.record, []).append(copy)
        found.append(copy)
    return found


def write_csv(school: School, name: str, heads: Iterable[str], rows: Iterable[Sequence[Any]]) -> Path:
    path = school.folder / name
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(heads)
        writer.writerows(rows)
    return path


_SYLLABLES = ["An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Khánh", "Lâm", "Minh", "Ngọc", "Phương", "Quỳnh", "Sơn", "Trang", "Uyên", "Vân", "Xuân", "Yến"]
_THINGS = ["Cánh diều", "Dòng sông", "Ngọn đồi", "Mái trường", "Khu vườn", "Con đường", "Bến đò", "Vầng trăng", "Cơn mưa", "Hạt thóc"]


def _letters(number: int) -> str:
    return f"{_SYLLABLES[number // len(_SYLLABLES) % len(_SYLLABLES)]} {_SYLLABLES[number % len(_SYLLABLES)]}"


def _heading(number: int, material: str) -> str:
    what = {"children": "Truyện", "reference": "Sổ tay", "teacher": "Thiết kế bài giảng", "tool": "Từ điển",
            "periodical": "Tạp chí"}[material]  # fmt: skip
    return f"{what} {_THINGS[number % len(_THINGS)].lower()} {_letters(number).lower()}"
