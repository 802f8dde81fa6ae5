"""A mobile shelf on its road, on real databases: L87, L88, L145–L149; and its pages."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lending_world import STAFF, TODAY, World, open_school, prefer

from library.access.devices import add_device
from library.cataloguing.tables import Copy
from library.foundation.audit import SYSTEM, Actor
from library.foundation.calendar import load_calendar
from library.foundation.clock import at_local
from library.foundation.errors import Conflict, InvalidInput, Refused
from library.lending.service import check_in, check_out
from library.lending.tables import Loan, ShelfStop
from library.lending.units.class_corners import open_corner
from library.lending.units.corner_loans import log_use
from library.lending.units.mobile_shelves import (
    add_stop,
    arrive,
    cancel_stop,
    count_stop,
    leave,
    open_shelf,
    undo_leave,
)
from library.lending.units.queries import list_stops, list_unit_copies
from library.lending.units.service import hand_over
from library.lending.units.set_steps import SetRefused
from library.lending.units.shelf_stops import get_stop_report, list_places, propose_route
from tests.staff_browser import scan, staff_browser
from tests.staff_client import plain

AN, BINH, DUNG = "Trần Minh An", "Lê Thanh Bình", "Nguyễn Văn Dũng"


def shelf(school: World, books: list[str], name: str = "Tủ số 1") -> int:
    unit = open_shelf(name, actor=STAFF)
    hand_over(unit, books, actor=STAFF)
    return unit


@pytest.mark.browser
@pytest.mark.slow
def test_l147_while_counting_the_page_says_what_the_count_will_say(app: Flask, chromium_path: str) -> None:
    """A book from elsewhere is none of the shelf's, one that a reader has is not missing."""
    with open_school() as school, staff_browser(app, chromium_path) as new_page:
        books = school.add_title("Hạt giống tâm hồn", 6)
        (foreign,) = school.add_title("Cuốn của nơi khác")
        unit = shelf(school, books)
        stop = add_stop(unit, "Sân trường", TODAY, TODAY + timedelta(days=4), actor=STAFF)
        arrive(stop, actor=STAFF, copies_out=6)
        for code, who in zip(books, (AN, BINH), strict=False):
            check_out(code, reader_id=school.readers[who], actor=STAFF, channel="mobile", at_unit="Tủ số 1")
        page = new_page("lan")
        page.goto(f"/staff/shelves/{unit}/stops/{stop}/count")
        scan(page, books[1], books[2], Copy.get(Copy.barcode == books[3]).accession_number, foreign)
        said = page.locator("[data-set-count]").inner_text()
        assert said.startswith("3 cuốn trong danh sách, còn thiếu 2, 1 cuốn bạn đọc đang mượn")
        assert "1 cuốn ghi là đang mượn mà có ở đây" in said and f"Không có trong danh sách: {foreign}" in said
        page.get_by_role("button", name="Chỉ đối chiếu").click()
        answer = page.locator(".banner").first.inner_text()
        assert "Thấy 3 trong 6 cuốn" in answer and "Không thấy 2 cuốn" in answer and "1 cuốn bạn đọc đang mượn" in answer


def test_l145_no_two_shelves_at_one_place(school: World) -> None:
    first, second = open_shelf("Tủ số 1", actor=STAFF), open_shelf("Tủ số 2", actor=STAFF)
    until = TODAY + timedelta(days=4)
    stop = add_stop(first, "Điểm Ấp 4", TODAY, until, actor=STAFF)
    with pytest.raises(Conflict) as caught:
        add_stop(second, "điểm ấp  4", until, until + timedelta(days=3), actor=STAFF)
    assert (caught.value.code, caught.value.params["unit"]) == ("stop_taken", "Tủ số 1")
    add_stop(second, "sân trường", TODAY, until, actor=STAFF)
    add_stop(second, "Điểm Ấp 4", until + timedelta(days=1), until + timedelta(days=3), actor=STAFF)
    later = TODAY + timedelta(days=20)
    add_stop(first, "", later, later, actor=STAFF, class_id=school.classes["6A1"])
    with pytest.raises(Conflict, match="stop_taken"):  # the class by its name
        add_stop(second, "lớp 6A1", later, later, actor=STAFF)
    cancel_stop(stop, actor=STAFF)
    third = open_shelf("Tủ số 3", actor=STAFF)
    add_stop(third, "Điểm Ấp 4", TODAY, TODAY, actor=STAFF)  # free again


