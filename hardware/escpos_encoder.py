"""Pictures in, ESC/POS bytes out. The only file that uses python-escpos.

Here: `encode_job`, with python-escpos' base class as the command encoder. Not here: sending the
bytes (`printer.py`; the library's own transports report success on a hung printer) and drawing
(`receipt_layout.py`). Everything is raster: no code page of a receipt printer writes Vietnamese.

A picture goes out in bands: when a job dies inside one, the head takes the next bytes as pixels,
and a short band is soon filled. Some heads execute real-time commands even inside pixel data
(10 04, 10 05, 10 14: status, recovery, drawer or power-off): such a pair gets one dot more.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
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


class _NoFile:
    """Stands for a file of python-escpos that is not looked for."""

    def __init__(self, package: str) -> None:
        self.package = package

    def __truediv__(self, name: str) -> _NoFile:
        return self


_PROFILE = os.path.join(os.path.dirname(__file__), "raster-only.capabilities.pickle")
_STAND_INS: dict[str, dict[str, Any]] = {
    "barcode": {"PROVIDED_BARCODES": ()}, "barcode.writer": {"ImageWriter": None}, "qrcode": {}, "yaml": {},
    "tempfile": {"mkdtemp": str}, "platform": {"python_version": lambda: "raster-only"}, "pickle": {"load": json.load},
    "importlib_resources": {"files": _NoFile, "as_file": nullcontext},
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
    one profile, where it looks first: a pickle of its database (ours is JSON, the pickle module being stood in for).
    What it imports to find, unpack and cache that database, and for bar codes, QR codes and YAML, is stood in for
    while it is imported: 2 MB in a process that draws.
    """
    given = {"ESCPOS_CAPABILITIES_FILE": _PROFILE, "ESCPOS_CAPABILITIES_PICKLE_DIR": os.path.dirname(_PROFILE)}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        with _standing_in():
            from escpos.escpos import Escpos
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return Escpos


@contextmanager
def _standing_in() -> Iterator[None]:
    """No other thread may import meanwhile: the process that draws has none."""
    usual = {name: sys.modules.get(name) for name in _STAND_INS}
    for name, facts in _STAND_INS.items():
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__dict__.update(facts)
    try:
        yield
    finally:
        for name, module in usual.items():
            if module is None:
                del sys.modules[name]  # whoever wants the real one gets it
            else:
                sys.modules[name] = module
