"""Every receipt at every common width, as bytes through the emulator's decoder: dot for dot, and nothing else in them."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
import segno
from PIL import Image, ImageChops

from hardware.emulator.decoder import Decoder
from hardware.emulator.head import EmulatedHead, Fault
from hardware.emulator.server import NetworkPrinterEmulator
from hardware.escpos_encoder import Cut, encode_job
from hardware.receipt_layout import Paper, render_receipt
from kiosk.receipt_content import ReceiptContent, ReceiptLine
from kiosk.receipts import compose_receipt
from library.contract.receipt_template import ReceiptTemplate
from library.fleet.preview import KINDS, make_logo, sample

LONG = "Tuyển tập truyện cổ tích Việt Nam chọn lọc dành cho thiếu nhi – tập hai mươi ba: Nàng Ưỡn Ẵm và bảy chú Ễnh Ương"


def printed(image: Image.Image, width: int) -> tuple[Image.Image, Decoder]:
    tickets: list[Image.Image] = []
    decoder = Decoder(width, on_ticket=tickets.append)
    decoder.feed(encode_job(image, cut=Cut.PARTIAL))
    [ticket] = tickets
    return ticket, decoder


def logo() -> bytes:
    drawn = Image.radial_gradient("L").resize((400, 400))  # all greys: dithered, every pattern of bits
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return make_logo(out.getvalue())


@pytest.mark.parametrize("width", [384, 432, 512, 546, 576, 640])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_dot_for_dot_with_no_other_command(kind: str, width: int) -> None:
    template = ReceiptTemplate(heading="Thư viện Mơ Ước – Ỷ Ẵm Ộ", closing_loan=LONG, closing_hand_over=LONG, logo=logo())
    for own in (ReceiptTemplate(), template):
        drawn = render_receipt(compose_receipt(sample(kind, "Trường", "Chào em", width), own), Paper(width))
        ticket, decoder = printed(drawn, width)
        differing = ImageChops.logical_xor(ticket, drawn)
        # A dot may be added beside a lone one where the bytes would read as a real-time command.
        assert ticket.size == drawn.size and sum(differing.histogram()[128:]) <= 3
        assert decoder.unknown == [] and decoder.realtime_in_pixels == 0


@pytest.mark.parametrize("width", [384, 512, 576])
def test_the_code_on_paper_holds_the_number_and_nothing_else(width: int) -> None:
    content = sample("loan", "Trường", "Chào em", width)
    drawn = render_receipt(compose_receipt(content), Paper(width))
    ticket, _ = printed(drawn, width)
    matrix = [list(row) for row in segno.make(content.number, error="m", micro=False, boost_error=False).matrix]
    assert find_code(ticket, matrix), "the dots of the number's own QR code stand on the paper"
    named = [list(row) for row in segno.make(f"{content.number} {content.name}", error="m", micro=False).matrix]
    assert not find_code(ticket, named)


def find_code(ticket: Image.Image, matrix: list[list[int]]) -> bool:
    """Whether the picture holds exactly these modules at 4 to 6 dots each."""
    black = ticket.convert("L").point(lambda dot: 255 if dot == 0 else 0)
    for scale in (6, 5, 4):
        code = Image.new("L", (len(matrix), len(matrix)))
        code.putdata([255 * bit for row in matrix for bit in row])
        code = code.resize((len(matrix) * scale, len(matrix) * scale), Image.Resampling.NEAREST)
        top = code.crop((0, 0, code.width, 1)).tobytes()
        for y in range(black.height - code.height + 1):
            row = black.crop((0, y, black.width, y + 1)).tobytes()
            x = row.find(top)
            if x >= 0 and black.crop((x, y, x + code.width, y + code.height)).tobytes() == code.tobytes():
                return True
    return False


@pytest.mark.parametrize("width", [384, 576])
def test_a_class_corner_of_forty_is_one_ticket_with_forty_boxes_and_room_to_sign(width: int) -> None:
    lines = tuple(ReceiptLine("held", LONG if number % 7 == 0 else "Dế Mèn", f"TN-{number:05d}") for number in range(40))
    content = ReceiptContent(
        kind="hand_over", number="GL-00017", school="Trường", made_at="2026-11-23T09:41", name="Góc lớp 3A",
        received_by="Cô Nguyễn Thị Hằng", lines=lines,
    )  # fmt: skip
    drawn = render_receipt(compose_receipt(content), Paper(width))
    ticket, decoder = printed(drawn, width)
    assert ticket.height > 40 * 60 and decoder.unknown == []
    # The only long white stretch is where a hand signs.
    ink = [ticket.crop((0, y, width, y + 1)).convert("L").getextrema()[0] == 0 for y in range(ticket.height)]
    longest, run = 0, 0
    for has_ink in ink:
        run = 0 if has_ink else run + 1
        longest = max(longest, run)
    assert longest >= 80


def run_print(page: str, config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiosk.cli", "print", page, "--config", str(config)],
        cwd=Path(__file__).resolve().parents[2], capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip


def test_the_ruler_and_the_test_page_come_out_of_the_command(tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    head = EmulatedHead(640)
    with NetworkPrinterEmulator(head) as emulator:
        config.write_text(
            f'[server]\nurl = "http://127.0.0.1:9"\n[kiosk]\nstate_dir = "state"\n[printer]\ndriver = "network"\n'
            f'host = "{emulator.host}"\nport = {emulator.port}\nwidth_dots = 384\n'
        )
        for page in ("ruler", "test"):
            done = run_print(page, config)
            assert done.returncode == 0 and "Đã in." in done.stderr, done.stderr
        ruler, test = head.wait_for_tickets(2, 60)
        assert head.decoder.unknown == [] and head.decoder.realtime_in_pixels == 0
        assert ruler.getpixel((639, ruler.height - 40)) is not None and ruler.height > 6 * 60
        assert ImageChops.invert(test.convert("L")).getbbox()[2] <= 384, "as wide as the setting says"
        head.strike(Fault.PAPER_OUT)
        done = run_print("test", config)
        assert done.returncode == 1 and "Chưa in được" in done.stderr and "Traceback" not in done.stderr
    config.write_text('[server]\nurl = "http://127.0.0.1:9"\n')
    assert run_print("ruler", config).returncode == 2
