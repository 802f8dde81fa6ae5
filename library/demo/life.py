"""What else happens in the demo school: class corners, a mobile shelf on its route, promotion sessions with
one month that misses its quota, reading periods.

Everything goes through the services, on the day it would have happened; `until` is the last such day. Next: school.py.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, timedelta
from random import Random

from library.cataloguing.tables import Record
from library.demo.circulation import LIBRARIAN, Circulation
from library.demo.collection import DemoCopy
from library.demo.people import DEPARTMENTS, Person
from library.foundation.audit import Actor
from library.foundation.bulk import insert_rows
from library.foundation.clock import at_local, clock_at
from library.foundation.schoolyear import Calendar, Year
from library.lending.units import class_corners, mobile_shelves
from library.lending.units import service as units
from library.promotion.model import SessionDraft, SessionForm, SessionStatus, Slot
from library.promotion.service import log_session
from library.promotion.tables import ReadingPeriod
from library.promotion.themes import default_theme

# month -> (title of the theme session, books it introduces)
_THEME_SESSIONS: dict[int, tuple[str, tuple[str, ...]]] = {
    9: ("Mái trường và tuổi thơ qua trang sách", ("Những tấm lòng cao cả", "Totto-chan bên cửa sổ", "Nhóc Nicolas")),
    10: ("Tự học: chìa khoá của người học giỏi", ("Kĩ năng tự học", "Kĩ năng quản lí thời gian", "Kĩ năng ghi nhớ")),
    11: ("Người thầy trong văn học", ("Người thầy đầu tiên", "Buổi học cuối cùng", "Danh nhân đất Việt: Chu Văn An")),
    12: ("Nhớ người đi trước", ("Tuổi thơ dữ dội", "Mãi mãi tuổi hai mươi", "Nhật ký Đặng Thuỳ Trâm")),
    1: ("Tết trong truyện cổ và thơ", ("Sự tích bánh chưng, bánh giầy", "Sự tích cây nêu ngày Tết")),
    2: ("Mùa xuân của đất nước", ("Nhật ký trong tù", "Từ ấy", "Danh nhân đất Việt: Tôn Đức Thắng")),
    3: ("Tuổi trẻ và lí tưởng", ("Thép đã tôi thế đấy", "Danh nhân đất Việt: Lý Tự Trọng")),
    4: ("Ngày Sách: đọc để hiểu nhau", ("Nhật ký Anne Frank", "Cô bé bán diêm", "Hoàng tử bé")),
    5: ("Những câu chuyện về Bác Hồ", ("Búp sen xanh", "Thư Bác Hồ gửi học sinh", "Kể chuyện Bác Hồ")),
}
_DEPARTMENT_SESSIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Toán – Tin": ("Toán học quanh ta", ("Bách khoa trẻ em: Con số", "Bách khoa trẻ em: Mật mã")),
    "Ngữ văn": ("Đọc mở rộng cùng tác phẩm trong chương trình", ("Chiếc lược ngà", "Lão Hạc", "Truyện Kiều")),
    "Khoa học tự nhiên": ("Từ trang sách đến phòng thí nghiệm", ("Bách khoa trẻ em: Điện", "Bách khoa trẻ em: Tế bào")),
    "Sử – Địa – GDCD": ("Biển, đảo quê hương", ("Hoàng Sa, Trường Sa: Hỏi và đáp", "Trường Sa: Nơi ta đến")),
    "Ngoại ngữ": ("Đọc truyện tiếng Anh không khó", ("Alice ở xứ sở diệu kỳ", "Peter Pan")),
    "Nghệ thuật – Thể chất": (
        "Danh hoạ và nhạc sĩ",
        ("Danh nhân thế giới: Vincent van Gogh", "Danh nhân thế giới: Wolfgang Amadeus Mozart"),
    ),
}
_THEME_FORMS = (SessionForm.FLAG_SALUTE, SessionForm.BROADCAST, SessionForm.EXHIBITION, SessionForm.STORYTELLING)
_DEPARTMENT_FORMS = (SessionForm.DEPARTMENT_MEETING, SessionForm.EXTRACURRICULAR, SessionForm.REVIEW, SessionForm.QUIZ)
_PERIOD_CONTENTS = (
    "Đọc tự chọn và ghi nhật ký đọc",
    "Cùng đọc truyện dân gian",
    "Đọc sách danh nhân, kể lại cho bạn",
    "Tìm thông tin trong sách tra cứu",
    "Đọc thơ và vẽ minh hoạ",
    "Thảo luận nhóm về một nhân vật",
)
STAFF_ACTOR = Actor("staff", LIBRARIAN)


def _on(day: date, hour: int = 10) -> AbstractContextManager[None]:
    """The clock of that day, so that documents and audit carry it."""
    return clock_at(at_local(day, hour))


# ---------------------------------------------------------------- corners and the mobile shelf


def fill_units(
    random: Random,
    until: date,
    calendar: Calendar,
    year: Year,
    copies: list[DemoCopy],
    people: list[Person],
    class_ids: dict[str, int],
) -> set[int]:
    """Two class corners and one mobile shelf; answers the ids of the copies that stand there.

    In the first weeks of a school year nothing has been handed over yet: then the documents are of the last day.
    """
    begun = calendar.next_open(max(year.starts_on, until - timedelta(days=24))) or until
    begun = min(begun, until)
    used: set[int] = set()
    for class_name, amount in (("6A1", 30), ("7A2", 24)):
        keeper = next(person for person in people if person.homeroom == class_name)
        helper = next(person for person in people if person.class_name == class_name and person.activity >= 1)
        chosen = _choose(random, copies, used, begun, amount, ("children",))
        with _on(begun, 9):
            unit = class_corners.open_corner(class_ids[class_name], keeper.id, actor=STAFF_ACTOR, helper_id=helper.id)
            units.hand_over(unit, [copy.barcode for copy in chosen], actor=STAFF_ACTOR, received_by=keeper.full_name)
    keeper = next(person for person in people if person.kind == "teacher" and not person.homeroom)
    chosen = _choose(random, copies, used, begun, 36, ("children", "reference"))
    with _on(begun, 10):
        shelf = mobile_shelves.open_shelf(
            "Tủ sách lưu động số 1", actor=STAFF_ACTOR, responsible_id=keeper.id, capacity=60
        )
        units.hand_over(shelf, [copy.barcode for copy in chosen], actor=STAFF_ACTOR, received_by=keeper.full_name)
    stops = []
    day = begun
    for place in ("Sân trường, dãy khối 6", "Điểm lẻ Ấp 4", "Sân trường, dãy khối 8", "Nhà văn hoá ấp Tân Thạnh"):
        leaves = calendar.next_open(day + timedelta(days=9)) or day
        with _on(begun, 11):
            stops.append((mobile_shelves.add_stop(shelf, place, day, leaves, actor=STAFF_ACTOR), day, leaves))
        day = calendar.next_open(leaves + timedelta(days=1)) or leaves + timedelta(days=1)
    for stop_id, from_on, until_on in stops:
        if from_on <= until:
            with _on(from_on, 13):
                mobile_shelves.arrive(stop_id, actor=STAFF_ACTOR)
        if until_on < until:
            with _on(until_on, 16):
                mobile_shelves.leave(stop_id, actor=STAFF_ACTOR)
    return used


def _choose(
    random: Random, copies: list[DemoCopy], used: set[int], day: date, amount: int, materials: tuple[str, ...]
) -> list[DemoCopy]:
    """One copy each of so many loved titles, marked as used."""
    fitting = [
        copy
        for copy in copies
        if copy.lendable
        and copy.material in materials
        and copy.id not in used
        and copy.received_on < day
        and copy.title.love >= 0.7
        and not copy.title.fields.grades
    ]
    random.shuffle(fitting)
    by_title = {copy.title.id: copy for copy in fitting}
    chosen = list(by_title.values())[:amount]
    used.update(copy.id for copy in chosen)
    return chosen


# ---------------------------------------------------------------- promotion


def _months(years: list[Year]) -> list[tuple[int, int]]:
    """(calendar year, month) of every month with a duty, September to May."""
    found = []
    for year in years:
        found += [(year.starts_on.year, month) for month in (9, 10, 11, 12)]
        found += [(year.ends_on.year, month) for month in (1, 2, 3, 4, 5)]
    return found


def fill_promotion(
    random: Random, until: date, calendar: Calendar, years: list[Year], departments: dict[str, int]
) -> None:
    """Both slots of every month so far; the last month that is over lacks its department session."""
    months = [item for item in _months(years) if item <= (until.year, until.month)]
    over = [item for item in months if item < (until.year, until.month)]
    missed = over[-1] if over else None
    names = list(DEPARTMENTS)
    for number, (year, month) in enumerate(months):
        title, books = _THEME_SESSIONS[month]
        held_on = calendar.next_open(date(year, month, 5 + number % 5)) or date(year, month, 5)
        _log(
            until,
            held_on,
            Slot.THEME,
            _THEME_FORMS[number % 4],
            title,
            books,
            theme=default_theme("THCS", month),
            audience="Học sinh toàn trường",
            attendance=430 + random.randrange(45),
        )
        if (year, month) == missed:
            continue
        department = names[number % len(names)]
        title, books = _DEPARTMENT_SESSIONS[department]
        held_on = calendar.next_open(date(year, month, 18 + number % 6)) or date(year, month, 18)
        _log(
            until,
            held_on,
            Slot.DEPARTMENT,
            _DEPARTMENT_FORMS[number % 4],
            title,
            books,
            department_id=departments[department],
            audience=f"Tổ {department}, học sinh khối {6 + number % 4}",
            attendance=60 + random.randrange(70),
        )


def _log(
    until: date,
    held_on: date,
    slot: Slot,
    form: SessionForm,
    title: str,
    books: tuple[str, ...],
    *,
    audience: str,
    attendance: int,
    theme: str = "",
    department_id: int | None = None,
) -> None:
    is_held = held_on <= until
    ids = {row.title: row.id for row in Record.select(Record.id, Record.title).where(Record.title.in_(books))}
    draft = SessionDraft(
        held_on=held_on,
        slot=slot,
        form=form,
        title=title,
        theme=theme,
        department_id=department_id,
        audience=audience,
        attendance=attendance if is_held else None,
        presenter=LIBRARIAN,
        status=SessionStatus.HELD if is_held else SessionStatus.PLANNED,
        record_ids=tuple(ids[name] for name in books if name in ids),
    )
    with _on(min(held_on, until), 11):
        log_session(draft, STAFF_ACTOR)


def fill_reading_periods(
    random: Random,
    until: date,
    calendar: Calendar,
    year: Year,
    classes: dict[str, int],
    teachers: dict[str, int],
    circulation: Circulation,
) -> None:
    """Every class comes once a fortnight in its own period, and is counted as a visit too."""
    rows: list[tuple[object, ...]] = []
    last = min(until, date(year.ends_on.year, 5, 15))
    for number, (class_name, class_id) in enumerate(classes.items()):
        day = date(year.starts_on.year, 9, 10) + timedelta(days=number)
        grade, turn = int(class_name[0]), 0
        while day <= last:
            if calendar.is_open(day):
                people, period = 34 + random.randrange(7), 1 + (number + turn) % 5
                first = turn == 0 and grade == 6
                kind = "orientation" if first else "lesson" if turn % 4 == 3 else "reading"
                content = "Nội quy và cách tìm sách" if first else _PERIOD_CONTENTS[(number + turn) % 6]
                rows.append(
                    (
                        day,
                        period,
                        class_id,
                        teachers.get(class_name),
                        kind,
                        content,
                        people,
                        at_local(day, 7 + period, 50),
                    )
                )
                circulation.add_class_visit(
                    day,
                    class_id,
                    grade,
                    people,
                    period,
                    teachers.get(class_name),
                    "orientation" if first else "lesson" if kind == "lesson" else "read",
                )
                turn += 1
            day += timedelta(days=14)
    insert_rows(
        ReadingPeriod,
        ("held_on", "period", "school_class", "teacher", "kind", "content", "pupils", "created_at"),
        rows,
    )
