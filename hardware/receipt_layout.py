"""Blocks in, a black-and-white picture out, as wide as the printer's head.

Here: sizes, positions and drawing. Not here: words (the kiosk's), fonts and wrapping
(`typefaces.py`), the blocks (`receipt_blocks.py`), bytes for a printer (`escpos_encoder.py`).

Drawn in grey and cut at one threshold, without dithering: a thermal dot is black or not, and an
unhinted letter drawn directly in one bit gets stems of uneven width (looked at, side by side).
Text is never smaller than 24 dots (3 mm at 203 dpi): at 20 the tone mark melts into the
circumflex. A QR module is never smaller than 4 dots: thinner ones fail once the heat bleeds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from hardware.qr_modules import qr_modules
from hardware.receipt_blocks import (
    Banner,
    Block,
    Heading,
    Item,
    Picture,
    Qr,
    Row,
    Rule,
    Spacer,
    Text,
)
from hardware.typefaces import Typeface, Weight, clean, font, line_height, rise, width, wrap_evenly

COMMON_WIDTHS = (384, 432, 512, 546, 576, 640)
"""Head widths in dots that exist: 58 mm = 384, 80 mm = 576 (203 dpi) or 512 (180 dpi)."""
MIN_BODY_DOTS = 24
MIN_QR_MODULE_DOTS = 4
_QUIET_MODULES = 4
_BLACK, _WHITE = 0, 255
_THRESHOLD = 155  # a dot two fifths covered is printed: tone marks stay whole, counters stay open

_Paint = Callable[[ImageDraw.ImageDraw, Image.Image, int], None]


@dataclass(frozen=True, slots=True)
class Paper:
    """What is printed on: head width in dots and the typeface. Sizes follow from the width.

    Without a typeface, narrow paper gets the condensed one: barcode and due date of a book then
    fit one line at 384 dots.
    """

    width_dots: int = 384
    typeface: Typeface | None = None

    def __post_init__(self) -> None:
        if not 256 <= self.width_dots <= 1024 or self.width_dots % 2:
            raise ValueError(f"width_dots must be an even number from 256 to 1024, not {self.width_dots}")

    @property
    def _wide(self) -> bool:
        return self.width_dots >= 500

    @property
    def margin(self) -> int:
        return 16 if self._wide else 6

    @property
    def inner(self) -> int:
        return self.width_dots - 2 * self.margin

    @property
    def face(self) -> Typeface:
        return self.typeface or (Typeface.BE_VIETNAM_PRO if self._wide else Typeface.ROBOTO_CONDENSED)

    def body(self) -> ImageFont.FreeTypeFont:
        return self._font("Regular", 26 if self._wide else MIN_BODY_DOTS)

    def title(self) -> ImageFont.FreeTypeFont:
        return self._font("Medium", 28 if self._wide else 25)

    def strong(self) -> ImageFont.FreeTypeFont:
        return self._font("Bold", 27 if self._wide else MIN_BODY_DOTS)

    def large(self) -> ImageFont.FreeTypeFont:
        return self._font("Bold", 34 if self._wide else 30)

    def heading(self, text: str = "") -> ImageFont.FreeTypeFont:
        """Up to a quarter smaller where that keeps `text` on one line."""
        full = 46 if self._wide else 38
        for dots in range(full, full * 3 // 4, -2):
            if width(text, self._font("Bold", dots)) <= self.inner:
                return self._font("Bold", dots)
        return self._font("Bold", full)

    def _font(self, weight: Weight, dots: int) -> ImageFont.FreeTypeFont:
        # The condensed face draws smaller letters for the same size: two dots make up for it.
        return font(self.face, weight, dots + 2 * (self.face is Typeface.ROBOTO_CONDENSED))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of paper: its height in dots and how to draw it from a given y on."""

    height: int
    paint: _Paint


def render_receipt(blocks: Sequence[Block], paper: Paper) -> Image.Image:
    """Draw the blocks one under the other: a mode "1" image, `paper.width_dots` wide."""
    pieces = [_piece(block, paper) for block in blocks]
    image = Image.new("L", (paper.width_dots, max(1, sum(p.height for p in pieces))), _WHITE)
    draw = ImageDraw.Draw(image)
    y = 0
    for piece in pieces:
        piece.paint(draw, image, y)
        y += piece.height
    return _mono(image)


def _mono(image: Image.Image) -> Image.Image:
    # Pillow maps "L" to "1" in one pass over a table.
    return image.point(lambda grey: 0 if grey <= _THRESHOLD else 255, "1")


