"""What the receipts say: loan, return, "what I have", class-corner hand-over, paper test, refusal.

Here: Vietnamese words in the blocks of hardware.receipt_blocks. Not here: drawing and bytes. Runs in the
printer worker, for drawing is what must never hold up the scanner; the core's editor of receipts draws its
preview with the same function. What a school may change: library/contract/receipt_template.py.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from PIL import Image

from hardware.receipt_blocks import Banner, Block, Heading, Item, Picture, Qr, Row, Rule, Spacer, Text
from kiosk.receipt_content import ReceiptContent, ReceiptLine
from kiosk.spoken import address, full_day, read_date, short_day
from library.contract.receipt_template import BUILT_IN, MAX_LOGO_HEIGHT, ReceiptTemplate

_LIBRARY = "Thư viện"
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")  # a sentence begins a line: a child of seven reads one at a time
_ONE_WORD = re.compile(
    r"(?<=thầy) (?=cô)|(?<=phân) (?=hiệu)|(?<=thư) (?=viện)|(?<=thủ) (?=thư)|(?<=quá) (?=hạn)"
    r"|(?<=\d) (?=giờ)|(?<=giờ) (?=\d)",
    re.IGNORECASE,
)
_EDGE = 16  # dots between the last words and the knife: what it cuts is where the picture ends


def compose_receipt(content: ReceiptContent, template: ReceiptTemplate = BUILT_IN) -> list[Block]:
    """The blocks of a receipt, top to bottom. ValueError for a template whose logo cannot be read."""
    if not template.show_barcodes and content.kind != "hand_over":  # whoever takes over 40 copies ticks numbers
        content = replace(content, lines=tuple(replace(line, barcode="") for line in content.lines))
    blocks = _head(content, template)
    match content.kind:
        case "acts":
            blocks += _acts(content)
        case "holdings":
            blocks += _holdings(content)
        case "hand_over":
            blocks += _hand_over(content)
        case "paper_test":
            blocks += _paper_test(content)
        case "refusal":
            blocks += [*(Text(sentence, "strong") for sentence in _SENTENCE_END.split(content.said)), Spacer(8)]
    return [_addressed(block, content.reader_kind) for block in blocks + _foot(content, template)]


def _addressed(block: Block, reader_kind: str) -> Block:
    """Our own sentences speak to whoever borrows; titles of books stay as they are."""
    if isinstance(block, Text):
        return replace(block, text=_said_to(block.text, reader_kind))
    if isinstance(block, Qr):
        return replace(block, caption=_said_to(block.caption, reader_kind))
    return block


def _said_to(text: str, reader_kind: str) -> str:
    """No line ends inside what is read as one: "thầy cô", "phân hiệu", "16 giờ 30"."""
    return _ONE_WORD.sub("\u00a0", address(text, reader_kind))


def _head(content: ReceiptContent, template: ReceiptTemplate) -> list[Block]:
    blocks: list[Block] = []
    if content.reprint:
        blocks += [Banner("BẢN IN LẠI"), Spacer(8)]
    if template.logo:
        blocks.append(_logo(template.logo))
    school = template.school or content.school
    blocks += [Heading(template.heading or _LIBRARY), Text(school, "strong", "center") if school else Spacer(1)]
    blocks += [Spacer(6), Rule("strong"), Spacer(6)]
    blocks.append(Text(_title(content), "large", "center"))
    blocks.append(Spacer(6))
    if content.name:
        named = bool(content.class_name) and template.show_class
        who = f"{content.name} – {content.class_name}" if named else content.name
        blocks.append(Row(_whose(content), who))
    made = _moment(content.made_at)
    if made:
        blocks.append(Row("Ngày", made))
    if content.kind == "hand_over":
        blocks.append(Row("Số cuốn", str(max(content.total, len(content.lines)))))
        if content.received_by:
            blocks.append(Row("Người nhận", content.received_by))
    if content.kind == "paper_test":
        blocks.append(Row("Chiều rộng", f"{content.width_dots} điểm"))
    return [*blocks, Spacer(10)]


def _whose(content: ReceiptContent) -> str:
    if content.kind == "hand_over":
        return "Nhận từ" if content.returned else "Nơi nhận"
    return "Bạn đọc"


def _title(content: ReceiptContent) -> str:
    if content.kind == "holdings":
        return "Sách em đang mượn"
    if content.kind == "hand_over":
        return content.title or "Giao sách góc lớp"
    if content.kind == "paper_test":
        return "In thử"
    if content.kind == "refusal":
        return "Chưa được rồi"
    kinds = {line.kind for line in content.lines}
    if kinds == {"return"}:
        return "Phiếu trả sách"
    if kinds == {"renewal"}:
        return "Phiếu mượn thêm ngày"
    return "Phiếu mượn trả" if "return" in kinds else "Phiếu mượn sách"


_PARTS = (("checkout", "Em mượn"), ("renewal", "Em mượn thêm ngày"), ("return", "Em đã trả"))


def _acts(content: ReceiptContent) -> list[Block]:
    """One part for each kind of act; a heading says which, where there are several."""
    parts = [(words, [line for line in content.lines if line.kind == kind]) for kind, words in _PARTS]
    parts = [(words, lines) for words, lines in parts if lines]
    blocks: list[Block] = []
    for position, (words, lines) in enumerate(parts):
        if position:
            blocks += [Spacer(4), Rule("strong"), Spacer(8)]
        if len(parts) > 1:
            blocks.append(Text(words, "strong"))
        blocks += _items(lines, content)
    return blocks


def _holdings(content: ReceiptContent) -> list[Block]:
    if not content.lines:
        return [Text("Em không còn giữ cuốn nào.", "body", "center"), Spacer(8)]
    return _items(content.lines, content)


def _hand_over(content: ReceiptContent) -> list[Block]:
    blocks: list[Block] = []
    for line in content.lines:
        blocks += [Item(line.title, line.barcode, line.note, "box"), Rule("light")]
    left = content.total - len(content.lines)
    if left > 0:
        blocks.append(Text(f"Còn {left} cuốn nữa: xem phiếu in khổ A4.", "strong"))
    return [*blocks, Spacer(16), Text("Ký nhận:"), Spacer(80)]


def _paper_test(content: ReceiptContent) -> list[Block]:
    return [
        Text("Chữ thường: ẵ ằ ộ ợ ữ ự ỹ đ", "body"),
        Text("Chữ đậm: ẴẰ ỘỢ ỮỰ Ỹ Đ", "strong"),
        Text("Chữ lớn: Dế Mèn", "large"),
        Rule("light"),
        Text("Hai mép giấy đều thấy vạch và không chữ nào bị cắt là đúng chiều rộng."),
        Spacer(6),
    ]


def _items(lines: Sequence[ReceiptLine], content: ReceiptContent) -> list[Block]:
    """The books of one part, and below them, where a day is not known, whom to ask for it."""
    blocks: list[Block] = []
    for position, line in enumerate(lines, 1):
        emphasis = _due_words(line, read_date(content.made_at))
        blocks.append(Item(line.title or "Sách của thư viện", line.barcode, emphasis, str(position)))
        if position < len(lines):
            blocks.append(Rule("light"))
    if any(line.due_on is None for line in lines if line.kind != "return"):
        blocks += [Spacer(4), Text("Hạn trả: hỏi cô thủ thư.", "strong"), Spacer(4)]
    return [*blocks, Spacer(4)]


def _due_words(line: ReceiptLine, today: date | None) -> str:
    due = read_date(line.due_on)
    if due is None or line.kind == "return":
        return ""
    if today is not None and due < today:
        return f"Quá hạn {full_day(due)}"
    return f"Hạn {full_day(due)}"


def _logo(png: bytes) -> Picture:
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as opened:
            return Picture(opened.convert("1"), share=1.0, max_height=MAX_LOGO_HEIGHT)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:  # what Pillow raises on a damaged file
        raise ValueError("template: logo") from error


def _foot(content: ReceiptContent, template: ReceiptTemplate) -> list[Block]:
    blocks: list[Block] = [Rule("strong"), Spacer(6)]
    days = [read_date(line.due_on) for line in content.lines if line.kind in ("checkout", "renewal", "held")]
    if content.kind in ("acts", "holdings"):
        blocks += _come_back({day for day in days if day is not None}, read_date(content.made_at))
    if content.offline:
        blocks += [Text("Ghi lúc quầy mất mạng.", "body", "center"), Spacer(4)]
    greeting = template.greeting or content.greeting or "Hẹn gặp lại em ở thư viện!"
    caption = {
        "hand_over": "Sách đã về thư viện." if content.returned else "Giữ phiếu này tới khi trả đủ.",
        "paper_test": "Mã vuông quét được là đạt.",
    }.get(content.kind, greeting)
    if content.number and (template.show_qr or content.kind == "paper_test"):
        blocks.append(Qr(content.number, f"Số {content.number}", caption))
    else:
        blocks.append(Text(caption, "strong", "center"))
        if content.number:
            blocks.append(Text(f"Số {content.number}", "body", "center"))
        blocks.append(Spacer(_EDGE))
    if closing := _closing(content, template):
        blocks += [Rule("light"), Text(closing, "body", "center"), Spacer(_EDGE)]
    return blocks


def _come_back(days: set[date], today: date | None) -> list[Block]:
    """When the child should be here again: a book that is late already comes first, without a word of blame."""
    late = today is not None and any(day < today for day in days)
    known = sorted(day for day in days if today is None or day >= today)
    blocks: list[Block] = []
    if late:
        blocks += [Text("Em mang trả cuốn quá hạn trước nhé.", "strong", "center"), Spacer(6)]
    if known:
        one = "Em trả sách muộn nhất ngày" if len(known) == 1 else "Ngày trả gần nhất"
        label = "Ngày trả tiếp theo" if late else one
        blocks += [Text(label, "body", "center"), Text(short_day(known[0]), "large", "center"), Spacer(6)]
    return blocks


def _closing(content: ReceiptContent, template: ReceiptTemplate) -> str:
    if content.kind == "hand_over":
        return "" if content.returned else template.closing_hand_over
    if content.kind in ("paper_test", "refusal"):
        return ""
    if content.lines and all(line.kind == "return" for line in content.lines):
        return template.closing_return
    return template.closing_loan


def _moment(made_at: str | None) -> str:
    if made_at is None:
        return ""
    moment = datetime.fromisoformat(made_at)
    return f"{moment:%d/%m/%Y}" if len(made_at) == 10 else f"{moment:%d/%m/%Y %H:%M}"
