"""What receipts say, and that they come out as pictures through the real encoder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hardware.png_printer import PngPrinter
from hardware.receipt_blocks import Banner, Block, Heading, Item, Qr, Row, Text
from hardware.receipt_layout import Paper, render_receipt
from kiosk.printer_drawing import print_receipt
from kiosk.printing import receipt_number
from kiosk.receipt_content import ReceiptContent, ReceiptLine
from kiosk.receipts import compose_receipt
from kiosk.template_store import TemplateStore
from library.contract.receipt_template import ReceiptTemplate
from library.contract.scans import make_card_number

LENT = ReceiptLine("checkout", "Dế Mèn phiêu lưu ký", "TN-00012", "2026-12-07")
LATER = ReceiptLine("checkout", "Hai vạn dặm dưới đáy biển – bản dịch đầy đủ", "TN-00345", "2026-12-14")
BACK = ReceiptLine("return", "Đất rừng phương Nam", "TN-00077")
LOAN = ReceiptContent(
    kind="acts", number="QUAY1-00042", school="Trường THCS Nguyễn Du", made_at="2026-11-23T09:41", name="An",
    class_name="3A", lines=(LENT, LATER),
)  # fmt: skip


# The head of a PNG of 8 × 8 dots, and nothing after it.
LOGO_CUT_SHORT = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAIAQ=="


def words(content: ReceiptContent, **template: Any) -> str:
    said = " | ".join(_words(block) for block in compose_receipt(content, ReceiptTemplate(**template)))
    return said.replace("\u00a0", " ")


def _words(block: Block) -> str:
    match block:
        case Heading() | Text() | Banner():
            return block.text
        case Row():
            return f"{block.label}: {block.value}"
        case Item():
            return f"{block.mark} {block.title} {block.note} {block.emphasis}"
        case Qr():
            return f"[{block.data}] {block.title} {block.caption}"
    return ""


def test_loan() -> None:
    said = words(LOAN)
    for wanted in ("Trường THCS Nguyễn Du", "Phiếu mượn sách", "Bạn đọc: An – 3A", "23/11/2026 09:41",
                   "1 Dế Mèn phiêu lưu ký TN-00012 Hạn 07/12/2026", "Hạn 14/12/2026", "thứ Hai, 07/12"):  # fmt: skip
        assert wanted in said, wanted


def test_return_and_both() -> None:
    assert "Phiếu trả sách" in words(replace(LOAN, lines=(BACK,)))
    both = words(replace(LOAN, lines=(LENT, BACK)))
    assert "Phiếu mượn trả" in both and both.index("Em mượn") < both.index("Em đã trả")
    assert "Hạn" not in words(replace(LOAN, lines=(BACK,)))


def test_each_kind_of_act_has_its_part() -> None:
    renewed = replace(LATER, kind="renewal")
    said = words(replace(LOAN, lines=(BACK, renewed, LENT)))
    assert said.index("Em mượn") < said.index("Em mượn thêm ngày") < said.index("Em đã trả") < said.index("Đất rừng")
    assert "Em mượn thêm ngày" not in words(replace(LOAN, lines=(renewed,))), "its title says it"


def test_a_book_that_is_late_comes_first_and_its_day_is_never_the_next_one() -> None:
    late = replace(LENT, kind="held", due_on="2026-11-16")
    held = replace(LOAN, kind="holdings", lines=(late, replace(LATER, kind="held")))
    said = words(held)
    assert "Quá hạn 16/11/2026" in said and "Em mang trả cuốn quá hạn trước nhé." in said
    assert "Ngày trả tiếp theo | thứ Hai, 14/12" in said and "thứ Hai, 16/11" not in said
    assert "muộn nhất" not in words(replace(held, lines=(late,)))
    assert "Quá hạn" not in words(replace(held, made_at=None)), "nobody knows what day it is"
    today = replace(late, due_on="2026-11-23")
    assert "Quá hạn" not in words(replace(held, lines=(today,))), "the last day is not late"


def test_a_receipt_without_network_says_so() -> None:
    assert "Ghi lúc quầy mất mạng." in words(replace(LOAN, offline=True))
    assert "mất mạng" not in words(LOAN)


def test_a_hand_over_names_what_it_has_no_room_for_and_which_way_it_went() -> None:
    over = replace(LOAN, kind="hand_over", name="Góc lớp 3A", class_name="", made_at="2026-11-23", total=9)
    said = words(over, closing_hand_over="Thiếu cuốn nào, báo thư viện.")
    assert "Số cuốn: 9" in said and "Còn 7 cuốn nữa: xem phiếu in khổ A4." in said
    assert "Ngày: 23/11/2026 |" in said and "báo thư viện" in said and "Giữ phiếu này" in said
    back = words(
        replace(over, returned=True, title="Nhận sách từ góc lớp", total=0, lines=(replace(BACK, note="Thất lạc"),)),
        closing_hand_over="Thiếu cuốn nào, báo thư viện.",
    )
    assert "Nhận từ: Góc lớp 3A" in back and "TN-00077 Thất lạc" in back and "Sách đã về thư viện." in back
    assert "Giữ phiếu này" not in back and "báo thư viện" not in back


def test_no_due_date_and_no_time_while_the_clock_is_not_trusted() -> None:
    said = words(replace(LOAN, made_at=None, lines=(replace(LENT, due_on=None),)))
    assert "Hạn trả: hỏi cô thủ thư." in said and "2026" not in said and "Ngày" not in said


def test_whom_to_ask_for_the_day_stands_with_the_books_that_lack_it() -> None:
    said = words(replace(LOAN, lines=(BACK, replace(LENT, due_on=None))))
    assert said.index("Dế Mèn") < said.index("Hạn trả: hỏi cô thủ thư.") < said.index("Em đã trả")


def test_each_sentence_of_a_refusal_begins_a_line() -> None:
    said = words(replace(LOAN, kind="refusal", lines=(), said="Thẻ này là thẻ cũ rồi. Em quét thẻ mới nhé."))
    assert "Thẻ này là thẻ cũ rồi. | Em quét thẻ mới nhé." in said


def test_no_line_ends_inside_what_is_read_as_one() -> None:
    closing = "Thư viện mở cửa 7 giờ đến 16 giờ 30"
    blocks = compose_receipt(LOAN, ReceiptTemplate(school="Ấp 4 – phân hiệu", closing_loan=closing))
    texts = [block.text for block in blocks if isinstance(block, Text)]
    assert "Ấp 4 – phân\u00a0hiệu" in texts and "Thư\u00a0viện mở cửa 7\u00a0giờ đến 16\u00a0giờ\u00a030" in texts


@pytest.mark.parametrize("template", [{"closing_loan": "Đọc xong kể cô nghe nhé!"}, {"show_qr": False}, {}])
@pytest.mark.parametrize("width", [384, 576])
def test_the_knife_does_not_touch_the_last_words(template: dict[str, Any], width: int) -> None:
    drawn = render_receipt(compose_receipt(LOAN, ReceiptTemplate(**template)), Paper(width)).convert("L")
    assert drawn.crop((0, drawn.height - 14, drawn.width, drawn.height)).getextrema() == (255, 255)


def test_holdings_hand_over_and_paper_test() -> None:
    held = replace(LOAN, kind="holdings", lines=(replace(LENT, kind="held"),))
    assert "Sách em đang mượn" in words(held)
    assert "không còn giữ" in words(replace(held, lines=()))
    over = words(replace(LOAN, kind="hand_over", name="Góc lớp 3A", class_name="", received_by="Cô Hằng"))
    for wanted in ("Giao sách góc lớp", "Nơi nhận: Góc lớp 3A", "Số cuốn: 2", "Người nhận: Cô Hằng", "Ký nhận"):
        assert wanted in over
    assert "384 điểm" in words(replace(LOAN, kind="paper_test", width_dots=384, lines=()))


def test_reprint_says_so_first() -> None:
    assert words(replace(LOAN, reprint=True)).startswith("BẢN IN LẠI")


def test_teachers_are_not_pupils_and_titles_stay() -> None:
    said = words(replace(LOAN, reader_kind="teacher", lines=(replace(LENT, title="Em là ai"),)))
    assert "Thầy cô trả sách muộn nhất ngày" in said and "Em là ai" in said


def test_number_names_the_kiosk_and_the_row_only() -> None:
    assert receipt_number("Quầy 1", 42) == "QUAY1-00042"
    assert receipt_number("!!!", 7) == "QUAY-00007"


def test_content_travels_and_nothing_else_is_taken_for_it() -> None:
    assert ReceiptContent.from_json(LOAN.to_json()) == LOAN
    for odd in ("{}", "[]", "null", '{"lines": [3]}', "x"):
        with pytest.raises(ValueError):
            ReceiptContent.from_json(odd)


@pytest.mark.parametrize("width", [384, 512, 576])
def test_paper(tmp_path: Path, width: int) -> None:
    outcome, reason = print_receipt(PngPrinter(tmp_path, width), LOAN, width, "partial")
    assert (outcome, reason) == ("printed", None)
    [path] = tmp_path.glob("*.png")
    with Image.open(path) as printed:
        drawn = render_receipt(compose_receipt(LOAN), Paper(width))
        # The same dots that were drawn came out of the bytes, with the paper's white edge around.
        assert printed.width == width and printed.height >= drawn.height
        assert printed.convert("1").histogram()[0] == drawn.histogram()[0]


def test_no_card_number_ever() -> None:
    card = make_card_number(5)
    assert card not in LOAN.to_json() and not any("card" in name for name in ReceiptContent.__dataclass_fields__)


# ---------------------------------------------------------------- the school's own template

OWN = {"heading": "Thư viện Mơ Ước", "school": "Tiểu học Phan Bội Châu – điểm Ấp 4", "greeting": "Hẹn em chiều thứ Sáu",
       "closing_loan": "Mở cửa 7 giờ", "closing_return": "Cảm ơn em", "closing_hand_over": "Hạn đổi sách 25/12"}  # fmt: skip


def test_the_school_s_words_take_the_place_of_ours() -> None:
    said = words(LOAN, **OWN)
    for wanted in ("Thư viện Mơ Ước", "điểm Ấp 4", "Hẹn em chiều thứ Sáu", "Mở cửa 7 giờ"):
        assert wanted in said
    assert "Nguyễn Du" not in said and "Cảm ơn em" not in said
    assert words(replace(LOAN, lines=(BACK,)), **OWN).rstrip(" |").endswith("Cảm ơn em")
    over = replace(LOAN, kind="hand_over", name="Góc lớp 3A", class_name="")
    assert words(over, **OWN).rstrip(" |").endswith("Hạn đổi sách 25/12") and "Giữ phiếu này" in words(over, **OWN)


def test_parts_that_are_left_out() -> None:
    assert "3A" not in words(LOAN, show_class=False) and "Bạn đọc: An" in words(LOAN, show_class=False)
    assert "TN-00012" not in words(LOAN, show_barcodes=False) and "Hạn 07/12/2026" in words(LOAN, show_barcodes=False)
    over = replace(LOAN, kind="hand_over", name="Góc lớp 3A", class_name="")
    assert "TN-00012" in words(over, show_barcodes=False), "whoever takes copies over ticks their numbers"
    without = words(LOAN, show_qr=False)
    assert "[QUAY1-00042]" not in without and "Số QUAY1-00042" in without
    assert "[QUAY1-00042]" in words(replace(LOAN, kind="paper_test", lines=()), show_qr=False), "it is what is tested"


@pytest.mark.parametrize("damaged", [{"heading": 5}, {"logo": "aGVsbG8="}, [], {"logo": LOGO_CUT_SHORT}])
def test_a_damaged_template_prints_as_built_in(tmp_path: Path, damaged: Any) -> None:
    for folder, template in (("own", damaged), ("built-in", None)):
        assert print_receipt(PngPrinter(tmp_path / folder, 384), LOAN, 384, "partial", template)[0] == "printed"
    [own], [built_in] = ((tmp_path / folder).glob("*.png") for folder in ("own", "built-in"))
    with Image.open(own) as one, Image.open(built_in) as other:
        assert one.tobytes() == other.tobytes()


def test_a_template_is_kept_for_days_without_network(tmp_path: Path) -> None:
    path = tmp_path / "receipt-template.json"
    store = TemplateStore(path)
    assert store.version == 0 and store.is_behind(4) and not store.is_behind(0)
    assert store.keep(ReceiptTemplate(version=4, heading="Mơ Ước").to_json())
    again = TemplateStore(path)
    assert again.version == 4 and again.current is not None and again.current["heading"] == "Mơ Ước"
    assert not again.keep({"version": 5, "heading": 3}) and again.version == 4
    for odd in (None, "4", True, 4):
        assert not again.is_behind(odd)
    for damaged in ("{", "[]", '{"version": "x"}', "[" * 100_000):
        path.write_text(damaged)
        assert TemplateStore(path).version == 0
    path.unlink()
    path.mkdir()
    assert TemplateStore(path).version == 0 and not TemplateStore(path).keep(ReceiptTemplate(version=1).to_json())
