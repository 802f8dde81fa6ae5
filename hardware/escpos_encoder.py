"""Pictures in, ESC/POS bytes out. The only file that uses python-escpos.

Here: `encode_job`, with python-escpos' base class as the command encoder. Not here: sending the
bytes (`printer.py`; the library's own transports report success on a hung printer) and drawing
(`receipt_layout.py`). Everything is raster: no code page of a receipt printer writes Vietnamese.

A picture goes out in bands: when a job dies inside one, the head takes the next bytes as pixels,
and a short band is soon filled. Some heads execute real-time commands even inside pixel data
(10 04, 10 05, 10 14: status, recovery, drawer or power-off): such a pair gets one dot more.
"""

from __future__ import annotations

import os
import pickle
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from types import ModuleType
from typing import Any

from PIL import Image

DEFAULT_BAND_ROWS = 64
MIN_BAND_ROWS, MAX_BAND_ROWS = 24, 128

_RASTER_HEADER = b"\x1dv0"
_RASTER_HEADER_SIZE = 8
_REALTIME = re.compile(rb"\x10[\x04\x05\x14]")
_TEAR_FEED_DOTS = 120  # from the head to the tear bar: about 15 mm
_WIDEST_DOTS = "1024"  # the head's width is a setting of ours; "Unknown" makes the library print warnings
_ONE_PROFILE = {
    "profiles": {
        "default": {
            "name": "raster only", "vendor": "", "notes": "", "codePages": {"0": "CP437"}, "colors": {"0": "black"},
            "features": {}, "fonts": {"0": {"name": "Font A", "columns": 42}},
            "media": {"width": {"mm": "0", "pixels": _WIDEST_DOTS}},
        },
    },
    "encodings": {"CP437": {"name": "CP437", "iconv": "CP437", "python_encode": "cp437"}},
}  # fmt: skip

_STAND_INS: dict[str, dict[str, Any]] = {
    "barcode": {"PROVIDED_BARCODES": ()}, "barcode.writer": {"ImageWriter": None}, "qrcode": {}, "yaml": {},
}  # fmt: skip


class Cut(StrEnum):
    """How a receipt leaves the printer. TEAR: the head has no knife; feed to the tear bar."""

    PARTIAL = "partial"
    FULL = "full"
    TEAR = "tear"


def encode_job(
    images: Image.Image | Sequence[Image.Image],
    *,
    cut: Cut = Cut.PARTIAL,
    band_rows: int = DEFAULT_BAND_ROWS,
) -> bytes:
    """One print job: initialise, the pictures one under the other, then cut or feed.

    `band_rows` (24 to 128) is the height of one raster command in dots. Widths must be what the
    head has: this function cannot know, and a picture too wide is clipped by the head.
    """
    if not MIN_BAND_ROWS <= band_rows <= MAX_BAND_ROWS:
        raise ValueError(f"band_rows must be {MIN_BAND_ROWS} to {MAX_BAND_ROWS}, not {band_rows}")
    encoder = _encoder_class()()
    encoder.hw("INIT")
    for image in [images] if isinstance(images, Image.Image) else images:
        for top in range(0, image.height, band_rows):  # it would make a picture in colour of all of it first
            band = image.crop((0, top, image.width, min(top + band_rows, image.height)))
            encoder.image(band, impl="bitImageRaster", fragment_height=band_rows)
    # Not the library's cut(): it sends nothing for profiles that name no cutter.
    if cut is Cut.TEAR:
        encoder.feed_dots(_TEAR_FEED_DOTS)
    else:
        encoder.feed_and_cut(full=cut is Cut.FULL)
    return bytes(encoder.buffer)


def without_realtime_commands(pixels: bytes) -> bytes:
    """Raster bytes in which no head can find 10 04, 10 05 or 10 14: one dot is added beside
    the lone dot of 0x10, which nobody sees."""
    return _REALTIME.sub(lambda found: b"\x18" + found.group()[1:], pixels)


@lru_cache(maxsize=1)
def _encoder_class() -> type[Any]:
    """The encoder, defined on first use: importing python-escpos costs a quarter of a second."""
    base: Any = _import_base_class()

    class JobEncoder(base):
        """python-escpos as a pure encoder: its bytes go into `buffer`, nowhere else."""

        def __init__(self) -> None:
            self.buffer = bytearray()
            super().__init__()
            # Said again for a program that has python-escpos imported already.
            self.profile.profile_data = {
                **self.profile.profile_data,
                "media": {"width": {"mm": "0", "pixels": _WIDEST_DOTS}},
            }

        def _raw(self, msg: bytes) -> None:
            if msg.startswith(_RASTER_HEADER):
                head, pixels = msg[:_RASTER_HEADER_SIZE], msg[_RASTER_HEADER_SIZE:]
                self.buffer += head + without_realtime_commands(pixels)
            else:
                self.buffer += msg

        def feed_dots(self, dots: int) -> None:
            """ESC J: feed by dots (0 to 255)."""
            self._raw(b"\x1bJ" + bytes([dots]))

        def feed_and_cut(self, full: bool) -> None:
            """GS V 65/66: feed to the knife, then cut. Heads without a knife only feed."""
            self._raw(b"\x1dV" + (b"A" if full else b"B") + b"\x00")

        def close(self) -> None:
            """Nothing to close: the base class asks for this method."""

    return JobEncoder


def _import_base_class() -> type[Any]:
    """Import python-escpos small, without litter, safe beside other processes and after a power cut.

    Its database of profiles (4 MB once read) says what heads can do beside raster, which is all we send: it is given
    one profile, as the pickle it looks for first. What it imports for bar codes, QR codes and YAML, none of which we
    ask of it, is stood in for while it is imported. Its import also makes a temporary directory: it gets one of its
    own that is gone afterwards.
    """
    own, usual = tempfile.mkdtemp(prefix="kesach-escpos-import-"), tempfile.tempdir
    database = os.path.join(own, "capabilities.json")
    given = {"ESCPOS_CAPABILITIES_FILE": database, "ESCPOS_CAPABILITIES_PICKLE_DIR": own}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    tempfile.tempdir = own
    try:
        with open(database, "w", encoding="ascii"):
            pass  # only its date is looked at
        with open(os.path.join(own, f"{platform.python_version()}.capabilities.pickle"), "wb") as file:
            pickle.dump(_ONE_PROFILE, file)
        with _standing_in():
            from escpos.escpos import Escpos
    finally:
        tempfile.tempdir = usual
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        shutil.rmtree(own, ignore_errors=True)
    return Escpos


@contextmanager
def _standing_in() -> Iterator[None]:
    absent = {name: facts for name, facts in _STAND_INS.items() if name not in sys.modules}
    for name, facts in absent.items():
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__dict__.update(facts)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]  # whoever wants the real one gets it
