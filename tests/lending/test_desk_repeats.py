"""The same book twice, piles that are only themselves, limits that say which they are (L221-L223)."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlparse

import pytest
from lending_front import Front
from lending_world import STAFF, World

from library.cataloguing.tables import Copy
from library.foundation.clock import now
from library.lending.corrections import undo_last
from library.lending.desk import find_desk_reader, handle_scan
from library.lending.mass import list_pile, pile_mark
from library.lending.model import PolicyRow
from library.lending.policies import save_policy
from library.lending.service import check_in, check_out
from library.lending.tables import Loan
from library.lending.units.mobile_shelves import open_shelf
from library.lending.units.service import hand_over

AN, BINH = "Trần Minh An", "Lê Thanh Bình"


def test_l221_a_double_scan_is_one_act_whatever_the_desk_does(school: World) -> None:
    book, other = school.add_title("Dế Mèn")[0], school.add_title("Đất rừng")[0]
    an = school.readers[AN]
    check_out(book, reader_id=an, actor=STAFF, channel="desk")
    school.clock.at += timedelta(days=3)
    for mode, first in (("renew", "renewed"), ("return", "returned")):
        said = [handle_scan(book, actor=STAFF, mode=mode) for _ in range(2)]
        assert [answer.outcome for answer in said] == [first, "already"] and said[1].again == first
    assert [handle_scan(other, actor=STAFF, mode="return").outcome for _ in range(2)] == ["not_on_loan", "already"]
    assert list(Loan.select(Loan.renewals).where(Loan.reader == an).tuples()) == [(1,)]
    school.clock.at += timedelta(minutes=2)
    assert handle_scan(other, actor=STAFF, mode="return").outcome == "not_on_loan"


def test_l221_a_return_that_was_undone_can_be_done_again(school: World) -> None:
    book = school.add_title("Dế Mèn")[0]
    check_out(book, reader_id=school.readers[AN], actor=STAFF, channel="desk")
    for _ in range(2):
        assert handle_scan(book, actor=STAFF, mode="return").outcome == "returned"
        undo_last(actor=STAFF)


def test_l231_a_loan_is_lengthened_once_a_day_at_the_desk(front: Front) -> None:
    first, second = front.school.add_title("Dế Mèn")[0], front.school.add_title("Đất rừng")[0]
    an = front.school.readers[AN]
    save_policy(PolicyRow(reader_kind="pupil", grade=6, max_renewals=3), actor=STAFF)
    for book in (first, second):
        check_out(book, reader_id=an, actor=STAFF, channel="desk")
    assert "Đã gia hạn: Dế Mèn" in front.desk.scan(first, mode="renew")["sentence"]
    due_on = Loan.get(Loan.renewals == 1).due_on
    front.school.clock.at += timedelta(hours=2)  # in the afternoon, by the other way of renewing too
    said = f"Dế Mèn: hôm nay đã gia hạn rồi, tính một lần. Hạn trả {due_on:%d/%m/%Y}."
    assert front.desk.scan(first, mode="renew")["sentence"] == said
    assert said in front.desk.post("/staff/desk/renew", barcode=first, reader_id=an)
    assert "Đã gia hạn: Đất rừng" in front.desk.post("/staff/desk/renew", barcode=second, reader_id=an)
    assert [loan.renewals for loan in Loan.select().order_by(Loan.id)] == [1, 1]
    # F8 names the book it takes back, and the day that holds again; the other renewal stands.
    undone = front.desk.post("/staff/desk/undo", reader_id=an)
    before = Loan.get(Loan.renewals == 0)
    assert f"Đã hoàn tác lượt gia hạn: Đất rừng ({AN}, 6A1). Hạn trả lại là {before.due_on:%d/%m/%Y}." in undone
    assert Loan.get(Loan.renewals == 1).due_on == due_on
    assert "Đã gia hạn: Đất rừng" in front.desk.scan(second, mode="renew")["sentence"], "taken back: it may be again"
    front.school.clock.at += timedelta(days=1)
    assert handle_scan(first, actor=STAFF, mode="renew").outcome == "renewed"


def test_l221_the_desk_says_what_was_done_already(front: Front) -> None:
    book = front.school.add_title("Dế Mèn")[0]
    front.desk.scan(book, front.school.readers[AN])
    twice = [front.desk.scan(book, mode="return")["sentence"] for _ in range(2)]
    assert twice[1] == "Dế Mèn: vừa nhận trả xong, tính một lần."
    assert "không ai đang mượn" in front.desk.scan(book, mode="renew")["sentence"]


def test_l223_a_pile_counts_only_itself(front: Front) -> None:
    books = [front.school.add_title(f"Truyện {number}")[0] for number in range(5)]
    for book in books[:2]:
        check_out(book, reader_id=front.school.readers[AN], actor=STAFF, channel="desk")
    Copy.update(status="lost").where(Copy.barcode == books[2]).execute()
    Copy.update(status="withdrawn").where(Copy.barcode == books[3]).execute()
    place = front.desk.client.get("/staff/returns").headers["Location"]
    page = front.desk.client.get(place).text
    mark = page.split('name="comment" value="')[1].split('"')[0]
    for book in (books[0], books[0], books[2], books[3]):
        front.desk.scan(book, mode="return", comment=mark)
    front.desk.scan(books[1], mode="return")  # at the desk, a minute later
    front.desk.scan(books[4], mode="return")
    told = front.desk.get(place)
    assert "Đã nhận trả 1" in told and "Không có lượt mượn 2" in told
    assert "Đã tìm thấy: trở lại trong kho" in told and "Đã thanh lý, để ở bàn thủ thư" in told
    assert "Truyện 1" not in told and "Truyện 4" not in told
    assert int(parse_qs(urlparse(place).query)["from"][0]) == int(now().timestamp())


def test_l223_two_piles_of_a_day_are_two(school: World) -> None:
    books, began = school.add_title("Truyện", 2), now()
    check_in(books[0], actor=STAFF, channel="desk", comment=pile_mark(began))
    school.clock.at += timedelta(seconds=90)
    check_in(books[1], actor=STAFF, channel="desk", comment=pile_mark(now()))
    assert [line.barcode for line in list_pile(STAFF, began).lines] == [books[0]]
    assert [line.barcode for line in list_pile(STAFF, now()).lines] == [books[1]]


def test_l222_a_full_row_is_named_where_it_refuses_and_beside_the_child(front: Front) -> None:
    school, an = front.school, front.school.readers[AN]
    first, second, other = school.add_title("Dế Mèn")[0], school.add_title("Đất rừng")[0], school.add_title("Toán", code="STK")[0]
    save_policy(PolicyRow(reader_kind="pupil", grade=6, collection="STN", max_loans=1), actor=STAFF)
    front.desk.scan(first, an)
    assert "Học sinh khối 6, kho stn: đủ 1/1 cuốn" in front.desk.get(f"/staff/desk?reader={an}")
    refused = front.desk.scan(second, an)["sentence"]
    assert refused == f"{AN} đang mượn 1/1 cuốn được phép (quy định riêng: học sinh, khối 6, kho STN)."
    assert front.desk.scan(other, an)["outcome"] == "lent"


def test_l222_what_a_child_may_still_borrow_is_the_tighter_limit(school: World) -> None:
    save_policy(PolicyRow(reader_kind="pupil", max_loans=1), actor=STAFF)
    before = find_desk_reader(school.readers[AN])
    check_out(school.add_title("Dế Mèn")[0], reader_id=school.readers[AN], actor=STAFF, channel="desk")
    after = find_desk_reader(school.readers[AN])
    assert before is not None and after is not None
    assert (before.remaining, before.full) == (1, ()) and after.remaining == 0 and len(after.full) == 1


@pytest.mark.parametrize("typed", ["nguyễn văn không có", "KHÔNGCÓ", "an 6a9 không có"])
def test_a_name_that_is_not_found_is_no_barcode(front: Front, typed: str) -> None:
    said = front.desk.scan(typed, front.school.readers[BINH])
    assert said["sentence"].startswith(f"Không có bạn đọc nào tên “{typed}”") and said["reader_id"] is None
    assert "thêm bản sách" not in said["result_html"]


def test_reading_here_is_called_that(front: Front) -> None:
    book = front.school.add_title("Dế Mèn")[0]
    said = front.desk.scan(book, front.school.readers[AN], mode="in_library")
    assert said["sentence"] == "Đọc tại chỗ: Dế Mèn. Trả trong ngày." and "Cho mượn" not in said["result_html"]


def test_as_many_names_as_can_be_chosen_by_a_digit(front: Front) -> None:
    for number in range(12):
        front.school.add_reader(f"Vũ Hoa {'ABCDEFGHIKLM'[number]}", "6A1")
    shown = front.desk.scan("vũ hoa")["result_html"]
    assert shown.count("data-desk-pick") == shown.count("<kbd>") == 9 and "Còn 3 bạn đọc nữa" in shown


def test_a_book_of_the_class_list_says_who_has_it(front: Front) -> None:
    book = front.school.add_title("Dế Mèn")[0]
    front.desk.scan(book, front.school.readers[AN], mode="lend")
    said = front.desk.scan(book, front.school.readers[BINH], mode="lend")
    assert said["sentence"] == f"Dế Mèn: vừa cho {AN} mượn, tính một lần.", "L221: a moment ago, at this desk"
    assert said["outcome"] == "already" and said["holder_id"] == front.school.readers[AN]
    front.school.clock.at += timedelta(minutes=2)
    said = front.desk.scan(book, front.school.readers[BINH], mode="lend")["sentence"]
    assert said.startswith(f"Cuốn này đang có người mượn: {AN} 6A1, hạn") and said.endswith("Cần trả trước khi cho mượn.")


def test_l187_what_is_for_the_room_only_is_not_said_to_be_for_teachers(school: World) -> None:
    save_policy(PolicyRow(reader_kind="pupil", collection="BAO", loanable=False), actor=STAFF)
    save_policy(PolicyRow(reader_kind="teacher", collection="BAO"), actor=STAFF)
    paper = school.add_title("Báo Nhi đồng", code="BAO")[0]
    answer = handle_scan(paper, actor=STAFF, reader_id=school.readers[AN])
    assert [reason.code for reason in answer.reasons] == ["not_for_home"]


def test_l203_what_was_typed_in_beside_a_shelf_is_not_undone_at_the_desk(front: Front) -> None:
    at_desk, on_shelf = front.school.add_title("Dế Mèn")[0], front.school.add_title("Đất rừng")[0]
    unit = open_shelf("Tủ xanh", actor=STAFF)
    hand_over(unit, [on_shelf], actor=STAFF)
    front.desk.scan(at_desk, front.school.readers[AN])
    front.desk.post(f"/staff/shelves/{unit}/desk", 200, lines=f"{front.school.cards[BINH]}\n{on_shelf}")
    assert "Đất rừng" not in front.desk.get("/staff/desk")
    assert "Đã hoàn tác lượt cho mượn: Dế Mèn" in front.desk.post("/staff/desk/undo")
    assert [loan.copy.barcode for loan in Loan.select().where(Loan.returned_at.is_null())] == [on_shelf]


def test_a_double_scan_is_named_when_a_corner_gives_and_takes(front: Front) -> None:
    book, lent = front.school.add_title("Dế Mèn")[0], front.school.add_title("Đất rừng")[0]
    check_out(lent, reader_id=front.school.readers[AN], actor=STAFF, channel="desk")
    unit = open_shelf("Tủ xanh", actor=STAFF)
    refused = front.desk.post(f"/staff/units/{unit}/out", 409, barcodes=lent, received_by="Cô Mai")
    assert "Nhận trả rồi mới giao đi được" in refused and "trước khi cho mượn" not in refused
    for way in ("out", "back"):
        told = front.desk.post(f"/staff/units/{unit}/{way}", barcodes=f"{book}\n{book}", received_by="Cô Mai")
        assert way == "out" or f"Quét hai lần, tính một: {book}" in told