def _piece(block: Block, paper: Paper) -> _Piece:
    match block:
        case Heading():
            return _lines(block.text, paper.heading(clean(block.text)), paper, "center", after=8)
        case Text():
            face = {"body": paper.body, "strong": paper.strong, "large": paper.large}[block.style]()
            return _lines(block.text, face, paper, block.align)
        case Row():
            return _row(block, paper)
        case Item():
            return _item(block, paper)
        case Banner():
            return _banner(block, paper)
        case Rule():
            return _rule(block, paper)
        case Spacer():
            return _Piece(max(0, block.dots), lambda draw, image, y: None)
        case Qr():
            return _qr(block, paper)
        case Picture():
            return _picture(block, paper)


@dataclass(frozen=True, slots=True)
class _Run:
    """A piece of text placed on the paper: x, y of the line's top, both from the piece's corner."""

    text: str
    face: ImageFont.FreeTypeFont
    x: int
    y: int
    fill: int = _BLACK


def _paint_runs(runs: Sequence[_Run]) -> _Paint:
    def paint(draw: ImageDraw.ImageDraw, image: Image.Image, y: int) -> None:
        for run in runs:
            baseline = y + run.y + rise(run.face)
            draw.text((run.x, baseline), run.text, font=run.face, fill=run.fill, anchor="ls")

    return paint


