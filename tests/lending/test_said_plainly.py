"""What a user with fresh eyes met: days that cannot be, codes called what they are not (L210-L217)."""

from __future__ import annotations

import html
from datetime import date, timedelta

import pytest
from lending_world import STAFF, TODAY, World, open_school

from library.cataloguing.tables import Copy
from library.foundation.errors import Conflict, InvalidInput
from library.lending.bookings.service import BookingDraft, hand_over_lesson, place_booking, take_back_lesson
from library.lending.mass import lend_list
from library.lending.scanned_codes import no_card, unknown_copy
from library.lending.tables import Loan, Visit
from library.lending.units.class_corners import open_corner
from library.lending.units.mobile_shelves import open_shelf
from library.lending.units.queries import get_unit
from library.lending.units.rotation_queries import get_plan
from library.lending.units.rotations import create_plan, do_round, move_round
from library.lending.units.service import hand_over
from library.lending.units.set_drafts import add_to_draft, read_list
from library.lending.units.set_steps import SetRefused
from library.lending.visits import log_class_visit
from library.privacy.anonymising import anonymise_reader
from library.readers import service as readers
from library.readers.tables import Reader


def test_l211_a_code_is_called_what_it_is_in_every_box(school: World) -> None:
    book, card = school.add_title("Dế Mèn")[0], school.cards["Phạm Chi"]
    assert [unknown_copy(code).code for code in (card, "TV00009999", "tv 0000999", "STN.999999", "zz")] == [
        "not_a_copy", "not_a_copy", "not_a_copy", "copy_unknown", "code_unknown",
    ]  # fmt: skip
    assert [no_card(code).code for code in (book, "STN.999999", "zz", "XX", "TV00009999", "đ" * 200)] == [
        "not_a_card", "not_a_card", "code_unknown", "code_unknown",
        "scan_unreadable", "scan_unreadable",
    ]  # fmt: skip


def test_l211_a_card_among_the_books_of_a_list_is_called_one(school: World) -> None:
    """A class list, a lesson's set: whatever box it is, a card is no unknown book."""
    (book,), an = school.add_title("Dế Mèn"), school.readers["Trần Minh An"]
    card = school.cards["Phạm Chi"]
    for code in (card, card[:-1]):  # whole, and read badly
        (line,) = lend_list([(an, code)], actor=STAFF)
        assert [reason.code for reason in line.reasons] == ["not_a_copy"]
    draft = BookingDraft(lesson_on=TODAY, first_period=1, last_period=1, teacher_id=school.readers["Nguyễn Văn Dũng"],
                         subject="Toán", titles={school.records["Dế Mèn"]: 1})  # fmt: skip
    booking = place_booking(draft, actor=STAFF)
    with pytest.raises(SetRefused) as caught:
        hand_over_lesson(booking, [book, card], actor=STAFF)
    assert [problem.reason.code for problem in caught.value.problems] == ["not_a_copy"]
    hand_over_lesson(booking, [book], actor=STAFF)
    with pytest.raises(SetRefused) as caught:
        take_back_lesson(booking, [book, card], actor=STAFF)
    assert [problem.reason.code for problem in caught.value.problems] == ["not_a_copy"]
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 1


def test_l212_the_same_class_in_the_same_period_is_asked_about(school: World) -> None:
    six = school.classes["6A1"]
    first = log_class_visit(six, 35, actor=STAFF, period=2)
    with pytest.raises(Conflict) as twice:
        log_class_visit(six, 35, actor=STAFF, period=2)
    assert (twice.value.code, twice.value.params["visit_id"]) == ("visit_twice", first)
    log_class_visit(six, 35, actor=STAFF, period=3)
    log_class_visit(six, 35, actor=STAFF, visited_on=TODAY - timedelta(days=3), period=2)
    log_class_visit(six, 30, actor=STAFF, purpose="borrow")
    with pytest.raises(Conflict):
        log_class_visit(six, 31, actor=STAFF, purpose="borrow")
    log_class_visit(six, 31, actor=STAFF, purpose="read")
    log_class_visit(six, 35, actor=STAFF, period=2, again=True)
    assert Visit.select().where(Visit.period == 2, Visit.visited_on == TODAY).count() == 2


