"""Lines of a cover: measured, wrapped and drawn with outlines of letters. Next: covers.py."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

LETTERS_FILE = Path(__file__).with_name("cover_letters.json")
LINE_HEIGHT = 1.3  # stacked marks (Ẫ, Ộ) must not touch the line above
ASCENT = 0.98  # from the top of a line to its baseline, in ems
FALLBACK_WIDTH = 0.56  # of an em, for letters we have no outline of


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Wrapped lines at one size; width and height in cover units."""

    lines: tuple[str, ...]
    face: str  # title | author
    size: float
    width: float

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * LINE_HEIGHT


@lru_cache(maxsize=1)
def _letters() -> dict[str, Any]:
    return json.loads(LETTERS_FILE.read_text("utf-8"))


def text_width(text: str, face: str, size: float) -> float:
    """Width of one line, without kerning."""
    units = _letters()["units"]
    advance = _letters()[face]["advance"]
    return sum(advance.get(letter, units * FALLBACK_WIDTH) for letter in text) * size / units


def _plain_letters(text: str, face: str) -> str:
    """The text with letters we have no outline of replaced by their base letter, where that helps."""
    advance = _letters()[face]["advance"]
    if all(letter in advance for letter in text):
        return text
    kept = []
    for letter in text:
        base = unicodedata.normalize("NFKD", letter)[:1]
        kept.append(letter if letter in advance else base if base in advance else letter)
    return "".join(kept)


def _wrap(words: Sequence[str], face: str, size: float, width: float) -> list[str]:
    space = text_width(" ", face, size)
    lines: list[list[str]] = []
    used = 0.0
    for word in words:
        length = text_width(word, face, size)
        if lines and used + space + length <= width:
            lines[-1].append(word)
            used += space + length
        else:
            lines.append([word])
            used = length
    return [" ".join(line) for line in lines]


def fit(text: str, face: str, width: float, height: float, sizes: Sequence[float], most_lines: int) -> TextBlock:
    """The largest of `sizes` at which `text` fits the box; else the smallest, cut with an ellipsis."""
    words = _plain_letters(text, face).split()
    if not words:
        return TextBlock((), face, sizes[-1], 0.0)
    for size in sizes:
        lines = _wrap(words, face, size, width)
        widest = max(text_width(line, face, size) for line in lines)
        if widest <= width and len(lines) <= most_lines and len(lines) * size * LINE_HEIGHT <= height:
            lines = _balanced(words, face, size, width, len(lines))
            return TextBlock(tuple(lines), face, size, max(text_width(line, face, size) for line in lines))
    size = sizes[-1]
    room = max(1, min(most_lines, int(height / (size * LINE_HEIGHT))))
    lines = _wrap(words, face, size, width)
    cut = [_cut(line, face, size, width, ellipsis=False) for line in lines[:room]]
    if len(lines) > room:
        cut[-1] = _cut(cut[-1], face, size, width, ellipsis=True)
    return TextBlock(tuple(cut), face, size, max(text_width(line, face, size) for line in cut))


def _balanced(words: Sequence[str], face: str, size: float, width: float, count: int) -> list[str]:
    """As many lines as before, but as even as they go: the narrowest width that still needs `count`."""
    low, high = 0.0, width
    for _ in range(8):
        middle = (low + high) / 2
        lines = _wrap(words, face, size, middle)
        if len(lines) <= count and max(text_width(line, face, size) for line in lines) <= middle:
            high = middle
        else:
            low = middle
    return _wrap(words, face, size, high)


def _cut(line: str, face: str, size: float, width: float, *, ellipsis: bool) -> str:
    end = "…" if ellipsis or text_width(line, face, size) > width else ""
    while line and text_width(line + end, face, size) > width:
        line = line[:-1]
    return line.rstrip(" ,.:;–-") + end if end else line


def draw_block(block: TextBlock, x: float, y: float, colour: str, anchor: str) -> str:
    """The lines as SVG, top at `y`; `anchor` is start or middle. One path a line."""
    units, faces = _letters()["units"], _letters()[block.face]
    drawn = []
    for number, line in enumerate(block.lines):
        baseline = y + block.size * (LINE_HEIGHT * number + ASCENT)
        left = x - text_width(line, block.face, block.size) / 2 if anchor == "middle" else x
        if any(letter not in faces["advance"] for letter in line):
            # Another script (Chinese, Cyrillic…): the viewer's own serif.
            drawn.append(
                f'<text x="{left:.1f}" y="{baseline:.1f}" font-size="{block.size:g}" fill="{colour}" '
                f'font-family="Georgia, serif" font-weight="600">{escape(line)}</text>'
            )
            continue
        path, at = [], 0
        for letter in line:
            if letter in faces["path"]:
                path.append(f"M{at} 0{faces['path'][letter]}")
            at += faces["advance"][letter]
        scale = block.size / units
        drawn.append(
            f'<path fill="{colour}" transform="translate({left:.1f} {baseline:.1f}) scale({scale:.4f})" '
            f'd="{"".join(path)}"/>'
        )
    return "".join(drawn)