def test_l146_the_next_stop_knows_corners_visits_and_plans(school: World) -> None:
    prefer(shelf_stop_days=3)
    for name in ("6A2", "6A3"):
        school.add_class(name)
    open_corner(school.classes["6A1"], school.readers[DUNG], actor=STAFF)
    unit = shelf(school, school.add_title("Truyện", 2))
    first = add_stop(unit, "", TODAY, TODAY + timedelta(days=2), actor=STAFF, class_id=school.classes["6A2"])
    assert [stop.name for stop in propose_route(unit)] == ["lớp 6A3", "lớp 6A1"]
    assert propose_route(unit)[0].from_on == TODAY + timedelta(days=3)
    arrive(first, actor=STAFF)
    school.clock.set_day(TODAY + timedelta(days=2), 16)
    leave(first, actor=STAFF)
    assert [(stop.name, stop.why) for stop in propose_route(unit)] == [
        ("lớp 6A3", "never"), ("lớp 6A2", "long_ago"), ("lớp 6A1", "has_corner"),
    ]
    add_stop(unit, "sân trường", date(2026, 12, 1), date(2026, 12, 2), actor=STAFF)
    assert "sân trường" in {place.name for place in list_places() if place.busy}


def test_an_empty_shelf_does_not_set_out(school: World) -> None:
    unit = open_shelf("Tủ số 1", actor=STAFF)
    stop = add_stop(unit, "sân trường", TODAY, TODAY, actor=STAFF)
    with pytest.raises(Conflict, match="shelf_empty"):
        arrive(stop, actor=STAFF)


def test_l148_l184_lending_beside_the_shelf_only(school: World) -> None:
    books = school.add_title("Truyện tranh", 3)
    unit = shelf(school, books)
    with pytest.raises(Refused, match="copy_on_mobile_shelf"):
        check_out(books[0], reader_card=school.cards[AN], actor=STAFF, channel="desk")
    done = check_out(books[0], reader_card=school.cards[AN], actor=STAFF, channel="mobile", at_unit="Tủ số 1")
    loan = Loan.get_by_id(done.loan_id)
    assert (loan.unit_id, loan.purpose, done.due_on) == (unit, "home", date(2026, 12, 7))
    with pytest.raises(Refused, match="copy_on_loan"):  # all other rules hold
        check_out(books[0], reader_card=school.cards[BINH], actor=STAFF, channel="mobile", at_unit="Tủ số 1")
    with pytest.raises(Refused, match="same_title"):
        check_out(books[1], reader_card=school.cards[AN], actor=STAFF, channel="mobile", at_unit="Tủ số 1")
    corner = open_corner(school.classes["6A1"], school.readers[DUNG], actor=STAFF)
    (inside,) = school.add_title("Ở góc lớp")
    hand_over(corner, [inside], actor=STAFF)
    with pytest.raises(Refused, match="copy_in_class_corner"):  # a corner is no shelf
        check_out(inside, reader_card=school.cards[AN], actor=STAFF, channel="mobile", at_unit="Tủ số 1")
    back = check_in(books[0], actor=STAFF, channel="desk")
    assert back.route_to == "Tủ số 1" and len(list_unit_copies(unit)) == 3


