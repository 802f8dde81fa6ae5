"""What a loan's page and letter say: lateness first, and everything that was put right, with its reason."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lending_acts import lend
from lending_front import Front
from lending_world import STAFF, World

from library.foundation.errors import InvalidInput
from library.lending.closing import close_library
from library.lending.corrections import set_due_day
from library.lending.model import LengthKind, PolicyRow
from library.lending.policies import save_policy
from library.lending.units.class_corners import open_corner

AN = "Trần Minh An"


def test_a_late_book_is_called_late_when_it_is_recalled_and_in_its_letter(front: Front) -> None:
    school, desk = front.school, front.desk
    (book,) = school.add_title("Dế Mèn phiêu lưu ký")
    loan = lend(school, AN, book)
    letter = f"/staff/loans/{loan.loan_id}/letter"
    assert "Trả chậm nhất thứ Hai, 07/12/2026" in desk.get(letter)
    school.clock.set_day(loan.due_on + timedelta(days=3))
    desk = front.sign_in()
    page = desk.get(letter)
    assert "đã quá hạn" in page and "đã trễ 3 ngày" in page and "Trả chậm nhất" not in page
    said = desk.post(f"/staff/loans/{loan.loan_id}/recall", days="3")
    assert "quá hạn từ 07/12/2026: mong trả ngay" in said and "hạn trả mới" not in said
    assert "cần cuốn sách dưới đây cho bạn đọc khác, và cuốn sách đã quá hạn" in desk.get(letter)


def test_a_loan_s_page_tells_of_a_return_dated_back_and_of_damage_with_their_reasons(front: Front) -> None:
    school, desk = front.school, front.desk
    (book,) = school.add_title("Dế Mèn phiêu lưu ký")
    loan = lend(school, AN, book)
    path = f"/staff/loans/{loan.loan_id}"
    school.clock.set_day(loan.due_on + timedelta(days=1))
    desk = front.sign_in()
    desk.post(f"{path}/back", returned_on=str(loan.due_on), comment="nằm trong thùng trả")
    desk.post(f"{path}/damage", condition="damaged", comment="ướt mấy trang đầu")
    page = desk.get(path)
    assert "Ghi ngày trả" in page and "trả ngày 07/12/2026, nằm trong thùng trả" in page
    assert "Ghi hư hỏng" in page and "ướt mấy trang đầu" in page


def test_l224_days_chosen_by_hand_can_be(school: World) -> None:
    (book,) = school.add_title("X")
    loan = lend(school, AN, book)
    with pytest.raises(InvalidInput) as sunday:
        set_due_day(loan.loan_id, date(2026, 12, 6), actor=STAFF, comment="xin thêm")
    assert sunday.value.code == "due_day_closed" and sunday.value.params["next"] == date(2026, 12, 7)
    set_due_day(loan.loan_id, date(2026, 12, 8), actor=STAFF, comment="xin thêm")

    gone = PolicyRow(reader_kind="parent", length_kind=LengthKind.ON_DATE, fixed_due_on=date(2026, 11, 1))
    with pytest.raises(InvalidInput) as past:
        save_policy(gone, actor=STAFF)
    assert past.value.params["why"] == "ngày này đã qua"

    tet = (date(2027, 2, 1), date(2027, 2, 14), "Nghỉ Tết", "break")
    close_library(*tet, actor=STAFF)
    for again in (tet, (date(2027, 2, 3), date(2027, 2, 4), "Nghỉ", "break")):
        with pytest.raises(InvalidInput) as twice:
            close_library(*again, actor=STAFF)
        assert twice.value.code == "period_twice" and twice.value.params["name"] == "Nghỉ Tết"


def test_the_list_of_a_corner_hung_inside_its_door_names_school_and_corner(front: Front) -> None:
    unit = open_corner(front.school.add_class("6A1"), front.school.readers["Nguyễn Văn Dũng"], actor=STAFF)
    page = front.desk.get(f"/staff/units/{unit}/list")
    assert "THƯ VIỆN SÁCH Ở GÓC LỚP 6A1 0 cuốn, tính đến 23/11/2026" in page
