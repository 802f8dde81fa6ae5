"""One A4 page to try a scanner with, before it is trusted: our own kinds of codes, and what each fault looks like.

It sets nothing: the codes that change a scanner's settings are each maker's own and stand in its manual.
No database here. Next: setup_sheet.typ.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from barcode.ean import EuropeanArticleNumber13

from library.foundation.typesetting import bar_widths, code128_bars, typeset

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class TestCode:
    """`kind`: card, copy, isbn as library/contract/scans.py sees it. `text` is what must arrive."""

    kind: str
    label: str
    text: str
    why: str


TEST_CODES: tuple[TestCode, ...] = (
    TestCode("card", "Thẻ thử", "TV99999999", "Thẻ không có thật: quầy phải trả lời “Thẻ này chưa có trong thư viện”."),
    TestCode("copy", "Mã sách thử", "KESACH-0001", "Dấu gạch ra dấu khác: máy quét không đặt bàn phím US."),
    TestCode("copy", "Kiểu gõ tiếng Việt", "AW-OO-DD", "Ra Ă-Ô-Đ: tắt bộ gõ tiếng Việt trên máy đang thử."),
    TestCode("copy", "Phím Shift", "A/B.C+1", "Thiếu hoặc sai dấu +: máy quét gõ quá nhanh hoặc sai bàn phím."),
    TestCode("isbn", "ISBN trên bìa sách", "9786042088640", "Thiếu số cuối: bật “gửi số kiểm tra EAN-13”."),
)


def render_setup_sheet() -> bytes:
    """Bytes of the .pdf file."""
    codes = [{"label": one.label, "text": one.text, "why": one.why, "bars": _bars(one)} for one in TEST_CODES]
    return typeset(_FOLDER / "setup_sheet.typ", "codes", codes)


def _bars(code: TestCode) -> list[int]:
    """EAN-13 for an ISBN, else Code 128."""
    if code.kind == "isbn":
        return bar_widths(EuropeanArticleNumber13(code.text).build()[0])
    return code128_bars(code.text)
