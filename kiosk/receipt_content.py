"""What a receipt is about, as plain values that travel to the printer worker and into the journal.

Not here: words and layout (`receipts.py`), paper (`hardware/`). No card number, no surname: a receipt is
found on the floor. Its number leads back to the acts for whoever may look.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Literal

ReceiptKind = Literal["acts", "holdings", "hand_over", "paper_test", "refusal"]


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One book. `due_on` is an ISO date, None when it is not known (yet)."""

    kind: str  # checkout | return | renewal | held
    title: str
    barcode: str
    due_on: str | None = None
    note: str = ""  # hand-over: what became of the copy


@dataclass(frozen=True, slots=True)
class ReceiptContent:
    """`made_at`: local time as ISO text without zone (a day alone for a hand-over), None while the clock is not
    trusted. `title`, `total`, `returned`: of a hand-over; `total` counts copies that `lines` has no room for too."""

    kind: ReceiptKind
    number: str
    school: str
    made_at: str | None
    name: str = ""
    class_name: str = ""
    lines: tuple[ReceiptLine, ...] = ()
    greeting: str = ""
    offline: bool = False
    reprint: bool = False
    received_by: str = ""
    width_dots: int = 0
    reader_kind: str = "pupil"
    title: str = ""
    total: int = 0
    returned: bool = False
    said: str = ""  # a refusal's sentence

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> ReceiptContent:
        """Raises ValueError for anything else than `to_json` makes."""
        try:
            data: dict[str, Any] = json.loads(text)
            lines = tuple(ReceiptLine(**line) for line in data.pop("lines"))
            return cls(lines=lines, **data)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not a receipt: {error}") from error
