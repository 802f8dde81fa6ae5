"""Piles of returns and books for a class: totals that add up, one request for a whole list, and a real browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lending_front import Front
from lending_world import STAFF, World, prefer

from library.foundation.clock import now
from library.foundation.errors import InvalidInput
from library.lending.corrections import undo_last
from library.lending.holds import place_hold
from library.lending.mass import lend_list, list_pile, pile_mark
from library.lending.service import check_in, check_out
from library.lending.tables import Loan

AN, BINH, CHI, DUNG = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi", "Nguyễn Văn Dũng"


def test_a_pile_adds_up(school: World) -> None:
    school.add_reader("Cao Bảo", "6A2")
    books = [school.add_title(f"Truyện {n}")[0] for n in range(6)]
    due_on = max(
        check_out(book, reader_card=school.cards[who], actor=STAFF, channel="desk").due_on
        for book, who in zip(books, (AN, AN, BINH, "Cao Bảo", DUNG), strict=False)
    )
    place_hold(school.readers[CHI], school.records["Truyện 2"], actor=STAFF)
    school.clock.set_day(due_on + timedelta(days=2))
    since = now()
    for book in books:
        check_in(book, actor=STAFF, channel="desk", comment=pile_mark(since))
    pile = list_pile(STAFF, since)
    assert (pile.returned, pile.not_on_loan, pile.kept, pile.readers) == (5, 1, 1, 4)
    assert pile.by_class == (("Lớp 6A1", 3), ("Lớp 6A2", 1), ("Giáo viên", 1))
    assert pile.late == sum(line.days_late > 0 for line in pile.lines) > 0
    assert next(line.kept_for for line in pile.lines if line.title == "Truyện 2") == CHI
    undo_last(actor=STAFF)  # the newest return of a loan
    assert list_pile(STAFF, since).returned == 4
    assert list_pile(STAFF, now() + timedelta(minutes=1)).lines == ()


def test_a_whole_list_is_one_transaction_and_a_refusal_leaves_the_others(school: World) -> None:
    prefer(max_loans_pupil=1)
    books = [school.add_title(f"Truyện {n}")[0] for n in range(4)]
    an, binh, chi = (school.readers[who] for who in (AN, BINH, CHI))
    pairs = [(an, books[0]), (binh, f" {books[1].lower()} "), (chi, books[0]), (chi, "STN.999999"), (an, books[2])]
    done = lend_list(pairs, actor=STAFF)
    assert [answer.loan is not None for answer in done] == [True, True, False, False, False]
    assert [tuple(reason.code for reason in answer.reasons) for answer in done[2:]] == [
        ("copy_on_loan",), ("copy_unknown",), ("loan_limit",),
    ]  # fmt: skip
    assert Loan.select().count() == 2
    for bad in ([], [(an, books[3])] * 401):
        with pytest.raises(InvalidInput):
            lend_list(bad, actor=STAFF)


def test_the_pages_without_script(front: Front) -> None:
    school, desk = front.school, front.desk
    books = [school.add_title(f"Truyện {n}")[0] for n in range(3)]
    assert "6A1" in desk.get("/staff/class-loans")
    page = desk.get(f"/staff/class-loans/{school.classes['6A1']}")
    assert page.index("Trần Minh An") < page.index("Lê Thanh Bình") < page.index("Phạm Chi")  # by given name
    page = desk.post(f"/staff/class-loans/{school.classes['6A1']}", barcodes=f"{books[0]}\n\n{books[1]}\n")
    assert "Đã cho mượn 2 cuốn" in page and "Truyện 1" in page
    assert {loan.reader_id for loan in Loan.select()} == {school.readers[AN], school.readers[CHI]}
    page = desk.post(f"/staff/class-loans/{school.classes['6A1']}", 200, barcodes=books[0])
    assert "1 dòng chưa cho mượn được" in page and "đang mượn chính cuốn này" in page
    page = desk.post(f"/staff/class-loans/{school.classes['6A1']}", 422, barcodes="A\nB\nC\nD")
    assert "4 dòng mã mà lớp chỉ có 3 em" in page
    assert desk.client.get("/staff/returns").status_code == 302
    began = int(now().timestamp())
    for book in books:
        desk.scan(book, mode="return", comment=pile_mark(now()))
    page = desk.get(f"/staff/returns?from={began}")
    assert "Đã nhận trả 2" in page and "Không có lượt mượn 1" in page and "Phạm Chi" in page
    for strange in ("-5", "99999999999999999999", "x"):
        assert desk.client.get(f"/staff/returns?from={strange}").status_code in (200, 302)


def test_textbooks_of_a_class_are_counted_not_listed(front: Front) -> None:
    """Nine textbooks a child would hide the story that was just lent."""
    school = front.school
    for number in (1, 2):
        [book] = school.add_title(f"Toán {number}", material="textbook")
        check_out(book, reader_card=school.cards[AN], actor=STAFF, channel="desk")
    [story] = school.add_title("Dế Mèn phiêu lưu ký")
    check_out(story, reader_card=school.cards[AN], actor=STAFF, channel="desk")
    page = front.desk.get(f"/staff/class-loans/{school.classes['6A1']}")
    assert "Dế Mèn phiêu lưu ký" in page and "và 2 cuốn sách giáo khoa" in page and "Toán 1" not in page


def test_only_lends_in_class_mode(front: Front) -> None:
    """A copy that is out is refused there, never quietly taken back."""
    school, (book,) = front.school, front.school.add_title("X")
    check_out(book, reader_card=school.cards[BINH], actor=STAFF, channel="desk")
    school.clock.at += timedelta(minutes=2)  # within a minute it is the same book read twice (L221)
    answer = front.desk.scan(book, school.readers[AN], mode="lend")
    assert answer["outcome"] == "refused" and "đang có người mượn" in answer["sentence"]
    assert Loan.get().reader_id == school.readers[BINH] and Loan.get().returned_at is None
