"""Library cards on A4 sheets as PDF: a name and a Code 128 on each, nothing more about a child;
but for pupils of one name in a class, whom a short second line tells apart (L201, telling_apart.py).

What the sheet is (the class) stands outside the cut lines. Ten cards of ISO/IEC 7810 ID-1 size (85.6 × 54 mm)
to a sheet, so they fit the usual laminating pouches. No database here. Next: cards.typ.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import typst
from barcode.codex import Code128

from library.readers.model import ReaderCard
from library.readers.telling_apart import marks_of_namesakes

_FOLDER = Path(__file__).parent
# The paper font of the reports, so that a sheet looks the same on every machine.
_FONTS = _FOLDER.parent / "reporting" / "fonts"
CARDS_PER_SHEET = 10


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """What a card shows."""

    name: str
    number: str
    mark: str = ""  # what tells namesakes of a class apart


def cards_of_class(members: Sequence[ReaderCard], wanted: Collection[int] | None = None) -> list[PrintedCard]:
    """The cards of a class, or of those of its members that are wanted; who has no card has none to print."""
    marks = marks_of_namesakes(members)  # of all: the namesake of a newcomer has had a card for long
    return [
        PrintedCard(one.full_name, one.card_number, marks.get(one.id, ""))
        for one in members
        if one.card_number is not None and (wanted is None or one.id in wanted)
    ]


def render_cards(printed: Sequence[PrintedCard], heading: str) -> bytes:
    """Bytes of the .pdf file; a sheet that says so when there is no card to print."""
    sheets = {
        "heading": heading,
        "cards": [
            {"name": card.name, "mark": card.mark, "number": card.number, "bars": bar_widths(card.number)}
            for card in printed
        ],
    }
    content = typst.compile(
        str(_FOLDER / "cards.typ"),
        root=str(_FOLDER),
        font_paths=[str(_FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"sheets": json.dumps(sheets, ensure_ascii=False)},
    )
    assert isinstance(content, bytes)  # one format, no output path: bytes
    return content


def bar_widths(number: str) -> list[int]:
    """Widths in modules of bar, space, bar, … of a Code 128; begins and ends with a bar."""
    modules = Code128(number).build()[0].strip("0")
    widths: list[int] = []
    last = ""
    for module in modules:
        if module == last:
            widths[-1] += 1
        else:
            widths.append(1)
            last = module
    return widths