def test_l87_l147_l149_counts_loans_and_readings_of_every_stop(school: World) -> None:
    books = [school.add_title(f"Truyện {n}")[0] for n in range(6)]
    unit = shelf(school, books)
    (foreign,) = school.add_title("Sách thư viện")
    first = add_stop(unit, "điểm Ấp 4", TODAY, TODAY + timedelta(days=3), actor=STAFF)
    second = add_stop(unit, "sân trường", date(2026, 11, 30), date(2026, 12, 4), actor=STAFF)
    assert count_stop(first, books, actor=STAFF).missing == ()
    check_out(books[0], reader_card=school.cards[AN], actor=STAFF, channel="mobile", at_unit="Tủ số 1")
    check_out(books[1], reader_card=school.cards[BINH], actor=STAFF, channel="mobile", at_unit="Tủ số 1")
    log_use(unit, actor=STAFF, barcode=books[2], count=3)
    school.clock.set_day(TODAY + timedelta(days=3), 16)
    done = count_stop(first, [books[1], books[2], books[3], books[4], foreign, "X.1"], actor=STAFF)
    assert (done.seen, done.missing, done.lent, done.back) == (4, (books[5],), (books[0],), (books[1],))
    assert [problem.reason.code for problem in done.foreign] == ["not_in_unit", "copy_unknown"]
    stops = list_stops(unit, load_calendar())
    assert (stops[0].copies_out, stops[0].copies_in, stops[0].lent, stops[0].short) == (6, 4, 1, 1)
    assert count_stop(first, books[1:], actor=STAFF).missing == ()  # it was behind the others
    assert list_stops(unit, load_calendar())[0].short == 0
    school.clock.set_day(date(2026, 11, 30))
    arrive(second, actor=STAFF)
    assert ShelfStop.get_by_id(second).copies_out == 5
    with pytest.raises(Conflict, match="stop_not_newest"):  # only the newest stop is counted anew
        count_stop(first, books[1:], actor=STAFF)
    with pytest.raises(SetRefused):
        count_stop(second, [foreign], actor=STAFF)
    school.clock.set_day(date(2026, 12, 1))
    check_in(books[0], actor=STAFF, channel="mobile")
    assert leave(second, actor=STAFF, copies_in=6) == 0  # five out, and An's came back to it
    one, two = get_stop_report(first), get_stop_report(second)
    assert (one.loans, one.readers, one.back, one.reads, two.loans, two.reads) == (2, 2, 2, 3, 0, 0)
    assert [(row.title, row.loans, row.reads) for row in one.titles][0] == ("Truyện 2", 0, 3)


def test_l184_l149_a_mobile_desk_without_network(school: World) -> None:
    from library.contract.kiosk_api import JournalEntry
    from library.foundation.database import transaction
    from library.lending.offline import apply_entry

    books = school.add_title("Truyện", 2)
    unit = shelf(school, books)
    stop = add_stop(unit, "điểm Ấp 4", TODAY, TODAY + timedelta(days=3), actor=STAFF)
    arrive(stop, actor=STAFF)
    add_device("Tủ lưu động", "mobile", SYSTEM)
    device = Actor("device", "Tủ lưu động", 1)
    at = at_local(TODAY + timedelta(days=1), 9).isoformat().replace("+00:00", "Z")
    school.clock.set_day(TODAY + timedelta(days=3), 17)
    results = []
    for barcode, shelf_name in ((books[0], "Tủ số 1"), (books[1], None)):
        entry = JournalEntry(key=str(uuid.uuid4()), kind="checkout", occurred_at=at, reader_card=school.cards[AN],
                             copy_barcode=barcode, unit=shelf_name)  # fmt: skip
        with transaction():
            results.append(apply_entry(entry, {}, actor=device, channel="mobile"))
    assert [(done.status, done.code) for done in results] == [("applied", None), ("conflict", "copy_on_mobile_shelf")]
    assert get_stop_report(stop).loans == 1 and Loan.get().unit_id == unit


# --- pages ----------------------------------------------------------------------------------------


