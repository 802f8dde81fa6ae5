"""The bundled fonts: loading, measuring, wrapping.

Here: `Typeface` (a family), `font` (cached) and `wrap`. Not here: where text stands on paper
(`receipt_layout.py`). Licences: `fonts/README.md`. Layout.BASIC, so that the same lines come out
with and without libraqm; glyphs are drawn without grey, because a thermal head has none.
"""

from __future__ import annotations

import os
import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from PIL import ImageFont

_FOLDER = os.path.join(os.path.dirname(__file__), "fonts")
_TALLEST = "ẲẴẨẪỂỄỔỖỬỮẢẰỶÇ"
_DEEPEST = "gjpqyQặậợựỵ(,;"
Weight = Literal["Regular", "Medium", "Bold"]


class Typeface(StrEnum):
    """The families that are bundled; the value is what a setting says."""

    BE_VIETNAM_PRO = "be-vietnam-pro"
    ROBOTO_CONDENSED = "roboto-condensed"


_FILES = {Typeface.BE_VIETNAM_PRO: "BeVietnamPro", Typeface.ROBOTO_CONDENSED: "RobotoCondensed"}


@lru_cache(maxsize=32)
def font(face: Typeface, weight: Weight, size: int) -> ImageFont.FreeTypeFont:
    """A font of `size` dots, loaded once per process."""
    path = os.path.join(_FOLDER, f"{_FILES[face]}-{weight}.ttf")
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=32)
def rise(face: ImageFont.FreeTypeFont) -> int:
    """Dots from the top of a line to its baseline: the tallest letter with both its marks."""
    return -int(face.getbbox(_TALLEST, anchor="ls")[1])


@lru_cache(maxsize=32)
def line_height(face: ImageFont.FreeTypeFont) -> int:
    """Dots from baseline to baseline: stacked marks (Ẵ under ặ or g) never touch. Measured on the
    letters, as the fonts' own figures leave the marks of Vietnamese capitals out."""
    return rise(face) + int(face.getbbox(_DEEPEST, anchor="ls")[3]) + 1


def clean(text: str) -> str:
    """NFC (letters and marks apart would be drawn apart), no control or zero-width characters,
    every run of blanks one space; a no-break space stays."""
    text = unicodedata.normalize("NFC", text)
    kept = "".join(" " if c in "\t\n\r" else c for c in text if c in "\t\n\r" or unicodedata.category(c)[0] != "C")
    return re.sub(r"[ ]+", " ", kept).strip(" ")


@lru_cache(maxsize=512)
def width(text: str, face: ImageFont.FreeTypeFont) -> int:
    """Dots `text` takes on one line."""
    left, _, right, _ = face.getbbox(text)
    return int(max(face.getlength(text), right) - min(0, left) + 0.999)


def wrap(text: str, face: ImageFont.FreeTypeFont, available: int) -> list[str]:
    """Cleaned text in lines of at most `available` dots, broken at spaces; a word longer than a
    line is broken after - or /, else anywhere. At least one line, never an endless loop."""
    lines: list[str] = []
    line = ""
    for word in clean(text).split(" "):
        candidate = f"{line} {word}" if line else word
        if width(candidate, face) <= available:
            line = candidate
            continue
        if line:
            lines.append(line)
        line = word
        while width(line, face) > available and len(line) > 1:
            head = _head_that_fits(line, face, available)
            lines.append(line[:head])
            line = line[head:]
    return [*lines, line]


def wrap_evenly(text: str, face: ImageFont.FreeTypeFont, available: int) -> list[str]:
    """As `wrap`, with the same number of lines but none of them a lone last word, and no word torn for that."""
    lines = wrap(text, face, available)
    widest = max(width(word, face) for word in clean(text).split(" "))
    low, high = max(available // 2, min(widest, available) - 1), available
    while len(lines) > 1 and high - low > 4:
        middle = (low + high) // 2
        narrower = wrap(text, face, middle)
        if len(narrower) > len(lines):
            low = middle
        else:
            lines, high = narrower, middle
    return lines


def _head_that_fits(word: str, face: ImageFont.FreeTypeFont, available: int) -> int:
    size = 1
    while size < len(word) - 1 and width(word[: size + 1], face) <= available:
        size += 1
    nice = max(word.rfind("-", 0, size), word.rfind("/", 0, size)) + 1
    return nice if nice >= 2 else size
