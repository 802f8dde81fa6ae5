"""What the staff menu is made of: its state, events and effects. Frozen values only.

The menu lies over whatever the kiosk was doing and leaves it as it was. Next: staff_session.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Stage = Literal["pin", "checking", "menu", "status", "receipts", "volume", "restart"]

VOLUMES = (0, 25, 50, 75, 100)
"""Steps of loudness in percent."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The newest loan of this session that was refused: what staff may set aside. `codes`: every reason;
    `overridable`: all of them may be (library/contract/codes.py)."""

    barcode: str
    code: str
    codes: tuple[str, ...]
    overridable: bool
    params: dict[str, Any] = field(default_factory=dict)
    title: str = ""


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One part of the kiosk in words. `good`: None where nobody can say."""

    label: str
    said: str
    good: bool | None = None


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A receipt that may be printed again, and the words of its button."""

    number: int
    label: str


@dataclass(frozen=True, slots=True)
class StaffVisit:
    """`card` and `digits` are gone once the PIN was right. `request` is the check in flight."""

    stage: Stage
    ends_at: float
    card: str = ""
    digits: str = ""
    request: int = 0
    closed_until: float = 0.0
    staff_id: int | None = None
    name: str = ""
    said: str = ""
    rows: tuple[StatusRow, ...] = ()
    receipts: tuple[KeptReceipt, ...] = ()


# ---------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class StaffKnown:
    """Card and PIN are right."""

    request: int
    staff_id: int
    name: str


@dataclass(frozen=True, slots=True)
class StaffUnknown:
    """They are not. `pause`: seconds until the next try."""

    request: int
    pause: float


@dataclass(frozen=True, slots=True)
class StaffStatus:
    """Answers AskStatus."""

    rows: tuple[StatusRow, ...]


@dataclass(frozen=True, slots=True)
class StaffReceipts:
    """Answers AskReceipts."""

    receipts: tuple[KeptReceipt, ...]


@dataclass(frozen=True, slots=True)
class PinPadClosed:
    """At start: wrong PINs of before the restart still count."""

    pause: float


# ---------------------------------------------------------------- effects


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Answered by StaffKnown or StaffUnknown."""

    request: int
    card: str
    pin: str


@dataclass(frozen=True, slots=True)
class AskStatus:
    """How is everything?"""


@dataclass(frozen=True, slots=True)
class AskReceipts:
    """Which receipts are kept?"""


@dataclass(frozen=True, slots=True)
class Reprint:
    """Print a kept receipt again, marked as such."""

    number: int


@dataclass(frozen=True, slots=True)
class PrintTest:
    """Print the page that shows width and letters."""


@dataclass(frozen=True, slots=True)
class SetVolume:
    """How loud, from 0 to 100."""

    percent: int


@dataclass(frozen=True, slots=True)
class Restart:
    """Start the program anew, once nobody is there."""