@pytest.fixture
def web_school(app: Flask) -> Iterator[World]:
    with open_school() as world:
        yield world


def test_the_road_of_a_shelf_on_its_pages(client: FlaskClient, login_as, web_school: World) -> None:
    school, token = web_school, login_as(client)
    books = [school.add_title(f"Truyện {n}")[0] for n in range(4)]
    unit = shelf(school, books)

    def post(path: str, status: int = 302, **fields: object) -> str:
        answer = client.post(path, data={"csrf_token": token, **fields})
        assert answer.status_code == status, (path, answer.status_code, plain(answer.text)[:400])
        return plain(client.get(answer.location).text) if 300 <= status < 400 else plain(answer.text)

    page = plain(client.get(f"/staff/shelves/{unit}").text)
    assert "Chặng kế tiếp đề xuất" in page and "lớp 6A1 chưa đến lần nào thứ Hai, 23/11 – thứ Hai, 30/11" in page  # 24/11 is a holiday
    page = post(f"/staff/shelves/{unit}/stops", place="lớp 6A1", class_id=school.classes["6A1"],
                from_on="2026-11-23", until_on="2026-11-28")  # fmt: skip
    assert "Đã thêm chặng" in page and "mọi nơi đã có chặng" in page
    page = post(f"/staff/shelves/{unit}/stops/1/count", 200, barcodes="\n".join(books))
    assert "Thấy 4 trong 4 cuốn của tủ. Đủ cả tủ." in page
    page = post(f"/staff/shelves/{unit}/desk", 200, lines=f"{school.cards[AN]}\n{books[0]}\n{school.cards[BINH]}\nX.9")
    assert "Cho mượn: Truyện 0, hạn 07/12/2026" in page and "Không tìm thấy sách có mã X.9" in page
    assert f">{school.cards[BINH]}\nX.9</textarea>" in client.post(
        f"/staff/shelves/{unit}/desk", data={"csrf_token": token, "lines": f"{school.cards[BINH]}\nX.9"}
    ).text  # what was not done stays in the box
    assert "quét thẻ bạn đọc trước" in post(f"/staff/shelves/{unit}/desk", 200, lines=books[1])
    assert "Nhận trả: Truyện 0 (Trần Minh An)" in post(f"/staff/shelves/{unit}/desk", 200, lines=books[0])
    assert "Đếm về không thể quá 4 cuốn" in post(f"/staff/shelves/{unit}/stops/1/leave", count="99")
    page = post(f"/staff/shelves/{unit}/stops/1/leave", count="3")
    assert "Đếm về thiếu 1 cuốn" in page and "Quét sách trên tủ" in page
    page = post(f"/staff/shelves/{unit}/stops/1/count", 200, barcodes="\n".join(books[:3]))
    assert "Không thấy 1 cuốn, có tên bên dưới." in page and "Truyện 3" in page
    assert "Đã ghi kết quả cho 1 cuốn." in post(f"/staff/units/{unit}/settle", **{f"outcome-{books[3]}": "missing"})
    assert Copy.get(Copy.barcode == books[3]).status == "missing"
    report = plain(client.get(f"/staff/shelves/{unit}/stops/1").text)
    assert "Lượt mượn 1" in report and "Người mượn 1" in report and AN not in report
    for path in (f"/staff/shelves/{unit}/stops/1/sheet", f"/staff/shelves/{unit}/route-sheet"):
        assert "lớp 6A1" in plain(client.get(path).text)
    other = open_shelf("Tủ khác", actor=STAFF)
    assert client.get(f"/staff/shelves/{other}/stops/1").status_code == 404


