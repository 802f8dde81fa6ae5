"""Receipts drawn for the browser by the very code that draws them at the kiosk, and logos made fit for paper.

The one module of the core that looks into `kiosk` and `hardware`: at drawing, which needs Pillow and segno and no
device (docs/adr/0006-receipt-preview.md). No database here.
"""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageOps

from hardware.receipt_layout import Paper, render_receipt
from kiosk.receipt_content import ReceiptContent, ReceiptLine
from kiosk.receipts import compose_receipt
from library.contract.codes import register_errors
from library.contract.receipt_template import MAX_LOGO_HEIGHT, MAX_LOGO_WIDTH, ReceiptTemplate, logo_fits
from library.foundation.errors import InvalidInput

WIDTHS: tuple[tuple[int, str], ...] = ((384, "Giấy 58 mm"), (512, "Giấy 80 mm, đầu 180 dpi"), (576, "Giấy 80 mm"))
KINDS: dict[str, str] = {
    "loan": "Phiếu mượn",
    "return": "Phiếu trả",
    "holdings": "Sách em đang mượn",
    "hand_over": "Giao sách góc lớp",
    "paper_test": "In thử",
}
MAX_UPLOAD = 3_000_000
_MAX_PIXELS = 24_000_000
_EDGE = 24
_BLACK_BELOW = 150  # of 255: a line half covered by grey is a line

register_errors(
    {
        "logo_missing": "Chọn một tệp ảnh PNG hoặc JPG.",
        "logo_bad": "Tệp này không phải ảnh PNG hoặc JPG đọc được. Lưu lại ảnh rồi chọn lại.",
        "logo_large": "Ảnh quá lớn. Chọn ảnh dưới 3 MB.",
    }
)

_BOOKS = (
    ReceiptLine("checkout", "Dế Mèn phiêu lưu ký", "TN-00012", "2026-12-07"),
    ReceiptLine("checkout", "Chuyện con mèo dạy hải âu bay – bản in kỷ niệm hai mươi năm", "TN-00345", "2026-12-07"),
    ReceiptLine("checkout", "Những câu hỏi vì sao: Vũ trụ", "TK-01988", "2026-12-14"),
)
_CORNER = tuple(
    ReceiptLine("held", title, f"TN-{number:05d}")
    for number, title in enumerate(("Đất rừng phương Nam", "Totto-chan bên cửa sổ", "Kính vạn hoa"), 77)
)


def sample(kind: str, school: str, greeting: str, width_dots: int) -> ReceiptContent:
    """A receipt that could be: long titles, stacked marks. KeyError for a kind that is not in KINDS."""
    common: dict[str, Any] = {
        "school": school, "greeting": greeting, "made_at": "2026-11-23T09:41", "width_dots": width_dots,
    }  # fmt: skip
    lines: dict[str, tuple[ReceiptLine, ...]] = {
        "loan": _BOOKS,
        "return": tuple(ReceiptLine("return", book.title, book.barcode) for book in _BOOKS[:2]),
        "holdings": tuple(ReceiptLine("held", book.title, book.barcode, book.due_on) for book in _BOOKS),
        "hand_over": _CORNER,
        "paper_test": (),
    }
    if kind == "hand_over":
        return ReceiptContent(
            kind="hand_over", number="GN-2026/017", name="Góc lớp 3A", received_by="Nguyễn Thị Hằng",
            lines=lines[kind], **{**common, "made_at": "2026-11-23"},
        )  # fmt: skip
    if kind == "paper_test":
        return ReceiptContent(kind="paper_test", number="QUAY1-00042", lines=lines[kind], **common)
    return ReceiptContent(
        kind="holdings" if kind == "holdings" else "acts", number="QUAY1-00042", name="Ngọc Ánh", class_name="3A",
        lines=lines[kind], **common,
    )  # fmt: skip


def draw_preview(template: ReceiptTemplate, kind: str, width_dots: int, school: str, greeting: str) -> bytes:
    """PNG of the receipt as `kind`, at `width_dots`, with the white edge that paper has."""
    blocks = compose_receipt(sample(kind, school, greeting, width_dots), template)
    drawn = render_receipt(blocks, Paper(width_dots))
    paper = Image.new("1", (drawn.width, drawn.height + 2 * _EDGE), 1)
    paper.paste(drawn, (0, _EDGE))
    return _png(paper)


def make_logo(upload: bytes) -> bytes:
    """An uploaded PNG or JPG as a small black-and-white PNG. InvalidInput: logo_missing, logo_large, logo_bad.

    Drawings are cut at one threshold, photographs (much grey) are dithered; both are shrunk to at most
    320 × 160 dots. Nothing of the upload survives but its dots.
    """
    if not upload:
        raise InvalidInput("logo_missing", field="logo")
    if len(upload) > MAX_UPLOAD:
        raise InvalidInput("logo_large", field="logo")
    try:
        with Image.open(io.BytesIO(upload), formats=["PNG", "JPEG"]) as opened:
            if opened.width * opened.height > _MAX_PIXELS:  # before a single pixel is decoded
                raise InvalidInput("logo_large", field="logo")
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidInput("logo_bad", field="logo") from error
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    grey = ground.convert("L")
    box = ImageOps.invert(grey).point(lambda dot: 255 if dot > 16 else 0).getbbox()  # without its white border
    if box is None:
        raise InvalidInput("logo_bad", field="logo")
    grey = grey.crop(box)
    grey.thumbnail((MAX_LOGO_WIDTH, MAX_LOGO_HEIGHT), Image.Resampling.LANCZOS)
    grey = ImageOps.autocontrast(grey, cutoff=1)
    middle = sum(grey.histogram()[64:192]) / (grey.width * grey.height)
    mono = grey.convert("1") if middle > 0.3 else grey.point(lambda dot: 0 if dot < _BLACK_BELOW else 255, "1")
    made = _png(mono)
    if not logo_fits(made):
        raise InvalidInput("logo_bad", field="logo")
    return made


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True)
    return out.getvalue()
