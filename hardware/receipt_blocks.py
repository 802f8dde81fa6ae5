"""The blocks a receipt is built from, as plain values.

Here: what can stand on a receipt. Not here: how it is drawn (`receipt_layout.py`) and what a loan
receipt says (that is the kiosk's business). All texts are any Unicode; the layout normalises them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PIL import Image

Align = Literal["left", "center", "right"]
TextStyle = Literal["body", "strong", "large"]


@dataclass(frozen=True, slots=True)
class Heading:
    """The one big line on top, centred."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, wrapped."""

    text: str
    style: TextStyle = "body"
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Row:
    """Label on the left, value in bold on the right; a value too long goes below its label."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Item:
    """One book: number, wrapped title, then a note (its barcode) and what matters most, in bold:
    the due date. `mark` replaces the number, "box" draws an empty tick box."""

    title: str
    note: str = ""
    emphasis: str = ""
    mark: str | Literal["box"] = ""


@dataclass(frozen=True, slots=True)
class Banner:
    """White on black, for what must not be overlooked ("BẢN IN LẠI")."""

    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across. "strong" closes a part, "light" (dotted) separates items."""

    style: Literal["strong", "light"] = "strong"


@dataclass(frozen=True, slots=True)
class Spacer:
    """Empty paper, in dots."""

    dots: int = 12


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code with a title and a caption beside it. Put no personal data in `data`: a receipt is
    found on the floor. Upper-case letters, digits and -/. keep it small."""

    data: str
    title: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A logo, centred, shrunk to `share` of the width and `max_height` dots, made black and white."""

    image: Image.Image
    share: float = 0.5
    max_height: int = 120


Block = Heading | Text | Row | Item | Banner | Rule | Spacer | Qr | Picture
