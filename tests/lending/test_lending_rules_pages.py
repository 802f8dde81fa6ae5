"""The librarian decides about lending on screen: policy table, "why?", calendar, and loans moved by a closure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from lending_world import STAFF, World, open_school

from library.foundation.tables import AuditEntry, ClosedPeriod, SchoolYear
from library.lending.model import LengthKind, PolicyRow
from library.lending.policies import ensure_default_policies, list_policies, save_policy
from library.lending.policy_words import (
    count_words,
    form_of,
    length_words,
    renewal_words,
    row_of_form,
    what_words,
    who_words,
)
from library.lending.school_days import list_months, list_years
from library.lending.service import check_out
from library.lending.tables import Loan, LoanPolicy
from tests.staff_client import page


@pytest.fixture
def world(app) -> Iterator[World]:
    with open_school() as made:
        yield made


def lend(world: World, reader: str = "Trần Minh An") -> int:
    (barcode,) = world.add_title("Dế Mèn phiêu lưu ký")
    return check_out(barcode, reader_card=world.cards[reader], actor=STAFF, channel="desk").loan_id


NEW_ROW = {
    "reader_kind": "pupil", "grade": "6", "loanable": "1", "counts_in_total": "1", "max_loans": "2",
    "length_kind": "weekday", "weekday": "5", "length_value": "14", "max_renewals": "1", "note": "Khối 6",
}  # fmt: skip


def test_a_row_is_said_in_words() -> None:
    row = PolicyRow(reader_kind="pupil", grade=6, material="textbook", collection="SGK", max_renewals=2, renewal_days=7)
    assert who_words(row) == "Học sinh khối 6" and who_words(PolicyRow(grade=9)) == "Khối 9"
    assert who_words(PolicyRow()) == "Mọi bạn đọc" and what_words(PolicyRow(), {}) == "Mọi tài liệu"
    assert what_words(row, {"SGK": "Sách giáo khoa"}) == "Sách giáo khoa, kho SGK – Sách giáo khoa"
    assert what_words(PolicyRow(collection="BAO"), {}) == "Kho BAO"
    assert length_words(PolicyRow(length_kind=LengthKind.WEEKDAY, length_value=5)) == "Đến thứ Sáu kế tiếp"
    assert length_words(PolicyRow(length_value=0)) == "Trả trong ngày"
    assert renewal_words(row) == "2 lần, mỗi lần 7 ngày" and renewal_words(PolicyRow(max_renewals=0)) == "Không gia hạn"
    assert count_words(PolicyRow(counts_in_total=False)) == "Không giới hạn, ngoài mức chung"
    assert count_words(PolicyRow(loanable=False)) == "Không cho mượn về"


@pytest.mark.parametrize("row", [
    PolicyRow(id=3, reader_kind="teacher", length_kind=LengthKind.END_OF_TERM, max_loans=0),
    PolicyRow(id=3, grade=12, length_kind=LengthKind.WEEKDAY, length_value=7, renewal_days=0, max_renewals=0),
    PolicyRow(id=3, material="disc", loanable=False, counts_in_total=False),
    PolicyRow(id=3, length_kind=LengthKind.ON_DATE, fixed_due_on=date(2027, 5, 20), note="Trả cùng ngày"),
])  # fmt: skip
def test_the_form_gives_back_the_row_it_showed(row: PolicyRow) -> None:
    read, errors = row_of_form(form_of(row), 3)
    assert errors == {} and read == row


def test_the_table_shows_the_most_specific_row_first(client, login_as, world: World) -> None:
    login_as(client)
    assert "Chưa có dòng quy định nào" in page(client.get("/staff/policies"))
    ensure_default_policies()
    shown = page(client.get("/staff/policies"))
    assert shown.index("Giáo viên mượn lên lớp 7 ngày") < shown.index("Từ điển, tra cứu: chỉ đọc tại chỗ")
    assert shown.index("Băng đĩa: 7 ngày") < shown.index("Học sinh: 14 ngày") < shown.index("Không dòng nào khớp")
    assert "Đến hết năm học" in shown and "ngoài mức chung" in shown


def test_add_change_copy_and_delete_a_row(client, login_as, world: World) -> None:
    token = login_as(client)
    assert client.post("/staff/policies/new", data={"csrf_token": token, **NEW_ROW}).status_code == 303
    (row,) = list_policies()
    assert (row.grade, row.length_kind, row.length_value, row.max_loans) == (6, "weekday", 5, 2)
    shown = page(client.get(f"/staff/policies/{row.id}"))
    assert 'value="6" selected' in shown and 'value="weekday" selected' in shown
    client.post(f"/staff/policies/{row.id}", data={"csrf_token": token, **NEW_ROW, "length_kind": "days", "length_value": "10"})
    assert list_policies()[0].length_value == 10
    assert "Khối 6" in page(client.get(f"/staff/policies/new?like={row.id}"))
    client.post(f"/staff/policies/{row.id}/delete", data={"csrf_token": token})
    assert list_policies() == []
    acts = [entry.action for entry in AuditEntry.select().where(AuditEntry.subject_kind == "loan_policy")]
    assert acts == ["policy.add", "policy.change", "policy.delete"]
    assert client.get(f"/staff/policies/{row.id}").status_code == 404


@pytest.mark.parametrize(("changes", "field", "words"), [
    ({"max_loans": "nhiều"}, "max_loans", "cần là một số từ 0 trở lên, ví dụ 3"),
    ({"max_renewals": "-3"}, "max_renewals", "Số lần gia hạn cần là một số từ 0 trở lên, ví dụ 1"),
    ({"max_loans": "999999"}, "max_loans", "số cuốn từ 0 đến 500"),
    ({"weekday": "9"}, "weekday", "thứ từ 1"),
    ({"length_kind": "days", "length_value": ""}, "length_value", "Nhập số ngày mượn"),
    ({"length_kind": "days", "length_value": "9999"}, "length_value", "từ 0 đến 730"),
    ({"length_kind": "on_date", "fixed_due_on": "31/02/2027"}, "fixed_due_on", "Ngày chưa đúng"),
    ({"length_kind": "rubbish"}, "length_kind", "Chọn cách tính hạn"),
    ({"grade": "13"}, "grade", "khối từ 1 đến 12"),
    ({"material": "gold"}, "material", "không có loại tài liệu này"),
])  # fmt: skip
def test_what_is_wrong_stands_beside_its_field(client, login_as, world: World, changes, field, words) -> None:
    token = login_as(client)
    shown = page(client.post("/staff/policies/new", data={"csrf_token": token, **NEW_ROW, **changes}), 422)
    error = re.search(rf'id="e-{field}">.*?</p>', shown, re.S)
    assert error is not None and words in error[0]
    assert "Khối 6" in shown, "what was typed is lost"
    assert not LoanPolicy.select().exists()


def test_the_same_row_twice_is_refused_in_words(client, login_as, world: World) -> None:
    token = login_as(client)
    client.post("/staff/policies/new", data={"csrf_token": token, **NEW_ROW})
    shown = page(client.post("/staff/policies/new", data={"csrf_token": token, **NEW_ROW}), 422)
    assert "Đã có một dòng quy định" in shown and len(list_policies()) == 1


def test_why_names_the_deciding_row_and_the_due_day(client, login_as, world: World) -> None:
    login_as(client)
    ensure_default_policies()
    own = save_policy(PolicyRow(grade=6, length_value=10, note="Khối 6: 10 ngày"), actor=STAFF)
    (barcode,) = world.add_title("Dế Mèn phiêu lưu ký")
    shown = page(client.get("/staff/policies/why", query_string={"who": world.cards["Trần Minh An"], "what": barcode}))
    assert "Được mượn" in shown and "thứ Năm, 03/12/2026" in shown  # Monday 23/11 + 10 days
    decided = re.search(r'class="deciding">.*?</tr>', shown, re.S)
    assert decided is not None and f"/staff/policies/{own}" in decided[0]
    assert "khớp, nhưng chung hơn" in shown and not Loan.select().exists()


def test_why_lists_every_reason_against(client, login_as, world: World) -> None:
    ensure_default_policies()
    (barcode,) = world.add_title("Từ điển tiếng Việt", material="tool", code="STK")
    for number in range(3):
        (other,) = world.add_title(f"Truyện số {number}")
        check_out(other, reader_card=world.cards["Phạm Chi"], actor=STAFF, channel="desk")
    world.clock.set_day(date(2027, 1, 12))
    login_as(client)
    shown = page(client.get("/staff/policies/why", query_string={"reader": world.readers["Phạm Chi"], "what": barcode}))
    assert "Chưa được mượn: 3 lý do" in shown
    assert "đang giữ 3 cuốn quá hạn" in shown and "3/3 cuốn được phép" in shown and "không cho mượn về nhà" in shown


def test_why_asks_about_a_kind_of_book_and_lets_pick_among_namesakes(client, login_as, world: World) -> None:
    login_as(client)
    ensure_default_policies()
    world.add_reader("Trần Minh An", "6A2")
    shown = page(client.get("/staff/policies/why", query_string={"who": "minh an", "material": "periodical"}))
    assert "Chọn đúng bạn đọc" in shown and shown.count('class="candidate"') == 2
    picked = re.search(r'class="candidate" href="([^"]+)"', shown)
    assert picked is not None
    shown = page(client.get(picked[1].replace("&amp;", "&")))
    assert "Chọn đúng bạn đọc" not in shown and "Chưa được mượn: 1 lý do" in shown, "picking must keep what was asked"
    shown = page(client.get("/staff/policies/why", query_string={
        "reader": world.readers["Lê Thanh Bình"], "material": "periodical", "collection": "BAO"}))  # fmt: skip
    assert "Chưa được mượn: 1 lý do" in shown and "Báo, tạp chí: chỉ đọc tại chỗ" not in shown
    for query in ({"who": "không có ai"}, {"what": "không có sách nào"}, {"who": "x" * 5000}, {"reader": "9" * 30},
                  {"record": "999999"}):  # fmt: skip
        page(client.get("/staff/policies/why", query_string=query))
    assert client.get(f"/staff/policies/why?reader={world.readers['Phạm Chi']}&material=gold").status_code == 404


def test_the_calendar_marks_holidays_terms_and_weekly_days(client, login_as, world: World) -> None:
    login_as(client)
    shown = page(client.get("/staff/calendar"))
    assert "Lịch thư viện 2026–2027" in shown and "Nghỉ hằng tuần: Chủ nhật" in shown
    assert "Tính sẵn" in shown and "Bắt đầu học kỳ II" in shown and "<small>lễ</small>" in shown
    months = list_months(list_years()[0])
    assert [month.first.month for month in months] == [8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7]
    september = months[1]
    days = {day.on: day for week in september.weeks for day in week if day}
    assert len(days) == 30 and not days[date(2026, 9, 2)].is_open and days[date(2026, 9, 2)].word == "lễ"
    assert not days[date(2026, 9, 6)].is_open and days[date(2026, 9, 6)].word == ""
    assert september.open_days == sum(day.is_open for day in days.values())


def test_a_closure_asks_before_it_moves_loans_and_then_moves_them(client, login_as, world: World) -> None:
    token = login_as(client)
    loan_id = lend(world)
    due_on = Loan.get_by_id(loan_id).due_on
    closed = {"csrf_token": token, "year": "2026-2027", "name": "Nghỉ giữa kỳ", "kind": "break",
              "starts_on": due_on.isoformat(), "ends_on": due_on.isoformat()}  # fmt: skip
    shown = page(client.post("/staff/calendar/closed", data=closed))
    assert "sẽ dời hạn 1 lượt mượn" in shown and "Trần Minh An" in shown and "Dế Mèn" in shown
    assert Loan.get_by_id(loan_id).due_on == due_on, "moved before anybody agreed"
    assert not ClosedPeriod.select().where(ClosedPeriod.source == "manual").exists()
    done = client.post("/staff/calendar/closed", data={**closed, "do": "move"})
    assert done.status_code == 303
    assert "Đã dời hạn 1 lượt mượn sang 08/12/2026" in page(client.get(done.location))
    assert Loan.get_by_id(loan_id).due_on == date(2026, 12, 8)
    assert AuditEntry.select().where(AuditEntry.action == "calendar.redate").count() == 1


def test_a_closure_nobody_is_due_in_is_kept_at_once_and_can_be_taken_back(client, login_as, world: World) -> None:
    token = login_as(client)
    lend(world)
    client.post("/staff/calendar/closed", data={
        "csrf_token": token, "year": "2026-2027", "name": "Nghỉ Tết", "starts_on": "2027-02-02", "ends_on": "14/02/2027",
    })  # fmt: skip
    row = ClosedPeriod.get(ClosedPeriod.name == "Nghỉ Tết")
    assert (row.starts_on, row.ends_on, row.kind) == (date(2027, 2, 2), date(2027, 2, 14), "break")
    address = f"/staff/calendar/closed/{row.id}/remove"
    assert "Đã bỏ ngày nghỉ" in page(client.post(address, data={"csrf_token": token}, follow_redirects=True))
    again = page(client.post(address, data={"csrf_token": token}, follow_redirects=True))
    assert "đã được bỏ" in again


@pytest.mark.parametrize(("changes", "field"), [
    ({"starts_on": "hôm nào"}, "starts_on"), ({"name": " "}, "name"), ({"ends_on": "2026-12-01"}, "ends_on"),
    ({"ends_on": "2029-12-01"}, "ends_on"),
])  # fmt: skip
def test_a_bad_closure_is_refused_beside_its_field(client, login_as, world: World, changes, field) -> None:
    token = login_as(client)
    before = ClosedPeriod.select().count()
    data = {"csrf_token": token, "year": "2026-2027", "name": "Nghỉ", "starts_on": "2026-12-09", "ends_on": "2026-12-10"}
    shown = page(client.post("/staff/calendar/closed", data={**data, **changes}), 422)
    assert f'id="e-{field}"' in shown and ClosedPeriod.select().count() == before


def test_terms_are_edited_within_reason(client, login_as, world: World) -> None:
    token = login_as(client)
    data = {"csrf_token": token, "year": "2026-2027", "starts_on": "2026-08-01", "term2_starts_on": "2027-01-11",
            "ends_on": "2027-07-31"}  # fmt: skip
    assert client.post("/staff/calendar/year", data=data).status_code == 303
    assert SchoolYear.get(SchoolYear.label == "2026-2027").term2_starts_on == date(2027, 1, 11)
    shown = page(client.post("/staff/calendar/year", data={**data, "term2_starts_on": "2026-07-01"}), 422)
    assert "Học kỳ II phải bắt đầu sau" in shown
    client.post("/staff/calendar/years", data={"csrf_token": token, "label": "2027-2028"})
    assert "2027–2028" in page(client.get("/staff/calendar"))
    shown = page(client.post("/staff/calendar/year", data={**data, "ends_on": "2027-08-20"}), 422)
    assert "lấn sang năm học 2027–2028" in shown
    assert client.post("/staff/calendar/year", data={**data, "year": "1999-2000"}).status_code == 404
    assert "Năm học viết như" in page(
        client.post("/staff/calendar/years", data={"csrf_token": token, "label": "2027"}, follow_redirects=True)
    )


def test_only_the_librarian_decides(client, login_as, world: World) -> None:
    login_as(client, "assistant")
    for path in ("/staff/policies", "/staff/policies/new", "/staff/policies/why", "/staff/calendar"):
        assert client.get(path).status_code == 403


def test_a_row_that_is_there_already_is_one_click_away_and_grades_are_the_schools(client, login_as, world: World) -> None:
    token = login_as(client)
    client.post("/staff/policies/new", data={"csrf_token": token, **NEW_ROW})
    [row] = [one for one in list_policies() if one.grade == 6]
    again = client.post("/staff/policies/new", data={"csrf_token": token, **NEW_ROW})
    assert again.status_code == 422 and f'href="/staff/policies/{row.id}"' in again.text
    form = page(client.get("/staff/policies/new"))
    assert '<option value="6"' in form and '<option value="9"' in form
    assert '<option value="1"' not in form.split('name="grade"')[1].split("</select>")[0]
