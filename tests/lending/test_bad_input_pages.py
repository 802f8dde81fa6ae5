"""The bad input of issue 3 walked through the pages themselves: each is said in clear Vietnamese, nothing is lost,
nothing loops. What scanners and kiosks send besides is in test_bad_input.py."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lending_front import Front
from lending_world import STAFF, TODAY

from library.cataloguing.tables import Copy
from library.contract.scans import make_card_number
from library.foundation.tables import ClosedPeriod
from library.lending.holds import place_hold
from library.lending.service import check_out
from library.lending.tables import Hold, HoldingUnit, LessonBooking, Loan, Placement, ShelfStop
from library.lending.units.class_corners import open_corner
from library.lending.units.mobile_shelves import open_shelf
from library.lending.units.service import hand_over
from library.readers.service import replace_lost_card
from library.readers.tables import Reader, ReaderBlock, SchoolClass
from tests.staff_client import plain

AN, BINH, CHI, DUNG = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi", "Nguyễn Văn Dũng"


def sure(said: str, *words: str) -> None:
    """These words, and no raw code, no English error."""
    for word in words:
        assert word in said, said[:1500]
    for raw in ("_unknown", "_bad", "Traceback", "Internal", "None"):
        assert raw not in said, (raw, said[:1500])


def follow(front: Front, path: str, **fields: object) -> str:
    """Post a form and read the page it leads to."""
    data = {"csrf_token": front.desk.token, **fields}
    answer = front.desk.client.post(path, data=data, follow_redirects=True)
    assert answer.status_code == 200, (path, answer.status_code)
    return plain(answer.text)


def test_cards_at_the_desk_and_at_the_door(front: Front) -> None:
    """Unknown, damaged, replaced, expired, blocked: the desk says which, the door lets in whoever may come in."""
    school, desk = front.school, front.desk
    (book,) = school.add_title("Truyện")
    old = school.cards[AN]
    replace_lost_card(school.readers[AN], STAFF)
    damaged = old[:-1] + str((int(old[-1]) + 1) % 10)
    for card, word in ((make_card_number(999_999), "Không tìm thấy"), (damaged, "đọc chưa đúng"), (old, "không còn dùng")):
        said = desk.scan(card)
        sure(said["sentence"], word)
        assert said["outcome"] != "reader"
    Reader.update(leaves_on=TODAY - timedelta(days=1)).where(Reader.id == school.readers[BINH]).execute()
    ReaderBlock.create(reader=school.readers[CHI], kind="manual", starts_on=TODAY, ends_on=TODAY + timedelta(days=3),
                       reason="làm ồn", created_at=school.clock.at)  # fmt: skip
    sure(desk.scan(book, school.readers[BINH])["sentence"], "Thẻ của", "đã hết hạn")
    sure(desk.scan(book, school.readers[CHI])["sentence"], "làm ồn", "26/11/2026")
    assert Loan.select().count() == 0
    for text in ("", "\x00\x07", "x" * 5_000, "<script>alert(1)</script>", "+84 900 000 000", "TV0000001\u200b"):
        assert desk.scan(text)["outcome"] in ("unknown", "refused", "candidates", "nothing", "empty"), text


def test_a_set_with_the_same_copy_twice_and_codes_of_elsewhere(front: Front) -> None:
    school, desk = front.school, front.desk
    first, second = school.add_title("Truyện", 2)
    Copy.update(barcode="KS-777").where(Copy.barcode == second).execute()  # its number and its barcode differ
    unit = open_corner(school.add_class("6A1"), school.readers[DUNG], actor=STAFF)
    pile = f"{first}\r\n{first.lower()}\r\nKS-777\r\n{second}\r\n"
    refused = desk.post(f"/staff/units/{unit}/out", 409, barcodes=f"{pile}THPT2-00451\r\n")
    sure(refused, "Chưa ghi gì: 1 dòng chưa giao nhận được", "THPT2-00451", "Không tìm thấy sách có mã")
    assert Placement.select().count() == 0
    desk.post(f"/staff/units/{unit}/out", barcodes=pile)
    assert Placement.select().count() == 2  # each once, whatever was read off it
    back = desk.post(f"/staff/units/{unit}/back", barcodes=f"{first}\r\n{first}\r\nKS-777\r\n{second}\r\n")
    sure(back, "Đã nhận về 2 cuốn")


def test_a_class_deleted_under_its_corner(front: Front) -> None:
    school, desk = front.school, front.desk
    empty = school.add_class("9A9")
    unit = open_corner(empty, school.readers[DUNG], actor=STAFF)
    hand_over(unit, school.add_title("Truyện", 2), actor=STAFF)
    said = follow(front, f"/staff/classes/{empty}/delete")
    sure(said, "9A9 đã có góc lớp")
    assert SchoolClass.select().where(SchoolClass.id == empty).exists()
    assert Placement.select().where(Placement.removed_at.is_null()).count() == 2
    sure(desk.get(f"/staff/units/{unit}"), "Góc lớp 9A9", "2 / 40 bản")
    sure(desk.get("/staff/corners"), "9A9")
    gone = desk.client.get("/staff/units/9999")
    assert gone.status_code == 404 and "không còn mở" in gone.text
    desk.post("/staff/corners/new", 404, class_id="9999", responsible_id=str(school.readers[DUNG]))
    assert HoldingUnit.select().count() == 1


def test_days_that_have_not_come_or_are_no_days(front: Front) -> None:
    school, desk = front.school, front.desk
    (book,) = school.add_title("Truyện")
    loan = check_out(book, reader_card=school.cards[AN], actor=STAFF, channel="desk").loan_id
    page = f"/staff/loans/{loan}"
    for day, word in (((TODAY + timedelta(days=1)).isoformat(), "Ngày trả phải từ ngày mượn đến hôm nay"),
                      ("2026-11-20", "Ngày trả phải từ ngày mượn đến hôm nay"), ("31/02/2026", "Ngày chưa đúng"),
                      ("", "Ngày chưa đúng"), ("0000-00-00", "Ngày chưa đúng")):  # fmt: skip
        sure(follow(front, f"{page}/back", returned_on=day, comment="ghi lùi ngày"), word)
    sure(follow(front, f"{page}/due-day", due_on="2099-01-01", comment="x"), "Hạn trả phải sau ngày mượn")
    for day in ("2027-01-01", "hôm qua"):
        answer = desk.client.post("/staff/visits/class", data={"csrf_token": desk.token, "people": "30", "purpose": "read",
                                  "school_class": school.classes["6A1"], "visited_on": day})  # fmt: skip
        assert answer.status_code == 422 and ("chưa đến" in answer.text or "chưa đúng" in answer.text), day
    assert Loan.get_by_id(loan).returned_at is None


@pytest.fixture
def closed(front: Front) -> Front:
    """The school is rebuilt: no open day for two years."""
    ClosedPeriod.create(starts_on=TODAY, ends_on=TODAY + timedelta(days=730), name="Xây lại trường", kind="other")
    return front


def test_a_calendar_closed_all_year_on_every_page_that_asks_it(closed: Front) -> None:
    school, desk = closed.school, closed.desk
    (book, other) = (school.add_title(title)[0] for title in ("Truyện", "Truyện khác"))
    sure(desk.scan(book, school.readers[AN])["sentence"], "Lịch không còn ngày mở cửa nào trong một năm tới")
    assert Loan.select().count() == 0
    for address in ("desk", "corners", "corners/new", "shelves", "holds", "lessons", "lessons/month", "lessons/new",
                    "overdue", "calendar", "visits"):  # fmt: skip
        answer = desk.client.get(f"/staff/{address}", follow_redirects=True)
        assert answer.status_code == 200, address
    # A corner may be opened and filled: it needs no open day; its day is the plain one.
    class_id = school.add_class("6A1")
    desk.post("/staff/corners/new", class_id=str(class_id), responsible_id=str(school.readers[DUNG]))
    unit = HoldingUnit.get()
    assert unit.due_on == TODAY + timedelta(weeks=4)
    desk.post(f"/staff/units/{unit.id}/out", barcodes=book)
    # Rotations and routes find no day and say so.
    second = open_corner(school.add_class("6A2"), school.readers[DUNG], actor=STAFF)
    said = desk.post("/staff/corners/rotations", 422, unit_ids=[str(unit.id), str(second)], weeks="2",
                     starts_on=(TODAY + timedelta(days=7)).isoformat())  # fmt: skip
    sure(said)
    shelf = open_shelf("Tủ số 1", actor=STAFF, responsible_id=school.readers[DUNG])
    sure(desk.get(f"/staff/shelves/{shelf}"), "Tủ số 1")
    assert ShelfStop.select().count() == 0
    # Lessons: one day may be kept with a reason, a series has no day at all.
    record = school.records["Truyện khác"]
    lesson = {"title": record, f"copies-{record}": 1, "lesson_on": (TODAY + timedelta(days=1)).isoformat(),
              "first_period": 1, "teacher_id": school.readers[DUNG], "subject": "Ngữ văn", "do": "save"}  # fmt: skip
    sure(desk.post("/staff/lessons/new", 409, **lesson), "Ngày thư viện đóng cửa")
    sure(desk.post("/staff/lessons/new", 422, **{**lesson, "weeks": 1}), "ngày nào cũng đóng cửa")
    assert LessonBooking.select().count() == 0
    # A hold kept on the pickup shelf stays there the plain number of days.
    place_hold(school.readers[AN], record, actor=STAFF)
    follow(closed, "/staff/holds/fetched", barcode=other)
    assert Hold.get().pickup_until_on == TODAY + timedelta(days=3)
