"""The demo school: its size, that it is the same every time, and that it breaks no rule of the house."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from library.cataloguing.marc import read_marc
from library.cataloguing.marc_fields import extract_fields
from library.cataloguing.tables import Acquisition, Copy, Record
from library.demo.books_reading import reading_books
from library.demo.collection import list_titles
from library.demo.school import SCHOOL_NAME, fill_demo
from library.foundation import database as foundation
from library.foundation import preferences
from library.foundation.audit import SYSTEM
from library.foundation.calendar import find_year, load_calendar
from library.foundation.clock import clock_at, local_date, today
from library.foundation.database import database as bound
from library.foundation.errors import Conflict
from library.foundation.vietnamese import nfc
from library.lending.service import check_in, check_out
from library.lending.tables import HoldingUnit, Loan, Placement, ShelfStop, UnitUse, Visit
from library.lending.units.rotation_queries import list_plans
from library.lending.units.tables import SetDraft
from library.promotion.tables import PromotionSession, ReadingPeriod
from library.readers import queries as readers
from library.readers.tables import Card, Department, Enrolment, Reader, SchoolClass
from tests.audit_walk import assert_only_words, worded_log

NOW = datetime(2026, 11, 19, 17, 30, tzinfo=UTC)  # half past midnight on the 20th in Vietnam


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """The demo school of that day, made once; tests get copies."""
    path = tmp_path_factory.mktemp("demo") / "filled.db"
    path.write_bytes(sqlite_template.read_bytes())
    real = foundation.connect(path)
    preferences.forget_cache()
    with clock_at(NOW):
        fill_demo()
    real.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    real.close()
    return path


@pytest.fixture
def school(filled: Path, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "kesach.db"
    path.write_bytes(filled.read_bytes())
    real = foundation.connect(path)
    preferences.forget_cache()
    with clock_at(NOW):
        yield path
    real.close()
    preferences.forget_cache()


def digest() -> str:
    """Everything in the database but what tells one computer from another."""
    seen = hashlib.sha256()
    tables = sorted(name for name in bound.get_tables() if name not in ("meta", "schema_migration"))
    for table in tables:
        rows = bound.execute_sql(f'SELECT * FROM "{table}" ORDER BY 1').fetchall()
        seen.update(table.encode() + repr(rows).encode())
    return seen.hexdigest()


def test_the_school_has_the_promised_size(school: Path) -> None:
    kinds = readers.count_readers()
    assert (kinds["pupil"], kinds["teacher"]) == (480, 35)
    assert [(item.name, item.pupils) for item in readers.list_classes()] == [
        (f"{grade}A{number}", 40) for grade in (6, 7, 8, 9) for number in (1, 2, 3)
    ]
    assert all(item.homeroom_name for item in readers.list_classes())
    assert {item.name for item in readers.list_departments()} == {
        "Toán – Tin", "Ngữ văn", "Khoa học tự nhiên", "Sử – Địa – GDCD", "Ngoại ngữ", "Nghệ thuật – Thể chất",
    }
    assert 2_400 <= Record.select().count() <= 2_600
    assert 8_500 <= Copy.select().count() <= 9_200
    assert Loan.select().count() > 6_000
    assert preferences.get_preference("school_name") == SCHOOL_NAME


def test_there_are_children_of_one_name_also_in_one_class(school: Path) -> None:
    twins = [card for card in readers.search_readers("Nguyễn Minh Anh 6A1")[0] if card.full_name == "Nguyễn Minh Anh"]
    assert len(twins) == 2
    assert len({card.label for card in twins}) == 2
    assert readers.search_readers("lê hoàng phúc")[1] == 2


def test_the_same_day_gives_the_same_school(school: Path, sqlite_template: Path, tmp_path: Path) -> None:
    first = digest()
    again = tmp_path / "again.db"
    again.write_bytes(sqlite_template.read_bytes())
    foundation.connect(again)
    preferences.forget_cache()
    fill_demo()
    assert digest() == first


def test_a_school_with_data_is_never_filled(school: Path) -> None:
    before = digest()
    with pytest.raises(Conflict) as caught:
        fill_demo()
    assert caught.value.code == "demo_not_empty"
    assert digest() == before


@pytest.mark.parametrize(
    "day", [date(2026, 8, 3), date(2027, 2, 8), date(2028, 7, 15)]
)
def test_it_can_be_made_on_any_day(sqlite_database: str, day: date) -> None:
    with clock_at(datetime(day.year, day.month, day.day, 4, tzinfo=UTC)):
        fill_demo()
        assert readers.count_readers()["pupil"] == 480
        year = find_year()
        assert year is not None and year.starts_on <= day <= year.ends_on
        for model, column in ((Loan, Loan.loaned_on), (Loan, Loan.returned_on), (Visit, Visit.visited_on)):
            assert model.select().where(column > day).count() == 0
        assert Copy.select().where(Copy.received_on > day).count() == 0


def test_no_copy_is_lent_twice_and_nobody_has_too_many(school: Path) -> None:
    by_copy = defaultdict(list)
    by_reader = defaultdict(list)
    for loan in Loan.select().order_by(Loan.loaned_at):
        by_copy[loan.copy_id].append((loan.loaned_at, loan.returned_at))
        # Textbooks are for the whole year and outside the limit in all (L21).
        if loan.reader_id and loan.reader_kind == "pupil" and loan.material != "textbook":
            by_reader[loan.reader_id].append((loan.loaned_on, loan.returned_on or date.max))
    for stays in by_copy.values():
        for (_, back), (out, _) in zip(stays, stays[1:], strict=False):
            assert back is not None and back <= out
    for stays in by_reader.values():
        for out, _ in stays:
            assert sum(start <= out < end for start, end in stays) <= 3


def test_loans_keep_to_open_days_and_say_what_was_true(school: Path) -> None:
    calendar = load_calendar()
    for loan in Loan.select():
        assert calendar.is_open(loan.loaned_on) and calendar.is_open(loan.due_on)
        assert local_date(loan.loaned_at) == loan.loaned_on
        assert loan.due_on >= loan.loaned_on
        if loan.returned_on is not None:
            assert calendar.is_open(loan.returned_on) and loan.returned_at >= loan.loaned_at
            assert loan.overdue_days == max((loan.returned_on - loan.due_on).days, 0)
    assert Loan.select().where(Loan.reader.is_null(), Loan.returned_at.is_null()).count() == 0
    overdue = Loan.select().where(Loan.returned_at.is_null(), Loan.due_on < today()).count()
    assert 5 <= overdue <= 80
    assert Loan.select().where(Loan.returned_at.is_null()).count() > 200


def test_two_corners_and_a_shelf_on_its_route(school: Path) -> None:
    units = {unit.name: unit for unit in HoldingUnit.select()}
    assert sorted(units) == ["Góc lớp 6A1", "Góc lớp 6A2", "Góc lớp 7A2", "Góc lớp 8A1", "Tủ sách lưu động số 1"]
    placed = {row.copy_id for row in Placement.select().where(Placement.removed_at.is_null())}
    assert len(placed) >= 80
    out = Loan.select().where(Loan.copy.in_(list(placed)), Loan.returned_at.is_null())
    assert {loan.unit.name for loan in out} == {"Góc lớp 6A1", "Góc lớp 7A2", "Tủ sách lưu động số 1"}
    assert UnitUse.select().count() > 100 and SetDraft.select().count() == 25
    (plan,) = list_plans()
    assert [one.planned_on for one in plan.rounds][0] == date(2026, 11, 23) and len(plan.rows) == 3
    stops = list(ShelfStop.select().order_by(ShelfStop.sequence))
    assert len(stops) == 4
    assert sum(stop.arrived_at is not None and stop.left_at is None for stop in stops) == 1


def test_exactly_one_month_misses_its_quota(school: Path) -> None:
    slots = defaultdict(set)
    for session in PromotionSession.select().where(PromotionSession.status == "held"):
        slots[session.held_on.year, session.held_on.month].add(session.slot)
    months = [(2025, 9), (2025, 10), (2025, 11), (2025, 12), *((2026, month) for month in (1, 2, 3, 4, 5, 9, 10))]
    assert [month for month in months if slots[month] != {"theme", "department"}] == [(2026, 10)]
    assert ReadingPeriod.select().count() > 100


def test_every_record_is_its_marc(school: Path) -> None:
    for row in Record.select().where(Record.id % 50 == 0):
        fields = extract_fields(read_marc(bytes(row.marc)))
        assert (fields.title, fields.part, fields.year, fields.material) == (row.title, row.part, row.year, row.material)


def test_nothing_lies_in_the_future_of_the_clock(school: Path) -> None:
    for table, columns in (
        ("audit_entry", ["at"]), ("loan", ["loaned_at", "returned_at"]), ("visit", ["visited_at"]),
        ("hand_over", ["happened_at"]), ("shelf_stop", ["arrived_at", "left_at"]), ("copy", ["created_at"]),
        ("promotion_session", ["created_at"]), ("reading_period", ["created_at"]), ("reader", ["updated_at"]),
    ):
        for column in columns:
            (latest,) = bound.execute_sql(f'SELECT MAX("{column}") FROM "{table}"').fetchone()
            assert datetime.fromisoformat(latest) <= NOW, (table, column)


def test_registers_have_money_and_sources(school: Path) -> None:
    sources = {row.source for row in Acquisition.select()}
    assert sources >= {"bought", "donated", "district", "province", "retro"}
    numbers = [row.register_number for row in Acquisition.select().order_by(Acquisition.received_on, Acquisition.id)]
    kept = [number for number in numbers if number is not None]
    assert kept == list(range(1, len(kept) + 1))
    this_month = Acquisition.select().where(Acquisition.received_on >= date(2026, 11, 1))
    assert this_month.exists()
    assert Copy.select().where(Copy.price.is_null()).count() == 0
    withdrawn = Copy.select().where(Copy.status == "withdrawn")
    assert all(copy.withdrawn_on and copy.withdrawal_reason and copy.withdrawal_minutes for copy in withdrawn)


def test_the_desk_works_on_it(school: Path) -> None:
    pupil = next(
        card for card in readers.search_readers("", kind="pupil", limit=500)[0]
        if not Loan.select().where(Loan.reader == card.id, Loan.returned_at.is_null()).exists()
    )
    on_loan = Loan.select(Loan.copy).where(Loan.returned_at.is_null())
    placed = Placement.select(Placement.copy).where(Placement.removed_at.is_null())
    copy = Copy.select().join(Record).where(
        Copy.status == "in_service", Record.material == "children", Copy.id.not_in(on_loan), Copy.id.not_in(placed)
    ).first()
    done = check_out(reader_card=pupil.card_number, barcode=copy.barcode, actor=SYSTEM, channel="desk")
    assert done.due_on > today()
    check_in(copy.barcode, actor=SYSTEM, channel="desk")


def test_postgres_takes_it_too(postgres_database: str) -> None:
    with clock_at(NOW):
        fill_demo()
        assert Copy.select().count() > 7_700
        # Running numbers go on after what was filled in bulk.
        assert Reader.create(
            kind="other", full_name="Khách", sort_key="k", fold_key="khach", created_at=NOW, updated_at=NOW
        ).id > 500


def test_names_and_titles_are_clean_vietnamese() -> None:
    titles = list_titles(2026)
    for title in titles:
        fields = title.fields
        for text in (fields.title, fields.part, fields.publisher, *fields.authors):
            assert text == nfc(text) and "|" not in text and "@" not in text
        assert fields.price is None or 5_000 <= fields.price <= 500_000
    keys = [(t.fields.title, t.fields.part, t.fields.book_set, t.fields.authors) for t in titles]
    assert len(set(keys)) == len(keys)
    assert len([isbn for title in titles for isbn in title.fields.isbns]) == len(
        {isbn for title in titles for isbn in title.fields.isbns}
    )
    assert any(title.fields.summary for title in reading_books())


def test_every_reader_has_one_card_and_every_pupil_one_class(school: Path) -> None:
    assert Card.select().where(Card.status == "active").count() == Reader.select().count()
    open_stays = Enrolment.select().where(Enrolment.ended_on.is_null())
    assert open_stays.count() == 480
    assert SchoolClass.select().count() == 24
    assert Department.select().count() == 6
    born = [row.born_on for row in Reader.select().where(Reader.kind == "pupil")]
    assert all(timedelta(days=10 * 365) < today() - day < timedelta(days=17 * 365) for day in born)


def test_the_whole_log_is_told_in_words(school: Path) -> None:
    """Every act of the demo school, as the audit page says it: names of books and people, no code and no number."""
    assert_only_words()
    subjects = {said[1] for entry, said in worded_log() if entry.subject_kind == "loan"}
    assert len(subjects) > 500
    assert all(re.fullmatch(r"Lượt mượn: .+ \(.+\)( – .+)?", name) for name in subjects)