def test_l226_a_count_alone_moves_no_shelf_and_leaving_is_taken_back(school: World) -> None:
    books = [school.add_title(f"Truyện {n}")[0] for n in range(5)]
    unit = shelf(school, books)
    stop = add_stop(unit, "điểm Ấp 4", TODAY, TODAY + timedelta(days=3), actor=STAFF)
    lent = check_out(books[0], reader_card=school.cards[AN], actor=STAFF, channel="mobile", at_unit="Tủ số 1")
    with pytest.raises(InvalidInput, match="shelf_count_over") as over:
        arrive(stop, actor=STAFF, copies_out=5)
    assert over.value.params == {"field": "count", "most": 4, "listed": 5, "lent": 1}
    assert count_stop(stop, books[1:3], actor=STAFF, moves=False).missing == tuple(books[3:])
    assert list_stops(unit, load_calendar())[0].arrived_at is None
    arrive(stop, actor=STAFF, copies_out=4)
    assert count_stop(stop, books[1:4], actor=STAFF, moves=False).missing == (books[4],)
    assert list_stops(unit, load_calendar())[0].state == "here"
    count_stop(stop, books[1:4], actor=STAFF)
    gone = list_stops(unit, load_calendar())[0]
    assert (gone.state, gone.copies_in, gone.short) == ("done", 3, 1)
    undo_leave(stop, actor=STAFF)
    here = list_stops(unit, load_calendar())[0]
    assert (here.state, here.copies_out, here.copies_in) == ("here", 4, None)
    with pytest.raises(InvalidInput, match="shelf_count_in_over") as over:
        leave(stop, actor=STAFF, copies_in=6)
    assert over.value.params == {"field": "count", "most": 5, "listed": 5, "out": 4}
    assert list_stops(unit, load_calendar())[0].state == "here"
    assert leave(stop, actor=STAFF, copies_in=5) < 0  # the lent one stands there, never scanned back
    undo_leave(stop, actor=STAFF)
    leave(stop, actor=STAFF)
    school.clock.set_day(date(2026, 11, 30))
    arrive(add_stop(unit, "sân trường", date(2026, 11, 30), date(2026, 12, 4), actor=STAFF), actor=STAFF)
    with pytest.raises(Conflict, match="stop_not_newest"):
        undo_leave(stop, actor=STAFF)
    assert Loan.get_by_id(lent.loan_id).returned_at is None


def test_l220_beside_a_shelf_a_book_out_of_service_and_a_name_are_called_what_they_are(
    client: FlaskClient, login_as, web_school: World
) -> None:
    school, token = web_school, login_as(client)
    books = [school.add_title(f"Truyện {n}")[0] for n in range(5)]
    unit = shelf(school, books)
    states = dict(zip(books, ("lost", "missing", "repair", "withdrawn"), strict=False))
    for book, status in states.items():
        Copy.update(status=status).where(Copy.barcode == book).execute()

    def send(*lines: str) -> str:
        fields = {"csrf_token": token, "lines": "\n".join(lines)}
        return client.post(f"/staff/shelves/{unit}/desk", data=fields).text

    page = plain(send(*states))
    for said in ("0: cuốn này đã báo mất", "1: cuốn này ghi là thất lạc", "2: cuốn này đang chờ sửa", "3: cuốn này đã thanh lý"):
        assert f"Truyện {said}" in page
    assert page.count("mang về quầy thư viện quét") == 4 and "quét thẻ bạn đọc trước" not in page
    assert {copy.barcode: copy.status for copy in Copy.select().where(Copy.barcode.in_(list(states)))} == states
    typed = send(school.cards[AN], "Nguyễn Khôngcó", books[4])
    page = plain(typed)
    assert "Ở đây không nhận tên “Nguyễn Khôngcó”. Quét thẻ bạn đọc" in page and "NGUYỄN" not in page
    assert "thẻ vừa rồi chưa mở được" in page and "thẻ hoặc tên" not in page
    assert "Nguyễn Khôngcó" in typed.split("<textarea")[1].split("</textarea>")[0], "what was not done stays in the box"
    assert not Loan.select().exists(), "the book below a name is not the last reader's"