def test_l213_a_class_visit_lies_in_the_year_of_its_class(school: World) -> None:
    six = school.classes["6A1"]
    for day in (date(2019, 11, 26), date(2026, 7, 31)):
        with pytest.raises(InvalidInput) as outside:
            log_class_visit(six, 35, actor=STAFF, visited_on=day)
        assert (outside.value.code, outside.value.params["field"]) == ("visit_day_outside", "visited_on")
    log_class_visit(six, 35, actor=STAFF, visited_on=date(2026, 9, 7))


@pytest.fixture
def world(app):
    with open_school() as made:
        yield made


def text(reply, status: int) -> str:
    assert reply.status_code == status
    return html.unescape(reply.get_data(as_text=True))


def test_l210_a_day_to_come_is_refused_beside_the_shelf(client, login_as, world: World) -> None:
    token = login_as(client)
    shelf = open_shelf("Tủ xanh", actor=STAFF)
    book = world.add_title("Dế Mèn")[0]
    hand_over(shelf, [book], actor=STAFF)
    form = {"csrf_token": token, "lines": f"{world.cards['Phạm Chi']}\n{book}", "used_on": "2027-01-01"}
    said = text(client.post(f"/staff/shelves/{shelf}/desk", data=form), 422)
    assert "01/01/2027 chưa đến" in said and book in said and not Loan.select().exists()
    assert 'value="2027-01-01"' in said, "the day stays to be put right"
    done = text(client.post(f"/staff/shelves/{shelf}/desk", data={**form, "used_on": "2026-11-20"}), 200)
    assert "Cho mượn: Dế Mèn" in done and Loan.get().loaned_on == date(2026, 11, 20)


def test_l212_a_form_sent_twice_asks_and_then_counts(client, login_as, world: World) -> None:
    token = login_as(client)
    form = {"csrf_token": token, "school_class": world.classes["6A1"], "people": "35", "period": "2",
            "purpose": "lesson", "visited_on": "2026-11-20", "note": "Giữ lời ghi"}  # fmt: skip
    assert client.post("/staff/visits/class", data=form).status_code == 303
    asked = text(client.post("/staff/visits/class", data=form), 409)
    assert "đã có một lượt 35 người tiết 2 ngày 20/11/2026" in asked and "Giữ lời ghi" in asked
    assert f'href="/staff/visits/{Visit.get().id}"' in asked and Visit.select().count() == 1
    assert client.post("/staff/visits/class", data={**form, "again": "1"}).status_code == 303
    assert Visit.select().count() == 2


def test_l165_refused_books_of_a_class_are_named(client, login_as, world: World) -> None:
    token = login_as(client)
    gone = world.add_title("Đất rừng phương Nam")[0]
    Copy.update(status="withdrawn", withdrawn_on=date(2026, 10, 5)).where(Copy.barcode == gone).execute()
    form = {"csrf_token": token, "school_class": world.classes["6A1"], "people": "35", "purpose": "lesson",
            "books": f"{gone}\n{world.cards['Phạm Chi']}"}  # fmt: skip
    said = text(client.post("/staff/visits/class", data=form), 422)
    assert f"{gone} Đất rừng phương Nam: Cuốn này đã thanh lý ngày 05/10/2026" in said
    assert "là thẻ bạn đọc, không phải sách" in said and not Visit.select().exists()


def test_l211_boxes_for_cards_and_books_say_what_was_scanned(client, login_as, world: World) -> None:
    token = login_as(client)
    page = client.post("/staff/visits/card", data={"csrf_token": token, "card": "XX"}, follow_redirects=True)
    assert "Không nhận ra mã XX" in text(page, 200)
    door = client.post("/staff/door", json={"card": "zz"}, headers={"X-CSRF-Token": token})
    assert "không nhận ra mã" in door.json["words"]
    desk = client.post("/staff/desk/scan", json={"text": "TV00009999"}, headers={"X-CSRF-Token": token})
    assert desk.json["sentence"].startswith("Thẻ TV00009999 đọc chưa đúng")


def test_l214_corners_of_a_ring_expect_their_set_on_the_day_of_the_next_round(school: World) -> None:
    keeper = school.readers["Nguyễn Văn Dũng"]
    units = [open_corner(school.add_class(name), keeper, actor=STAFF) for name in ("6A1", "6A2", "6A3")]
    for unit in units:
        hand_over(unit, school.add_title(f"Bộ {unit}", 2), actor=STAFF)

    def expected() -> set[date | None]:
        return {get_unit(unit).due_on for unit in units}

    plan = create_plan(units, starts_on=TODAY, weeks=4, actor=STAFF)
    assert expected() == {date(2026, 12, 21)}
    move_round(plan, 1, date(2026, 12, 22), actor=STAFF)
    assert expected() == {date(2026, 12, 22)}
    school.clock.set_day(date(2026, 12, 22))
    do_round(plan, 1, [], actor=STAFF)
    (coming,) = expected()
    assert coming == next(one.planned_on for one in get_plan(plan).rounds if not one.done)
    assert coming is not None and coming > date(2027, 1, 1)
    school.clock.set_day(coming)
    do_round(plan, 2, [], actor=STAFF)
    (last,) = expected()
    assert last is not None and last > coming, "after the last round the sets stay until the summer return"


