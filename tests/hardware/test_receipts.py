"""From blocks to dots to bytes and back: nothing lost, nothing dangerous, everything readable."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw
from sample_receipt import QR_DATA, loan_receipt

from hardware.emulator.decoder import Decoder
from hardware.escpos_encoder import Cut, encode_job, without_realtime_commands
from hardware.null_printer import NullPrinter
from hardware.png_printer import PngPrinter
from hardware.printer import Outcome, PrinterStatus, Reason
from hardware.receipt_blocks import Banner, Heading, Item, Picture, Row, Spacer, Text
from hardware.receipt_layout import (
    COMMON_WIDTHS,
    MIN_QR_MODULE_DOTS,
    Paper,
    qr_picture,
    render_receipt,
    render_ruler,
)
from hardware.ticket_files import TicketFolder
from hardware.transport_file import FilePrinter
from hardware.typefaces import Typeface, clean, font, line_height, width, wrap, wrap_evenly

MARKS = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
LETTERS = sorted(
    {unicodedata.normalize("NFC", vowel + mark) for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for mark in MARKS} | set("đĐ")
)


def decode(job: bytes, width_dots: int) -> tuple[list[Image.Image], Decoder]:
    tickets: list[Image.Image] = []
    decoder = Decoder(width_dots, on_ticket=tickets.append)
    decoder.feed(job)
    decoder.tear_off()
    return tickets, decoder


def same_dots(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.logical_xor(one, other).getbbox() is None


def ink(image: Image.Image) -> Image.Image:
    return ImageChops.invert(image)


class TestLayout:
    @pytest.mark.parametrize("face", list(Typeface))
    @pytest.mark.parametrize("weight", ["Regular", "Medium", "Bold"])
    def test_every_vietnamese_letter_has_its_own_picture(self, face: Typeface, weight: str) -> None:
        glyphs = {bytes(font(face, weight, 48).getmask(letter)) for letter in LETTERS}  # type: ignore[arg-type]  # Pillow: bytes() works
        missing = bytes(font(face, weight, 48).getmask("\U000f0000"))  # type: ignore[arg-type]  # Pillow: bytes() works
        assert len(LETTERS) == 146
        assert len(glyphs) == len(LETTERS)
        assert missing not in glyphs

    @pytest.mark.parametrize("dots", COMMON_WIDTHS)
    def test_a_loan_receipt_fits_every_head(self, dots: int) -> None:
        image = render_receipt(loan_receipt(), Paper(dots))
        assert image.mode == "1"
        assert image.width == dots
        left, _, right, _ = ink(image).getbbox() or (0, 0, 0, 0)
        assert left >= 2
        assert right <= dots - 2

    def test_letters_apart_and_letters_composed_look_the_same(self) -> None:
        text = "Nguyễn Đặng Ỷ Lan – Ẵm ỗi"
        composed = render_receipt([Text(unicodedata.normalize("NFC", text))], Paper())
        apart = render_receipt([Text(unicodedata.normalize("NFD", text))], Paper())
        assert same_dots(composed, apart)

    @pytest.mark.parametrize("dots", [384, 576])
    @pytest.mark.parametrize("face", list(Typeface))
    def test_marks_of_one_line_never_touch_the_line_above(self, dots: int, face: Typeface) -> None:
        paper = Paper(dots, face)
        for use in (paper.body(), paper.title(), paper.strong(), paper.large(), paper.heading()):
            tops = min(use.getbbox(letter, anchor="ls")[1] for letter in LETTERS)
            bottoms = max(use.getbbox(letter, anchor="ls")[3] for letter in [*LETTERS, "g", "y", "p"])
            assert bottoms - tops < line_height(use)

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=200), st.integers(60, 400))
    def test_wrapping_loses_no_character_and_no_line_is_too_wide(self, text: str, available: int) -> None:
        face = Paper(384).body()
        lines = wrap(text, face, available)
        assert "".join(lines).replace(" ", "") == clean(text).replace(" ", "")
        assert all(width(line, face) <= available or len(line) == 1 for line in lines)

    @settings(max_examples=40, deadline=None)
    @given(st.text(max_size=300), st.text(max_size=60), st.sampled_from([384, 576]))
    def test_any_text_can_stand_on_a_receipt(self, long: str, short: str, dots: int) -> None:
        blocks = [Heading(short), Text(long), Row(short, long), Item(long, short, short, "box"), Banner(long)]
        image = render_receipt(blocks, Paper(dots))
        assert image.width == dots

    def test_a_long_title_is_whole_and_its_due_date_too(self) -> None:
        short = render_receipt([Item("Tắt đèn", "TN-1", "Hạn 06/12/2026", "1.")], Paper(384))
        long = render_receipt([Item("Tắt đèn " * 20, "TN-1", "Hạn 06/12/2026", "1.")], Paper(384))
        assert long.height > short.height + 4 * 24
        last_line = 40
        ends = [image.crop((0, image.height - last_line, 384, image.height)) for image in (short, long)]
        assert same_dots(*ends)

    def test_a_logo_is_shrunk_centred_and_without_grey(self) -> None:
        logo = Image.new("RGBA", (900, 300), (0, 0, 0, 0))
        ImageDraw.Draw(logo).ellipse((300, 0, 600, 300), fill=(10, 60, 40, 255))
        image = render_receipt([Picture(logo)], Paper(384))
        left, _, right, _ = ink(image).getbbox() or (0, 0, 0, 0)
        assert image.mode == "1"
        assert abs((left + right) / 2 - 192) <= 2
        assert right - left < 384 / 2

    def test_nothing_at_all_is_still_a_picture(self) -> None:
        assert render_receipt([], Paper(384)).size == (384, 1)
        assert render_receipt([Spacer(-5)], Paper(384)).size == (384, 1)

    @pytest.mark.parametrize("dots", [0, 100, 383, 5000])
    def test_impossible_heads_are_refused(self, dots: int) -> None:
        with pytest.raises(ValueError, match="width_dots"):
            Paper(dots)

    def test_qr_modules_are_wide_enough_or_refused(self) -> None:
        code = qr_picture(QR_DATA, 372)
        run = 0
        while code.getpixel((run, 0)) == 0:
            run += 1
        assert run / 7 >= MIN_QR_MODULE_DOTS  # the finder's edge is seven modules long
        with pytest.raises(ValueError, match="does not fit"):
            qr_picture("https://example.org/" + "x" * 900, 372)

    def test_the_ruler_marks_each_width_at_its_last_dot(self) -> None:
        pages = render_ruler()[1:]
        assert [page.width for page in pages] == list(COMMON_WIDTHS)
        assert all(page.getpixel((page.width - 1, 20)) == 0 for page in pages)


class TestBytes:
    @settings(max_examples=40, deadline=None)
    @given(
        st.sampled_from(COMMON_WIDTHS),
        st.integers(1, 300),
        st.integers(24, 128),
        st.randoms(use_true_random=False),
    )
    def test_every_picture_comes_out_of_the_bytes_dot_for_dot(
        self, dots: int, rows: int, band_rows: int, random: Random
    ) -> None:
        row_bytes = (dots + 7) // 8
        pixels = random.randbytes(row_bytes * rows)
        image = ImageChops.invert(Image.frombytes("1", (dots, rows), pixels))
        tickets, decoder = decode(encode_job(image, band_rows=band_rows), dots)
        assert decoder.unknown == []
        assert decoder.realtime_in_pixels == 0
        assert len(tickets) == 1
        changed = ImageChops.logical_xor(tickets[0], image).tobytes()
        # One dot for each dangerous pair, nothing else.
        assert sum(byte.bit_count() for byte in changed) <= len(re.findall(rb"\x10[\x04\x05\x14]", pixels))

    def test_a_receipt_comes_out_dot_for_dot(self) -> None:
        for dots in (384, 576):
            image = render_receipt(loan_receipt(), Paper(dots))
            tickets, decoder = decode(encode_job(image), dots)
            assert same_dots(tickets[0], image)
            assert decoder.unknown == []

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x00, 0xFF, 0x18]), max_size=60))
    def test_no_realtime_command_survives_and_only_lone_dots_gain_one(self, values: list[int]) -> None:
        before = bytes(values)
        after = without_realtime_commands(before)
        assert not any(pair in after for pair in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))
        assert all(a == b or (a, b) == (0x10, 0x18) for a, b in zip(before, after, strict=True))

    def test_drawn_commands_never_reach_the_wire(self) -> None:
        """A picture made of nothing but DLE EOT, DLE ENQ and DLE DC4 (kick the drawer, power off)."""
        attack = b"\x10\x04\x10\x05\x10\x14" * 8
        image = ImageChops.invert(Image.frombytes("1", (384, 64), attack * 64))
        job = encode_job(image)
        assert decode(job, 384)[1].realtime_in_pixels == 0
        assert not any(pair in job for pair in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))

    def test_bands_stay_short(self) -> None:
        image = render_receipt(loan_receipt(), Paper(384))
        assert encode_job(image, band_rows=24).count(b"\x1dv0") == -(-image.height // 24)
        for rows in (0, 23, 129, 960):
            with pytest.raises(ValueError, match="band_rows"):
                encode_job(image, band_rows=rows)

    def test_cut_and_tear(self) -> None:
        image = Image.new("1", (384, 30), 0)
        for cut, command in ((Cut.FULL, b"\x1dVA\x00"), (Cut.PARTIAL, b"\x1dVB\x00"), (Cut.TEAR, b"\x1bJ\x78")):
            assert encode_job(image, cut=cut).endswith(command)
        torn = decode(encode_job(image, cut=Cut.TEAR), 384)[0][0]
        assert torn.height == 30 + 120

    def test_the_ruler_is_one_job(self) -> None:
        tickets, decoder = decode(encode_job(render_ruler()), 640)
        assert len(tickets) == 1
        assert decoder.unknown == []

    def test_encoding_leaves_no_litter(self, tmp_path: Path) -> None:
        code = (
            "from PIL import Image; from hardware.escpos_encoder import encode_job;"
            "encode_job(Image.new('1', (384, 30), 0))"
        )
        root = Path(__file__).resolve().parents[2]
        environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
        for _ in range(2):
            done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
            assert done.stdout == b""
        assert list(tmp_path.iterdir()) == []


class TestDecoder:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.binary(max_size=400), max_size=6))
    def test_any_bytes_in_any_pieces_print_something_or_nothing(self, pieces: list[bytes]) -> None:
        whole, _ = decode(b"".join(pieces), 384)
        tickets: list[Image.Image] = []
        decoder = Decoder(384, on_ticket=tickets.append)
        for piece in pieces:
            decoder.feed(piece)
        decoder.tear_off()
        assert [ticket.tobytes() for ticket in tickets] == [ticket.tobytes() for ticket in whole]

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.sampled_from(
                [b"\x1b", b"\x1d", b"\x1c", b"\x10", b"@", b"v0\x00", b"(L", b"*", b"\x02\x00", b"V", b"k", b"A", b"\n"]
            ),
            max_size=40,
        )
    )
    def test_command_soup_never_raises(self, soup: list[bytes]) -> None:
        _, decoder = decode(b"".join(soup) + b"\x00" * 3000 + b"\x1b@", 384)
        assert decoder.rows_printed >= 0

    def test_three_ways_to_send_a_picture_give_the_same_dots(self) -> None:
        """GS v 0, GS ( L and ESC *, encoded by python-escpos itself."""
        from escpos.printer import Dummy

        image = render_receipt([Heading("Phiếu"), Text("Ẵm ỗi Ỷ")], Paper(384))
        image = image.crop((0, 0, 384, image.height // 24 * 24))
        printed = []
        for impl in ("bitImageRaster", "graphics", "bitImageColumn"):
            printer = Dummy()
            printer.profile.profile_data["media"] = {"width": {"mm": "0", "pixels": "1024"}}
            printer.image(image, impl=impl)
            tickets, decoder = decode(printer.output, 384)
            assert decoder.unknown == []
            printed.append(tickets[0])
        assert all(same_dots(ticket, image) for ticket in printed)

    def test_unknown_bytes_are_named_with_their_place(self) -> None:
        _, decoder = decode(b"\x1b@\x1b\xfe\x1d\xfdOK\n", 384)
        assert [(unknown.offset, unknown.data) for unknown in decoder.unknown] == [
            (2, b"\x1b\xfe"),
            (4, b"\x1d\xfd"),
        ]

    def test_a_job_cut_short_swallows_the_next_one_as_pixels(self) -> None:
        job = encode_job(Image.new("1", (384, 64), 1))
        tickets: list[Image.Image] = []
        decoder = Decoder(384, on_ticket=tickets.append)
        decoder.feed(job[:500])
        assert decoder.is_waiting_for_pixels
        decoder.feed(job[:500])
        assert decoder.is_waiting_for_pixels
        assert tickets == []

    def test_text_prints_as_text(self) -> None:
        tickets, _ = decode(b"\x1b@HELLO\n\x1dVB\x00", 384)
        assert ink(tickets[0]).getbbox() is not None

    def test_endless_paper_is_torn_off(self) -> None:
        tickets, _ = decode(b"\x1bJ\xff" * 400, 384)
        assert sum(ticket.height for ticket in tickets) == 400 * 255
        assert max(ticket.height for ticket in tickets) <= 30_000


class TestFilePrinters:
    def test_png_has_the_width_of_the_head_and_the_dots_of_the_receipt(self, tmp_path: Path) -> None:
        image = render_receipt(loan_receipt(), Paper(384))
        printer = PngPrinter(tmp_path / "receipts", 384)
        assert printer.print_job(encode_job(image)).outcome is Outcome.PRINTED
        (path,) = (tmp_path / "receipts").iterdir()
        with Image.open(path) as saved:
            assert saved.width == 384
            assert same_dots(saved.convert("1").crop((0, 24, 384, 24 + image.height)), image)
        assert printer.status() is PrinterStatus.OK

    def test_each_ticket_its_own_file_in_order_and_the_oldest_go(self, tmp_path: Path) -> None:
        printer = PngPrinter(tmp_path, 384, keep=3)
        for rows in (30, 40, 50, 60, 70):
            printer.print_job(encode_job(Image.new("1", (384, rows), 0)))
        heights = []
        for path in TicketFolder(tmp_path).tickets():
            with Image.open(path) as saved:
                heights.append(saved.height - 48)
        assert heights == [50, 60, 70]
        assert not list(tmp_path.glob("*.part"))

    def test_png_with_nothing_to_print_or_nowhere_to_put_it(self, tmp_path: Path) -> None:
        assert PngPrinter(tmp_path).print_job(b"\x1b@").reason is Reason.BAD_JOB
        blocked = tmp_path / "file"
        blocked.write_bytes(b"")
        result = PngPrinter(blocked).print_job(encode_job(Image.new("1", (384, 30), 0)))
        assert (result.outcome, result.reason) == (Outcome.NOT_PRINTED, Reason.DISK_ERROR)

    def test_file_appends_and_folder_collects(self, tmp_path: Path) -> None:
        queue = FilePrinter(tmp_path / "queue.bin")
        assert [queue.print_job(job).outcome for job in (b"one", b"two")] == [Outcome.PRINTED] * 2
        assert (tmp_path / "queue.bin").read_bytes() == b"onetwo"
        folder = FilePrinter(f"{tmp_path}/jobs/")
        assert [folder.print_job(job).outcome for job in (b"one", b"two")] == [Outcome.PRINTED] * 2
        assert [path.read_bytes() for path in sorted((tmp_path / "jobs").iterdir())] == [b"one", b"two"]
        assert folder.print_job(b"").reason is Reason.BAD_JOB
        nowhere = FilePrinter(tmp_path / "missing" / "queue.bin")
        assert nowhere.print_job(b"one").outcome is Outcome.NOT_PRINTED
        assert nowhere.status() is PrinterStatus.OFFLINE

    def test_no_printer_says_so(self) -> None:
        result = NullPrinter().print_job(b"x")
        assert (result.outcome, result.reason) == (Outcome.NOT_PRINTED, Reason.NO_PRINTER)


@pytest.mark.parametrize("number", ["QUAYTHUVIENA-00042", "QUAYMAU-00001"])
@pytest.mark.parametrize("dots", [384, 512, 576])
def test_the_number_of_a_kiosk_with_a_long_name_is_not_torn_apart(dots: int, number: str) -> None:
    for available in range(dots - 176, dots - 150):  # beside the QR code
        pieces = " ".join(wrap_evenly(f"Số {number}", Paper(dots).strong(), available)).split(" ")
        assert pieces in (["Số", number], ["Số", *number.replace("-", "- ").split(" ")]), pieces