def _aligned(text: str, face: ImageFont.FreeTypeFont, align: str, left: int, available: int) -> int:
    spare = available - width(text, face)
    return left + {"left": 0, "center": spare // 2, "right": spare}[align]


def _lines(text: str, face: ImageFont.FreeTypeFont, paper: Paper, align: str, after: int = 0) -> _Piece:
    lines = wrap_evenly(text, face, paper.inner)
    runs = [
        _Run(line, face, _aligned(line, face, align, paper.margin, paper.inner), n * line_height(face))
        for n, line in enumerate(lines)
    ]
    return _Piece(len(runs) * line_height(face) + after, _paint_runs(runs))


def _pair(label: str, value: str, paper: Paper, left: int, face: ImageFont.FreeTypeFont) -> tuple[list[_Run], int]:
    """Label left and value right on one line where both fit, else the value in lines below."""
    body, right = paper.body(), paper.width_dots - paper.margin
    label, value = clean(label), clean(value)
    available = right - left
    gap = width("  ", body)
    if width(label, body) + gap + width(value, face) <= available:
        height = max(line_height(body), line_height(face))
        drop = max(0, rise(face) - rise(body))  # one baseline for both
        runs = [_Run(label, body, left, drop)] if label else []
        if value:
            runs.append(_Run(value, face, right - width(value, face), 0))
        return runs, height if runs else 0
    runs, y = [], 0
    for text, use, align in ((label, body, "left"), (value, face, "right")):
        for line in wrap_evenly(text, use, available) if text else []:
            runs.append(_Run(line, use, _aligned(line, use, align, left, available), y))
            y += line_height(use)
    return runs, y


def _row(block: Row, paper: Paper) -> _Piece:
    runs, height = _pair(block.label, block.value, paper, paper.margin, paper.strong())
    return _Piece(height, _paint_runs(runs))


def _item(block: Item, paper: Paper) -> _Piece:
    title = paper.title()
    indent = 0
    if block.mark:
        box = rise(title) * 2 // 3
        indent = box + 12 if block.mark == "box" else max(width(f"{clean(block.mark)} ", title), 34)
    left = paper.margin + indent
    runs = [] if block.mark in ("", "box") else [_Run(clean(block.mark), title, paper.margin, 0)]
    y = 0
    for line in wrap_evenly(block.title, title, paper.width_dots - paper.margin - left):
        runs.append(_Run(line, title, left, y))
        y += line_height(title)
    below, height = _pair(block.note, block.emphasis, paper, left, paper.strong())
    runs += [_Run(run.text, run.face, run.x, run.y + y, run.fill) for run in below]
    texts = _paint_runs(runs)

    def paint(draw: ImageDraw.ImageDraw, image: Image.Image, top: int) -> None:
        if block.mark == "box":
            x, box_top = paper.margin, top + rise(title) - box
            draw.rectangle((x, box_top, x + box, box_top + box), outline=_BLACK, width=2)
        texts(draw, image, top)

    return _Piece(y + height + 4, paint)


def _banner(block: Banner, paper: Paper) -> _Piece:
    face, padding = paper.strong(), 6
    lines = wrap_evenly(block.text, face, paper.inner - 4 * padding)
    height = len(lines) * line_height(face) + padding
    runs = [
        _Run(line, face, _aligned(line, face, "center", paper.margin, paper.inner), n * line_height(face), _WHITE)
        for n, line in enumerate(lines)
    ]
    texts = _paint_runs(runs)

    def paint(draw: ImageDraw.ImageDraw, image: Image.Image, y: int) -> None:
        box = (paper.margin, y, paper.width_dots - paper.margin - 1, y + height - 1)
        draw.rounded_rectangle(box, radius=8, fill=_BLACK)
        texts(draw, image, y)

    return _Piece(height + 8, paint)


def _rule(block: Rule, paper: Paper) -> _Piece:
    def paint(draw: ImageDraw.ImageDraw, image: Image.Image, y: int) -> None:
        left, right = paper.margin, paper.width_dots - paper.margin - 1
        if block.style == "strong":
            draw.rectangle((left, y + 7, right, y + 9), fill=_BLACK)
        else:
            for x in range(left, right, 8):
                draw.rectangle((x, y + 7, min(x + 2, right), y + 8), fill=_BLACK)

    return _Piece(18, paint)


def qr_picture(data: str, max_dots: int) -> Image.Image:
    """A QR code (level M) without quiet zone, 5 dots a module where `max_dots` allows, never
    under 4. Raises ValueError where the data would need smaller modules."""
    matrix = qr_modules(data)
    modules = len(matrix)
    scale = min(max(max_dots // modules, 0), 6 if modules <= 25 else 5)
    if scale < MIN_QR_MODULE_DOTS:
        raise ValueError(f"a QR code of {modules} modules does not fit {max_dots} dots")
    code = Image.new("1", (modules, modules), 1)
    code.putdata([1 - bit for row in matrix for bit in row])
    return code.resize((modules * scale, modules * scale), Image.Resampling.NEAREST)


def _qr(block: Qr, paper: Paper) -> _Piece:
    code = qr_picture(block.data, paper.inner)
    quiet = _QUIET_MODULES * MIN_QR_MODULE_DOTS + 2
    strong, body = paper.strong(), paper.body()
    left = max(paper.margin, 12) + code.width + quiet
    available = paper.width_dots - paper.margin - left
    beside = available >= 150
    if not beside:
        left, available = paper.margin, paper.inner
    runs: list[_Run] = []
    y = 0
    for text, face in ((block.title, strong), (block.caption, body)):
        for line in wrap_evenly(text, face, available) if clean(text) else []:
            x = left if beside else _aligned(line, face, "center", left, available)
            runs.append(_Run(line, face, x, y))
            y += line_height(face)
    # The paper left of the print area is the quiet zone there.
    code_x = max(paper.margin, 12) if beside and runs else (paper.width_dots - code.width) // 2
    if beside:
        height = max(code.height + 2 * quiet, y)
        shift = (height - y) // 2
    else:
        height = code.height + 2 * quiet + y
        shift = code.height + 2 * quiet
    code_y = (height - code.height) // 2 if beside else quiet
    texts = _paint_runs([_Run(r.text, r.face, r.x, r.y + shift) for r in runs])

    def paint(draw: ImageDraw.ImageDraw, image: Image.Image, top: int) -> None:
        image.paste(code, (code_x, top + code_y))
        texts(draw, image, top)

    return _Piece(height, paint)


def _picture(block: Picture, paper: Paper) -> _Piece:
    flat = block.image.convert("RGBA")
    ground = Image.new("RGBA", flat.size, "white")
    ground.alpha_composite(flat)
    grey = ground.convert("L")
    grey.thumbnail((max(1, int(paper.inner * block.share)), max(1, block.max_height)))
    mono = grey.convert("1")

    def paint(draw: ImageDraw.ImageDraw, image: Image.Image, y: int) -> None:
        image.paste(mono, ((paper.width_dots - mono.width) // 2, y))

    return _Piece(mono.height + 8, paint)


def render_ruler() -> list[Image.Image]:
    """The page by which a person finds the head's width: one picture for each common width, narrow
    to wide. The right setting is the largest number whose end mark comes out whole."""
    narrow = Paper(COMMON_WIDTHS[0])
    pages = [
        render_receipt(
            [
                Heading("Thước đo khổ in"),
                Text("Mỗi vạch dưới đây rộng hơn vạch trên. Chọn số LỚN NHẤT còn thấy đủ hình vuông ở mép phải."),
                Text("Ghi số ấy vào mục [printer] width_dots."),
                Rule(),
            ],
            narrow,
        )
    ]
    for dots in COMMON_WIDTHS:
        image = Image.new("L", (dots, 66), _WHITE)
        draw = ImageDraw.Draw(image)
        draw.text((24, 0), str(dots), font=narrow.large(), fill=_BLACK)
        draw.rectangle((0, 40, dots - 1, 42), fill=_BLACK)
        for x in range(0, dots, 8):  # 8 dots = 1 mm at 203 dpi
            draw.line((x, 43, x, 55 if x % 80 == 0 else 47), fill=_BLACK)
        draw.rectangle((dots - 20, 16, dots - 1, 36), outline=_BLACK, width=4)
        pages.append(_mono(image))
    return pages
