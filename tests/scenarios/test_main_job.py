"""Scenario 1: a school's first day, by hand in a real browser.

Import outside MARC files → find one without accents in the OPAC → a pupil borrows it at the simulated kiosk
and gets a receipt → the desk shows the loan → it is returned → a session is logged → the month's report
contains all of it → doctor is clean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.running_school import ADMIN, kesach, kesach_result, serving, simulated_kiosk
from tests.scenarios.browser import opened_page, sign_in

pytestmark = [pytest.mark.slow, pytest.mark.browser]

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED_MARC = REPOSITORY.parent / "shared" / "data" / "marc"
SHARED_FILES = (
    "evergreen/Open-ILS__tests__datasets__FSL.marc",
    "evergreen/Open-ILS__tests__datasets__jazz_1k.mrc",
    "perl-MARC-Record/t__cameleof.usmarc",
    "ruby-marc/test__three-records-second-bad.xml",
)
CLASS_LIST = """TRƯỜNG THCS THOẠI NGỌC HẦU,,,
DANH SÁCH HỌC SINH LỚP 6A1,,,
,,,
STT,Mã định danh Bộ GD&ĐT,Họ tên,Ngày sinh,Dân tộc,Lớp học
1,8912345671,Nguyễn Thị Ánh Tuyết,02/05/2015,Kinh,6A1
2,8912345672,Trần Đăng Khoa,14/09/2015,Khmer,6A1
"""
BOOKS = """Nhan đề,Tác giả,Nhà xuất bản,Năm xuất bản,ISBN,Số ĐKCB,Giá bìa
Dế Mèn phiêu lưu ký,Tô Hoài,Kim Đồng,2020,,STN.000001,45000
Đất rừng phương Nam,Đoàn Giỏi,Kim Đồng,2019,,STN.000002,60000
"""


@pytest.fixture
def page(chromium_path: str) -> Iterator[Page]:
    with opened_page(chromium_path) as opened:
        yield opened


def _import_in_browser(page: Page, core: str, kind: str, name: str, content: str) -> None:
    """The stepper: choose a file, look at the plan, apply."""
    page.goto(f"{core}/staff/imports")
    page.select_option("[name=kind]", kind)
    page.set_input_files("[name=file]", {"name": name, "mimeType": "text/csv", "buffer": content.encode("utf-8-sig")})
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_role("button", name="Nhập 2 mục").click()
    expect(page.get_by_text("Không nhận")).to_be_visible()
    expect(page.get_by_role("button", name="Hoàn tác")).to_be_visible()


def test_a_schools_first_day(page: Page, tmp_path: Path) -> None:
    data = tmp_path / "data"
    kesach(data, "init", "--admin", ADMIN)
    if SHARED_MARC.is_dir():  # other people's files, beside the checkout
        result = kesach_result(data, "import", "marc", *(str(SHARED_MARC / name) for name in SHARED_FILES), "--json")
        for one in json.loads(result.stdout)["results"]:
            assert one["read"] == sum(
                one[fate] for fate in ("created", "updated", "unchanged", "duplicates", "rejected")
            )
    token = kesach(data, "device", "add", "quay-1").strip().splitlines()[-1]
    today = datetime.now(UTC).astimezone(timezone(timedelta(hours=7))).date()

    with serving(data) as (port, _process):
        core = f"http://127.0.0.1:{port}"
        sign_in(page, core)
        _import_in_browser(page, core, "readers", "6A1.csv", CLASS_LIST)
        _import_in_browser(page, core, "books", "sach.csv", BOOKS)

        # A pupil finds it without accents.
        page.goto(f"{core}/")
        page.get_by_role("combobox").first.fill("de men phieu luu ky")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Dế Mèn phiêu lưu ký").first.click()
        expect(page.get_by_text("Còn trên kệ").first).to_be_visible()
        record_address = page.url

        page.goto(f"{core}/staff/readers?q=anh+tuyet")
        card = page.get_by_text("TV0").first.inner_text().split()[0]
        with simulated_kiosk(tmp_path / "kiosk", core, token) as kiosk_port:
            _borrow_at_the_kiosk(page, kiosk_port, card)
            receipts = list((tmp_path / "kiosk" / "state" / "receipts").glob("receipt-*.png"))
            assert len(receipts) == 1 and receipts[0].read_bytes().startswith(b"\x89PNG")

        page.goto(record_address)
        expect(page.get_by_text("Đang mượn").first).to_be_visible()
        assert "Tuyết" not in page.content()

        _return_at_the_desk(page, core, card)
        page.goto(record_address)
        expect(page.get_by_text("Còn trên kệ").first).to_be_visible()

        _log_a_session(page, core, str(today))
        page.goto(f"{core}/staff/reports/{today:%Y-%m}")
        expect(page.get_by_text("BÁO CÁO").first).to_be_visible()

    month = f"{today:%Y-%m}"
    for ending in ("docx", "xlsx", "pdf", "json"):
        kesach(data, "report", "month", month, "--out", str(tmp_path / f"bc.{ending}"))
        assert (tmp_path / f"bc.{ending}").stat().st_size > 500
    figures = json.loads((tmp_path / "bc.json").read_text("utf-8"))
    (session,) = figures["figures"]["sessions"]
    assert (session["attendance"], session["books"]) == (412, ["Dế Mèn phiêu lưu ký"])
    assert figures["promotion_quota"]["theme"] and not figures["promotion_quota"]["department"]
    pupils = [row for row in figures["figures"]["readers"] if row["key"].startswith("pupil_")]
    assert (sum(row["home"] for row in pupils), sum(row["distinct"] for row in pupils)) == (1, 1)
    assert "Tuyết" not in json.dumps(figures, ensure_ascii=False)  # counts only, no pupil's name
    assert json.loads(kesach(data, "doctor", "--json"))["status"] == "ok"


def _borrow_at_the_kiosk(page: Page, port: int, card: str) -> None:
    page.goto(f"http://127.0.0.1:{port}/sim")
    screen = page.frame_locator("#screen")
    expect(screen.get_by_text("Quét thẻ của em").first).to_be_visible()
    for code, answer in ((card, "Tuyết"), ("STN.000001", "Dế Mèn phiêu lưu ký")):
        page.fill("#code", code)
        page.keyboard.press("Enter")
        expect(screen.get_by_text(answer).first).to_be_visible()
    screen.get_by_role("button", name="Xong").click()
    expect(page.locator("#receipt")).to_be_visible()
    expect(screen.get_by_text("Tuyết")).to_have_count(0, timeout=20_000)  # nothing of the child stays on the screen


def _return_at_the_desk(page: Page, core: str, card: str) -> None:
    page.goto(f"{core}/staff/desk")
    page.keyboard.type(card)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nguyễn Thị Ánh Tuyết").first).to_be_visible()
    expect(page.get_by_text("Dế Mèn phiêu lưu ký").first).to_be_visible()
    page.keyboard.press("F4")  # lent a moment ago: the desk wants to be told that it really comes back
    page.keyboard.type("STN.000001")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Chưa mượn cuốn nào").first).to_be_visible()


def _log_a_session(page: Page, core: str, day: str) -> None:
    page.goto(f"{core}/staff/promotion/new")
    page.fill("[name=held_on]", day)
    page.check("[name=slot][value=theme]")
    page.fill("[name=title]", "Mỗi tuần một cuốn sách")
    page.fill("[name=book]", "STN.000001")
    page.keyboard.press("Enter")  # as the scanner does
    expect(page.get_by_text("Dế Mèn phiêu lưu ký").first).to_be_visible()
    page.fill("[name=audience]", "Toàn trường")
    page.fill("[name=attendance]", "412")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_text("Mỗi tuần một cuốn sách").first).to_be_visible()