def test_l215_every_line_of_a_list_is_named_but_a_heading(school: World) -> None:
    assert read_list("ZZ\n\nABCDEF\n ; \nQWERTY\nX.1") == ["ZZ", "ABCDEF", "QWERTY", "X.1"]
    assert read_list("Mã;Nhan đề\nSTN.1;Truyện\nQWERTY;Sách lạ") == ["STN.1", "QWERTY"]
    assert read_list("Mã sách\nSTN.1\nMã sách") == ["STN.1", "Mã sách"]
    unit = open_corner(school.classes["6A1"], school.readers["Nguyễn Văn Dũng"], actor=STAFF)
    done = add_to_draft(unit, read_list("ZZ\nABCDEF\nX.999"), actor=STAFF)
    assert [(problem.barcode, problem.reason.code) for problem in done.problems] == [
        ("ZZ", "code_unknown"), ("ABCDEF", "code_unknown"), ("X.999", "copy_unknown"),
    ]  # fmt: skip


def test_l216_one_who_is_here_is_asked_about_before_a_second_is_added(client, login_as, world: World) -> None:
    token = login_as(client)
    form = {"csrf_token": token, "full_name": "Đỗ Gia Hân", "kind": "pupil", "class_id": world.classes["6A1"],
            "born_on": "2015-03-04"}  # fmt: skip
    assert client.post("/staff/readers/new", data=form).status_code == 303
    asked = text(client.post("/staff/readers/new", data=form), 409)
    assert "Đã có Đỗ Gia Hân lớp 6A1, sinh 04/03/2015" in asked and "Vẫn thêm" in asked
    same = Reader.select().where(Reader.full_name == "Đỗ Gia Hân")
    assert same.count() == 1
    assert client.post("/staff/readers/new", data={**form, "born_on": "2015-03-05"}).status_code == 303
    assert client.post("/staff/readers/new", data={**form, "again": "1"}).status_code == 303
    assert same.count() == 3


def test_l217_a_forgotten_reader_stays_forgotten(client, login_as, world: World) -> None:
    token = login_as(client)
    reader_id = world.readers["Phạm Chi"]
    readers.change_status(reader_id, "left", STAFF)
    assert "Mở lại bạn đọc" in text(client.get(f"/staff/readers/{reader_id}"), 200)
    anonymise_reader(reader_id, STAFF)
    assert "Mở lại bạn đọc" not in text(client.get(f"/staff/readers/{reader_id}"), 200)
    with pytest.raises(Conflict, match="reader_nameless"):
        readers.change_status(reader_id, "active", STAFF)
    said = client.post(f"/staff/readers/{reader_id}/status", data={"csrf_token": token, "status": "active"},
                       follow_redirects=True)  # fmt: skip
    assert "đã được xoá tên" in text(said, 200) and Reader.get_by_id(reader_id).status == "left"


def test_the_door_has_no_menu(client, login_as, world: World) -> None:
    login_as(client)
    shown = text(client.get("/staff/door"), 200)
    assert "Trình đơn chính" not in shown and "/staff/settings" not in shown
    assert 'href="/staff/visits"' in shown and 'name="card"' in shown and "<title>Cửa thư viện" in shown


def test_a_lesson_on_a_closed_day_is_not_said_to_lack_books(client, login_as, world: World) -> None:
    token = login_as(client)
    world.add_title("Dế Mèn", 3)
    record = Copy.get().record_id
    form = {"csrf_token": token, "lesson_on": "2026-11-29", "first_period": "2", "subject": "Ngữ văn",
            "teacher_id": world.readers["Nguyễn Văn Dũng"], "title": record, f"copies-{record}": "2"}  # fmt: skip
    said = text(client.post("/staff/lessons/new", data={**form, "do": "save"}), 409)
    assert "Hôm đó thư viện đóng cửa" in said and "chưa đủ sách" not in said
