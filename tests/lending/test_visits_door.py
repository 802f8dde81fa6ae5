"""Visits at the door, classes that read, the diary (docs/lending-rules.md L164–L166)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lending_world import STAFF, TODAY, World, open_school

from library.access.devices import add_device
from library.access.tables import Device
from library.contract.kiosk_api import JournalEntry
from library.foundation.audit import Actor
from library.foundation.clock import iso_instant, now
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, NotFound, Refused
from library.foundation.tables import AuditEntry
from library.lending import service as lending
from library.lending.class_reading import correct_class_visit, count_books, log_class_reading
from library.lending.offline import apply_entry
from library.lending.tables import Loan, Visit
from library.lending.visits import count_visits_on, list_visits_on, log_card_visit, remove_visit
from library.readers import service as readers
from library.reporting.diary import make_diary


def test_l165_books_a_class_has_read_count_on_the_spot_without_a_name(school: World) -> None:
    first, second = school.add_title("Dế Mèn")[0], school.add_title("Đất rừng")[0]
    teacher = school.readers["Nguyễn Văn Dũng"]
    visit = log_class_reading(
        school.classes["6A1"], 35, [first, second, f" {first} ", ""], actor=STAFF, period=2, teacher_id=teacher
    )
    assert count_books([visit]) == {visit: 2}
    rows = list(Loan.select())
    assert {(row.purpose, row.reader_id, row.class_name, row.grade, row.ended_as) for row in rows} == {
        ("in_library", None, "6A1", 6, "returned")
    }
    line = make_diary(2026, 11).days[0]
    assert (line.people, line.in_library, line.home, line.books["children"]) == (35, 2, 0, 2)
    assert lending.check_out(first, reader_id=school.readers["Phạm Chi"], actor=STAFF, channel="desk"), "still lendable"
    remove_visit(visit, actor=STAFF)
    after = make_diary(2026, 11).days[0]
    assert (after.people, after.in_library, after.home) == (0, 0, 1), "undone: neither visit nor reading counts"


def test_l165_what_cannot_have_been_read_is_named_and_nothing_is_kept(school: World) -> None:
    out = school.add_title("Dế Mèn")[0]
    lending.check_out(out, reader_id=school.readers["Phạm Chi"], actor=STAFF, channel="desk")
    with pytest.raises(Refused) as refusal:
        log_class_reading(school.classes["6A1"], 30, [out, "STN.999999"], actor=STAFF)
    assert [reason.code for reason in refusal.value.reasons] == ["copy_on_loan", "copy_unknown"]
    assert Visit.select().count() == 0 and Loan.select().count() == 1
    with pytest.raises(InvalidInput):
        log_class_reading(school.classes["6A1"], 30, [f"STN.{number}" for number in range(201)], actor=STAFF)


def test_l166_a_class_visit_is_put_right_and_the_audit_keeps_both(school: World) -> None:
    visit = log_class_reading(school.classes["6A1"], 53, [], actor=STAFF, period=2)
    correct_class_visit(visit, 35, actor=STAFF, period=3, teacher_id=None, purpose="read", note="ghi nhầm")
    (line,) = list_visits_on(TODAY)
    assert (line.people, line.period, line.purpose, line.note) == (35, 3, "read", "ghi nhầm")
    entry = AuditEntry.get(AuditEntry.action == "visit.correct")
    assert (entry.before["people"], entry.after["people"]) == (53, 35)
    correct_class_visit(visit, 35, actor=STAFF, period=3, teacher_id=None, purpose="read", note="ghi nhầm")
    assert AuditEntry.select().where(AuditEntry.action == "visit.correct").count() == 1, "nothing changed, nothing noted"
    for wrong in ({"people": 0}, {"people": 201}, {"period": 13}, {"purpose": "sleep"}):
        values = {"people": 35, "period": 3, "teacher_id": None, "purpose": "read", **wrong}
        with pytest.raises(InvalidInput):
            correct_class_visit(visit, actor=STAFF, **values)
    by_card = log_card_visit(school.cards["Phạm Chi"], actor=STAFF).visit_id
    with pytest.raises(NotFound):
        correct_class_visit(by_card, 2, actor=STAFF, period=None, teacher_id=None, purpose="read")


def test_l164_the_door_the_kiosk_and_the_list_count_one_person_once_an_hour(school: World) -> None:
    add_device("Quầy 1", "kiosk", STAFF)
    device = Actor("device", "Quầy 1", Device.get().id)
    card = school.cards["Phạm Chi"]
    log_card_visit(card, actor=STAFF)
    school.clock.at += timedelta(minutes=20)
    entry = JournalEntry(key="k1", kind="visit", occurred_at=iso_instant(now()), reader_card=card)
    with transaction():
        assert apply_entry(entry, {}, actor=device).status == "applied"
    assert count_visits_on(TODAY) == 1
    school.clock.at += timedelta(minutes=90)
    other = JournalEntry(key="k2", kind="visit", occurred_at=iso_instant(now()), reader_card=card)
    with transaction():
        apply_entry(other, {}, actor=device)
        assert apply_entry(other, {}, actor=device).status == "repeated"
    assert count_visits_on(TODAY) == 2 and {row.source for row in Visit.select()} == {"card", "kiosk"}


def test_the_diary_adds_up_over_days_and_since_the_first_day_of_the_year(school: World) -> None:
    for day, people in ((date(2026, 9, 14), 30), (date(2026, 11, 3), 20), (date(2026, 11, 23), 10)):
        school.clock.set_day(day)
        log_class_reading(school.classes["6A1"], people, [], actor=STAFF)
    log_card_visit(school.cards["Nguyễn Văn Dũng"], actor=STAFF)
    diary = make_diary(2026, 11)
    assert [(line.day.day, line.people) for line in diary.days] == [(3, 20), (23, 11)]
    assert diary.grades == (6,) and diary.month.visits["teacher"] == 1
    assert (diary.month.people, diary.since_start.people) == (31, 61)
    assert make_diary(2026, 10).days == () and make_diary(2026, 10).since_start.people == 30


@pytest.fixture
def desk(app):
    with open_school() as world:
        yield world


def scan(client, token: str, card: str) -> dict:
    reply = client.post("/staff/door", json={"card": card}, headers={"X-CSRF-Token": token, "Accept": "application/json"})
    assert reply.status_code == 200
    return reply.json


def test_the_door_greets_by_given_name_and_refuses_kindly(desk, client, login_as) -> None:
    token = login_as(client, "assistant")
    chi = desk.cards["Phạm Chi"]
    first = scan(client, token, chi.lower())
    assert (first["words"], first["tone"], first["count"]) == ("Chào em Chi, lớp 6A1!", "ok", 1)
    again = scan(client, token, chi)
    assert again["tone"] == "attention" and again["count"] == 1 and again["visit"] is None
    readers.replace_lost_card(desk.readers["Phạm Chi"], STAFF)
    for bad, said in ((chi, "Thẻ này là thẻ cũ rồi. Em quét thẻ mới nhé."), ("TV99999990", "chưa đọc được"), ("STN.000001", "Đây là sách"),
                      ("\x00\ufffd;DROP", "chưa đọc được"), ("", "chưa đọc được"), ("THE-TRUONG-KHAC-77", "")):  # fmt: skip
        answer = scan(client, token, bad)
        assert answer["tone"] == "no" and said in answer["words"] and answer["count"] == 1, bad
        assert "Phạm" not in answer["words"]
    undone = client.post(f"/staff/door/{first['visit']}/undo", json={}, headers={"X-CSRF-Token": token}).json
    assert undone["count"] == 0
    page = client.get("/staff/door").get_data(as_text=True)
    assert "Chi" not in page.split("<main")[1], "no name is left on the page"
    plain = client.post("/staff/door", data={"csrf_token": token, "card": desk.cards["Phạm Chi"]})
    assert plain.status_code == 303, "without a script it is a form like others"


def test_pages_of_the_visit_and_the_diary(desk, client, login_as) -> None:
    token = login_as(client, "librarian")
    book = desk.add_title("Dế Mèn")[0]
    form = {"csrf_token": token, "school_class": desk.classes["6A1"], "people": "35", "purpose": "lesson", "period": "2"}
    bad = client.post("/staff/visits/class", data={**form, "books": f"{book}\r\nSTN.123456"})
    shown = bad.get_data(as_text=True)
    assert bad.status_code == 422 and "Không tìm thấy sách có mã STN.123456" in shown and book in shown
    client.post("/staff/visits/class", data={**form, "books": f"{book}\r\n"})
    listed = client.get("/staff/visits").get_data(as_text=True)
    assert "Đã ghi lớp đến thư viện: 35 lượt, đọc 1 cuốn." in listed, "the saved message names the books"
    assert listed.count("đọc 1 cuốn") == 2
    visit = Visit.get().id
    assert "Sửa lượt của lớp 6A1" in client.get(f"/staff/visits/{visit}").get_data(as_text=True)
    wrong = client.post(f"/staff/visits/{visit}", data={"csrf_token": token, "people": "ba mươi", "purpose": "read"})
    assert wrong.status_code == 422 and "Ghi số người đến" in wrong.get_data(as_text=True)
    client.post(f"/staff/visits/{visit}", data={"csrf_token": token, "people": "36", "purpose": "read", "period": "3"})
    assert Visit.get().people == 36
    diary = client.get("/staff/visits/diary?month=2026-11").get_data(as_text=True)
    assert "Luỹ kế năm học" in diary and "Khối 6" in diary and "36" in diary
    assert "chưa ghi lượt nào" in client.get("/staff/visits/diary?month=2026-10").get_data(as_text=True)
