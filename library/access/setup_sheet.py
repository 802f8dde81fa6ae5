"""One A4 page to try a scanner with, before it is trusted: our own kinds of codes, and what each fault looks like.

It sets nothing: the codes that change a scanner's settings are each maker's own and stand in its manual.
No database here. Next: setup_sheet.typ.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import typst
from barcode.codex import Code128
from barcode.ean import EuropeanArticleNumber13

_FOLDER = Path(__file__).parent
# The paper font of the reports, so that a sheet looks the same on every machine.
_FONTS = _FOLDER.parent / "reporting" / "fonts"


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
    codes = [{"label": one.label, "text": one.text, "why": one.why, "bars": bar_widths(one)} for one in TEST_CODES]
    content = typst.compile(
        str(_FOLDER / "setup_sheet.typ"),
        root=str(_FOLDER),
        font_paths=[str(_FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"codes": json.dumps(codes, ensure_ascii=False)},
    )
    assert isinstance(content, bytes)  # one format, no output path: bytes
    return content


def bar_widths(code: TestCode) -> list[int]:
    """Widths in modules of bar, space, bar, …; begins and ends with a bar. EAN-13 for an ISBN, else Code 128."""
    made = EuropeanArticleNumber13(code.text) if code.kind == "isbn" else Code128(code.text)
    modules = made.build()[0].strip("0")
    return [len(list(run)) for _, run in groupby(modules)]
