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
import re
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from functools import lru_cache
from typing import Any

from PIL import Image

DEFAULT_BAND_ROWS = 64
MIN_BAND_ROWS, MAX_BAND_ROWS = 24, 128

_RASTER_HEADER = b"\x1dv0"
_RASTER_HEADER_SIZE = 8
_REALTIME = re.compile(rb"\x10[\x04\x05\x14]")
_TEAR_FEED_DOTS = 120  # from the head to the tear bar: about 15 mm


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
        encoder.image(image, impl="bitImageRaster", fragment_height=band_rows)
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
            # The head's width is a setting of ours; "Unknown" makes the library print warnings.
            self.profile.profile_data = {
                **self.profile.profile_data,
                "media": {"width": {"mm": "0", "pixels": "1024"}},
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
    """Import python-escpos without litter, safe beside other processes and after a power cut.

    Its import makes a temporary directory each time and writes the pickle it keeps in place, so that another
    process may read half of it, and a cut-short one would break every later start. So each import gets a
    directory of its own with a checked copy of what is kept, and what it made is put back in one step.
    """
    kept = os.environ.get("ESCPOS_CAPABILITIES_PICKLE_DIR") or _pickle_directory()
    own, usual = tempfile.mkdtemp(prefix="kesach-escpos-import-"), tempfile.tempdir
    had = _copy_sound_pickles(kept, own)
    os.environ["ESCPOS_CAPABILITIES_PICKLE_DIR"] = own
    tempfile.tempdir = own
    try:
        from escpos.escpos import Escpos
    finally:
        tempfile.tempdir = usual
        os.environ["ESCPOS_CAPABILITIES_PICKLE_DIR"] = kept
        for name in set(os.listdir(own)) - had:
            if name.endswith(".pickle"):
                with suppress(OSError):  # a full disk: the next start makes it again
                    os.replace(os.path.join(own, name), os.path.join(kept, name))
        shutil.rmtree(own, ignore_errors=True)
    return Escpos


def _copy_sound_pickles(kept: str, own: str) -> set[str]:
    """Copy the pickles that can be read; a damaged one is taken away. Returns their names."""
    sound = set()
    for name in os.listdir(kept):
        path = os.path.join(kept, name)
        if not name.endswith(".pickle") or not os.path.isfile(path):
            continue
        try:
            with open(path, "rb") as file:
                pickle.load(file)  # written by us, in a directory that is nobody else's
            shutil.copyfile(path, os.path.join(own, name))
            sound.add(name)
        except (OSError, EOFError, pickle.UnpicklingError, ValueError, AttributeError, ImportError, IndexError):
            with suppress(OSError):
                os.unlink(path)
    return sound


def _pickle_directory() -> str:
    """One fixed, private place per user; systemd's runtime directory where there is one."""
    runtime = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    if runtime and os.access(runtime, os.W_OK):
        return runtime
    # A pickle is loaded from here, so the directory must be nobody else's.
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    path = os.path.join(tempfile.gettempdir(), f"kesach-escpos-{user}")
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        facts = os.lstat(path)
        ours = not hasattr(os, "getuid") or (facts.st_uid == os.getuid() and facts.st_mode & 0o077 == 0)
        if os.path.islink(path) or not os.path.isdir(path) or not ours:
            return tempfile.mkdtemp(prefix="kesach-escpos-")
    return path
