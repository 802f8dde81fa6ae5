"""ESC/POS bytes in, dots on paper out.

Here: `Decoder`, the print side of a receipt printer: it takes any bytes at all in any pieces and
gives pictures, answers and a list of what it did not know. Not here: power, paper and faults
(`head.py`), sockets (`server.py`). Written from the command descriptions in the makers' manuals,
and deliberately apart from our encoder, so that a mistake in one is seen by the other.

Like a real head it waits for the pixels it was promised: after a job that died inside a raster
command the next bytes are taken as pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

from hardware.typefaces import Typeface, font, line_height

_ESC, _GS, _FS, _DLE = 0x1B, 0x1D, 0x1C, 0x10
_DEFAULT_LINE_SPACING = 30
_MAX_ROWS = 30_000  # nearly four metres of paper: then the ticket is torn off
_MAX_UNKNOWN = 200
_MAX_WAIT = 70_000  # bytes one command may make the decoder collect

# Commands whose parameters have a fixed number of bytes and which change nothing in the dots.
_ESC_SILENT = {
    **dict.fromkeys(b" !%-=EGMRTUV{artueKQ", 1),
    **dict.fromkeys(b"$\\", 2),
    **dict.fromkeys(b"c", 2),
    **dict.fromkeys(b"p", 3),
    **dict.fromkeys(b"W", 8),
    **dict.fromkeys(b"LS\x0c<", 0),
}
_GS_SILENT = {
    **dict.fromkeys(b"!#BHbfhw", 1),
    **dict.fromkeys(b"LPW$\\", 2),
    **dict.fromkeys(b":", 0),
    **dict.fromkeys(b"^", 3),
}
_FS_SILENT = {**dict.fromkeys(b"!-CW", 1), **dict.fromkeys(b"&.", 0), **dict.fromkeys(b"Sp", 2)}


@dataclass(frozen=True, slots=True)
class UnknownBytes:
    """Something the decoder has no name for, at `offset` in the stream."""

    offset: int
    data: bytes


class _NeedMore(Exception):
    """The command is not complete yet."""


class Decoder:
    """One printer's paper. `reply` receives what the head sends back; `answer` gives the bytes
    for GS a (automatic status), GS r and ESC v (paper) and GS I (identity)."""

    def __init__(
        self,
        width_dots: int = 576,
        *,
        on_ticket: Callable[[Image.Image], None],
        reply: Callable[[bytes], None] = lambda data: None,
        answer: Callable[[str, int], bytes] = lambda question, n: b"",
    ) -> None:
        self.width_dots = width_dots
        self.unknown: list[UnknownBytes] = []
        self.realtime_in_pixels = 0
        self.automatic_status = 0  # the last GS a parameter: which changes are pushed
        self.rows_printed = 0
        self.beeps: list[tuple[int, int]] = []  # times, length in 50 ms
        self._on_ticket = on_ticket
        self._reply = reply
        self._answer = answer
        self._row_bytes = (width_dots + 7) // 8
        self._rows: list[bytes] = []
        self.reset()
        self._offset = 0

    def reset(self) -> None:
        """Power off and on: the paper stays, what was in the head's memory is gone."""
        self._input = bytearray()
        self._raster_row = b""
        self._last_pixels = b""  # a real-time pair may lie across two rows or two reads
        self._raster_row_bytes = 0
        self._raster_left = 0  # pixel bytes still promised
        self._stored: list[bytes] = []  # rows of GS ( L, waiting for their print command
        self._initialise()

    def _initialise(self) -> None:
        self._text = ""
        self._columns: list[Image.Image] = []
        self._line_spacing = _DEFAULT_LINE_SPACING
        self.automatic_status = 0

    @property
    def is_waiting_for_pixels(self) -> bool:
        return self._raster_left > 0

    @property
    def has_paper_out_of_the_slot(self) -> bool:
        """Whether something stands on paper that was not cut off yet."""
        return bool(self._rows)

    def feed(self, data: bytes) -> None:
        """Take bytes. Never raises, whatever they are."""
        self._input += data
        while self._input:
            if self._raster_left:
                self._take_pixels()
                continue
            try:
                used = self._command()
            except _NeedMore:
                if len(self._input) <= _MAX_WAIT:
                    return
                used = self._not_known(1)
            del self._input[:used]
            self._offset += used

    def tear_off(self) -> None:
        """Take the paper as it is, as a hand does."""
        if self._text or self._columns:
            self._new_line()
        self._finish_ticket()

    # --- bytes -----------------------------------------------------------------------------
    def _at(self, index: int) -> int:
        if index >= len(self._input):
            raise _NeedMore
        return self._input[index]

    def _word(self, index: int) -> int:
        return self._at(index) + 256 * self._at(index + 1)

    def _slice(self, start: int, size: int) -> bytes:
        if start + size > len(self._input):
            raise _NeedMore
        return bytes(self._input[start : start + size])

    def _not_known(self, size: int) -> int:
        if len(self.unknown) < _MAX_UNKNOWN:
            self.unknown.append(UnknownBytes(self._offset, bytes(self._input[:size])))
        return size

    def _command(self) -> int:
        """Act on the command at the start of the input; returns how many bytes it was."""
        match self._input[0]:
            case 0x0A:
                self._new_line()
            case 0x0C | 0x0D | 0x09 | 0x18 | 0x00 | 0x11 | 0x13:
                pass
            case code if code == _ESC:
                return self._escape()
            case code if code == _GS:
                return self._group()
            case code if code == _FS:
                if self._at(1) in _FS_SILENT:
                    return 2 + len(self._slice(2, _FS_SILENT[self._at(1)]))
                return self._sized_or_unknown()
            case code if code == _DLE:
                return self._realtime()
            case code if code >= 0x20 and code != 0x7F:
                self._text += chr(code)
                if len(self._text) * 12 >= self.width_dots:
                    self._new_line()
            case _:
                return self._not_known(1)
        return 1

    def _realtime(self) -> int:
        # Answered when received (head.py); here they only must not print anything.
        if self._at(1) == 0x04:
            return 4 if self._at(2) in (7, 8) and len(self._slice(0, 4)) else 3
        if self._at(1) == 0x05:
            return len(self._slice(0, 3))
        if self._at(1) == 0x14:
            sizes = {1: 5, 2: 5, 3: 8, 7: 4, 8: 10}
            return len(self._slice(0, sizes.get(self._at(2), 3)))
        return self._not_known(1)

    def _sized_or_unknown(self) -> int:
        """GS ( and FS ( carry their own length."""
        if self._at(1) != ord("("):
            return self._not_known(2)
        return 5 + len(self._slice(5, self._word(3)))

    def _escape(self) -> int:
        code = self._at(1)
        match chr(code):
            case "@":
                self._initialise()
                return 2
            case "2":
                self._line_spacing = _DEFAULT_LINE_SPACING
                return 2
            case "3":
                self._line_spacing = self._at(2)
                return 3
            case "d":
                lines = self._at(2)
                self._new_line(lines * self._line_spacing)
                return 3
            case "J":
                dots = self._at(2)
                self._new_line(dots)
                return 3
            case "*":
                return self._column_image()
            case "B":
                self.beeps.append((self._at(2), self._at(3)))
                return 4
            case "D":
                end = self._input.find(0, 2)
                if end < 0:
                    raise _NeedMore
                return end + 1
            case "v":
                self._reply(self._answer("paper", 1))
                return 2
            case "i" | "m":
                self._finish_ticket()
                return 2
        if code in _ESC_SILENT:
            return 2 + len(self._slice(2, _ESC_SILENT[code]))
        return self._not_known(2)

    def _group(self) -> int:
        code = self._at(1)
        match chr(code):
            case "v":
                return self._raster() if self._at(2) in (0x30, 0x00) else self._not_known(3)
            case "V":
                return self._cut()
            case "a":
                self.automatic_status = self._at(2)
                if self.automatic_status:
                    self._reply(self._answer("automatic", self.automatic_status))
                return 3
            case "r":
                self._reply(self._answer("paper", self._at(2)))
                return 3
            case "I":
                self._reply(self._answer("identity", self._at(2)))
                return 3
            case "(":
                if self._at(2) == ord("L"):
                    self._graphics(self._slice(5, self._word(3)))
                return self._sized_or_unknown()
            case "8":
                if self._at(2) != ord("L"):
                    return self._not_known(2)
                self._graphics(self._slice(7, self._word(3) + 65536 * self._word(5)))
                return 7 + self._word(3) + 65536 * self._word(5)
            case "k":
                return self._barcode()
            case "*":
                return 4 + len(self._slice(4, self._at(2) * self._at(3) * 8))
        if code in _GS_SILENT:
            return 2 + len(self._slice(2, _GS_SILENT[code]))
        return self._not_known(2)

    # --- pictures --------------------------------------------------------------------------
    def _raster(self) -> int:
        row_bytes, rows = self._word(4), self._word(6)
        if self._text or self._columns:
            self._new_line()
        self._raster_row_bytes = row_bytes
        self._raster_left = row_bytes * rows
        self._raster_row = self._last_pixels = b""
        return 8

    def _take_pixels(self) -> None:
        size = min(len(self._input), self._raster_row_bytes - len(self._raster_row))
        taken = bytes(self._input[:size])
        del self._input[:size]
        self._offset += size
        self._raster_left -= size
        joined = self._last_pixels + taken
        self._last_pixels = joined[-1:]
        self.realtime_in_pixels += sum(joined.count(pair) for pair in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))
        self._raster_row += taken
        if len(self._raster_row) == self._raster_row_bytes:
            self._add_row(self._raster_row)
            self._raster_row = b""

    def _graphics(self, data: bytes) -> None:
        """GS ( L: store a raster picture (function 112), print what is stored (2, 50)."""
        if len(data) < 2:
            return
        if data[1] == 112 and len(data) >= 10:
            row_bytes = (data[6] + 256 * data[7] + 7) // 8
            rows, pixels = data[8] + 256 * data[9], data[10:]
            if row_bytes:
                found = [pixels[n * row_bytes : (n + 1) * row_bytes] for n in range(rows)]
                self._stored = [row for row in found if len(row) == row_bytes]
        elif data[1] in (2, 50):
            for row in self._stored:
                self._add_row(row)
            self._stored = []

    def _column_image(self) -> int:
        mode, columns = self._at(2), self._word(3)
        column_bytes = 3 if mode in (32, 33) else 1
        pixels = self._slice(5, columns * column_bytes)
        height = 24 if column_bytes == 3 else 8
        stretch = 1 if mode in (1, 33) else 2
        if columns:
            # Each column is a row of the picture lying on its side.
            lying = Image.frombytes("1", (height, columns), pixels)
            upright = lying.transpose(Image.Transpose.ROTATE_90).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
            self._columns.append(upright.resize((columns * stretch, height), Image.Resampling.NEAREST))
        return 5 + columns * column_bytes

    def _barcode(self) -> int:
        kind = self._at(2)
        if kind <= 6:
            end = self._input.find(0, 3)
            if end < 0:
                raise _NeedMore
            size, data = end + 1, bytes(self._input[3:end])
        else:
            data = self._slice(4, self._at(3))
            size = 4 + len(data)
        self._text += f"[barcode {data.decode('latin-1')}]"
        self._new_line()
        return size

    def _cut(self) -> int:
        mode = self._at(2)
        if mode in (0, 1, 48, 49):
            used = 3
        elif mode in (65, 66, 97, 98, 103, 104):
            self._new_line(self._at(3))
            used = 4
        else:
            return self._not_known(3)
        self._finish_ticket()
        return used

    # --- paper -----------------------------------------------------------------------------
    def _add_row(self, row: bytes) -> None:
        self._rows.append(row[: self._row_bytes].ljust(self._row_bytes, b"\0"))
        self.rows_printed += 1
        if len(self._rows) >= _MAX_ROWS:
            self._finish_ticket()

    def _add_blank(self, rows: int) -> None:
        for _ in range(rows):
            self._add_row(b"")

    def _new_line(self, feed: int | None = None) -> None:
        """Print the line buffer and feed by `feed` dots (default: the line spacing)."""
        feed = self._line_spacing if feed is None else feed
        text, columns = self._text, self._columns
        self._text, self._columns = "", []
        if not text and not columns:
            self._add_blank(feed)
            return
        face = font(Typeface.ROBOTO_CONDENSED, "Regular", 20)
        height = max([24 if text else 0, *(part.height for part in columns)])
        if text:
            height = max(height, line_height(face))
        line = Image.new("1", (self._row_bytes * 8, height), 0)
        x = 0
        for part in columns:
            line.paste(part, (x, 0))
            x += part.width
        if text:
            draw = ImageDraw.Draw(line)
            draw.fontmode = "1"
            draw.text((x, 0), text, font=face, fill=1)
        pixels = line.tobytes()
        for n in range(height):
            self._add_row(pixels[n * self._row_bytes : (n + 1) * self._row_bytes])
        self._add_blank(max(0, feed - height))

    def _finish_ticket(self) -> None:
        rows, self._rows = self._rows, []
        if not rows:
            return
        ink = Image.frombytes("1", (self._row_bytes * 8, len(rows)), b"".join(rows))
        paper = Image.eval(ink.convert("L"), lambda dot: 255 - dot).convert("1")
        self._on_ticket(paper.crop((0, 0, self.width_dots, len(rows))))
