"""Library cards on A4 sheets as PDF: the school, a name and a Code 128 on each, nothing more about a child;
but for pupils of one name in a class, whom a short second line tells apart (L201, telling_apart.py).

What the sheet is (the class) stands outside the cut lines. Ten cards of ISO/IEC 7810 ID-1 size (85.6 × 54 mm)
to a sheet, so they fit the usual laminating pouches. No database here. Next: cards.typ.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from library.foundation.typesetting import code128_bars, typeset
from library.readers.model import ReaderCard
from library.readers.telling_apart import marks_of_namesakes

_FOLDER = Path(__file__).parent
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


def render_cards(printed: Sequence[PrintedCard], heading: str, school: str = "") -> bytes:
    """Bytes of the .pdf file; a sheet that says so when there is no card to print."""
    sheets = {
        "heading": heading,
        "school": school,
        "cards": [
            {"name": card.name, "mark": card.mark, "number": card.number, "bars": code128_bars(card.number)}
            for card in printed
        ],
    }
    return typeset(_FOLDER / "cards.typ", "sheets", sheets)
