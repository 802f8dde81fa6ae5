"""F8 takes back the desk's last step and never an older one of somebody else; each line has an undo of its own (L68)."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

from lending_front import Front
from lending_world import STAFF

from library.cataloguing.tables import Copy
from library.foundation.audit import Actor
from library.foundation.tables import AuditEntry
from library.lending.copy_troubles import declare_lost, note_damage
from library.lending.desk import handle_scan
from library.lending.service import check_out
from library.lending.tables import Loan
from library.lending.units.class_corners import open_corner
from library.lending.units.service import hand_over

AN, BINH = "Trần Minh An", "Lê Thanh Bình"


def _lend_to_an(front: Front) -> str:
    book = front.school.add_title("Dế Mèn")[0]
    assert front.desk.scan(book, front.school.readers[AN])["outcome"] == "lent"
    return book


def _page(front: Front) -> str:
    return front.desk.client.get("/staff/desk").text


def _lines(page: str) -> list[str]:
    return re.findall(r'<li class="desk-act[ "].*?</li>', page, re.DOTALL)


def test_l68_after_a_find_f8_takes_back_nothing_older(front: Front) -> None:
    lost = front.school.add_title("Đất rừng")[0]
    declare_lost(lost, actor=STAFF)
    _lend_to_an(front)
    found = front.desk.scan(lost)
    assert "đã tìm thấy" in found["sentence"]
    newest = _lines(found["acts_html"])[0]
    assert "Tìm thấy" in newest and "Đất rừng" in newest and 'name="entry"' not in newest
    page = front.desk.post("/staff/desk/undo")
    assert "Bước vừa rồi là tìm thấy sách, không có gì để hoàn tác." in page and "Đã hoàn tác" not in page
    assert Loan.get().returned_at is None and Copy.get(Copy.barcode == lost).status == "in_service"
    line = next(line for line in _lines(_page(front)) if "Dế Mèn" in line)
    entry = re.search(r'name="entry" value="(\d+)"', line)
    assert entry is not None
    assert "Đã hoàn tác lượt cho mượn: Dế Mèn" in front.desk.post("/staff/desk/undo", entry=entry[1])
    assert Loan.get().ended_as == "corrected"


def test_l68_after_a_refusal_f8_waits_for_a_step_that_can_be_taken_back(front: Front) -> None:
    an_has, binh = _lend_to_an(front), front.school.readers[BINH]
    gone, free = front.school.add_title("Đất rừng", 2)
    Copy.update(status="withdrawn").where(Copy.barcode == gone).execute()
    for scanned in (gone, "TV99999999", "STN.999999"):
        assert front.desk.scan(scanned, binh)["tone"] == "no"
        front.desk.scan(front.school.cards[BINH])  # a card opened is no step
        assert "Bước vừa rồi bị từ chối, không có gì để hoàn tác." in front.desk.post(
            "/staff/desk/undo", reader_id=binh
        )
    assert Loan.get().returned_at is None
    front.desk.scan(free, binh)
    assert "Đã hoàn tác lượt cho mượn: Đất rừng" in front.desk.post("/staff/desk/undo", reader_id=binh)
    assert [loan.copy.barcode for loan in Loan.select().where(Loan.returned_at.is_null())] == [an_has]


def test_l68_a_line_is_taken_back_only_by_whoever_did_it_and_the_newest_of_a_loan_first(front: Front) -> None:
    book = _lend_to_an(front)
    lent = re.search(r'name="entry" value="(\d+)"', _page(front))
    assert lent is not None
    front.desk.post("/staff/desk/renew", barcode=book, reader_id=front.school.readers[AN])
    renewed, first = _lines(_page(front))
    assert 'name="entry"' in renewed and 'name="entry"' not in first
    assert "cuốn này đã có bước khác sau đó" in front.desk.post("/staff/desk/undo", entry=lent[1])
    assert Loan.get().renewals == 1
    colleague = Actor("staff", "Thầy Hùng", STAFF.id + 1)
    free = front.school.add_title("Đất rừng")[0]
    check_out(free, reader_id=front.school.readers[BINH], actor=colleague, channel="desk")
    others = AuditEntry.select().order_by(AuditEntry.id.desc()).first()
    assert others.action == "loan.check_out"
    assert "Không có bước nào vừa làm" in front.desk.post("/staff/desk/undo", entry=others.id)
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 2


def test_l68_a_return_stands_once_something_else_has_happened_to_the_book(front: Front) -> None:
    """Put into a corner, noted as torn, or said to be lost since: the loan is not opened again."""
    school, an = front.school, front.school.readers[AN]
    books = {what: school.add_title(what)[0] for what in ("Vào góc lớp", "Rách", "Mất", "Không ai đụng")}
    corner = open_corner(school.classes["6A1"], school.readers["Nguyễn Văn Dũng"], actor=STAFF)
    for book in books.values():
        check_out(book, reader_id=an, actor=STAFF, channel="desk", overrides=("loan_limit",), comment="nhóm")
        front.desk.scan(book, mode="return")
    entries = {row.subject_id: row.id for row in AuditEntry.select().where(AuditEntry.action == "loan.check_in")}
    loans = {loan.copy.barcode: loan.id for loan in Loan.select()}
    school.clock.at += timedelta(minutes=5)
    hand_over(corner, [books["Vào góc lớp"]], actor=STAFF)
    note_damage(books["Rách"], "torn", actor=STAFF, loan_id=loans[books["Rách"]], comment="rách bìa")
    declare_lost(books["Mất"], actor=STAFF)
    for what, book in books.items():
        said = front.desk.post("/staff/desk/undo", entry=entries[str(loans[book])])
        free = what == "Không ai đụng"
        assert ("Đã hoàn tác lượt nhận trả" if free else "cuốn này đã có bước khác sau đó") in said, what
        assert (Loan.get_by_id(loans[book]).returned_at is None) == free, what


def test_books_that_were_on_no_loan_hide_nothing_that_was_done_before(front: Front) -> None:
    _lend_to_an(front)
    for book in front.school.add_title("Chồng trên bàn đọc", 25):
        front.desk.scan(book, mode="return")
    (line,) = _lines(_page(front))
    assert "Dế Mèn" in line and 'name="entry"' in line


def test_l68_a_step_whose_answer_was_lost_on_the_way_is_the_last_step(front: Front) -> None:
    """A refusal, then a loan of which the browser never heard: it sends the scan again, and F8 takes the loan back."""
    key, an = str(uuid.uuid4()), front.school.readers[AN]
    book = front.school.add_title("Dế Mèn")[0]
    assert front.desk.scan("STN.999999", an)["tone"] == "no"
    handle_scan(book, actor=STAFF, reader_id=an, act_key=key)
    assert front.desk.scan(book, an, key=key)["outcome"] == "already" and Loan.select().count() == 1
    assert "Đã hoàn tác lượt cho mượn: Dế Mèn" in front.desk.post("/staff/desk/undo", reader_id=an)
