"""What happens at the kiosk: each value an event that `step` (`session.py`) takes.

Here: frozen values only. Times are seconds on `time.monotonic()`'s scale, dates ISO text as the core sends them,
a `key` is as in `session_model.py`. The staff menu's events: `staff_model.py`. Next: `session_model.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kiosk.staff_model import PinPadClosed, StaffKnown, StaffReceipts, StaffStatus, StaffUnknown
from library.contract.kiosk_api import ReaderCard


@dataclass(frozen=True, slots=True)
class Scan:
    """Something was scanned. `problem`: the scanner knows the code is not whole; `text` is then empty.
    `is_copy`: it looks like a publisher's code, but the school has a copy under it. `title`: of the copy,
    where our data know it."""

    text: str
    at: float
    key: str
    problem: str | None = None
    is_copy: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""

    now: float


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """`session` is the session the page was showing: a late tap must not hit the next child's screen."""

    name: str
    at: float
    key: str
    session: int


@dataclass(frozen=True, slots=True)
class ReaderAnswer:
    """Who the scanned card belongs to. Answers AskReader."""

    request: int
    reader: ReaderCard
    offline: bool = False


@dataclass(frozen=True, slots=True)
class ActAnswer:
    """The core, or offline our own copy of its rules, says yes to an act (a loan, a return, a renewal).

    `offline`: nobody but this kiosk knows of it yet, so it counts only once the journal has it."""

    request: int
    title: str
    due_on: str | None = None
    remaining: int | None = None
    cover_url: str | None = None
    was_on_loan: bool = True
    held_for_other: bool = False
    route_to: str | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """No, with the reason the child hears. The codes and their words: library/contract/codes.py."""

    request: int
    code: str
    params: dict[str, Any] = field(default_factory=dict)
    codes: tuple[str, ...] = ()  # every reason, for staff
    overridable: bool = False  # staff may set all of them aside


@dataclass(frozen=True, slots=True)
class ClassesListed:
    """Answer to ListClasses."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamesListed:
    """Answer to ListNames: (first name, card) of the class."""

    class_name: str
    readers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UndoAsked:
    """The person at a mobile desk takes back the act `undoes`. `key` is the undo's own."""

    undoes: str
    key: str
    barcode: str
    title: str = ""
    card: str | None = None
    due_on: str | None = None


@dataclass(frozen=True, slots=True)
class Journaled:
    """The act with this key is on the disk, durably."""

    key: str


@dataclass(frozen=True, slots=True)
class JournalFailed:
    """The act could not be written down."""

    key: str


@dataclass(frozen=True, slots=True)
class NetworkDown:
    """The core cannot be reached."""


@dataclass(frozen=True, slots=True)
class NetworkUp:
    """The core answers again."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the core says of the school."""

    school: str
    greeting: str = ""


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """The kiosk cannot serve for `cause` (a code of view.CAUSES) until BackInOrder names it again."""

    cause: str


@dataclass(frozen=True, slots=True)
class BackInOrder:
    """A cause of OutOfOrder has gone."""

    cause: str


@dataclass(frozen=True, slots=True)
class Concerns:
    """What staff should mend while the kiosk goes on serving: codes of words.STAFF_CAUSES, all that hold now."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrinterHealth:
    """`trouble`: None when paper will come out, else paper_out, cover_open, offline…"""

    trouble: str | None


@dataclass(frozen=True, slots=True)
class PrinterOutcome:
    """How printing a receipt of `session` ended: printed, not_printed, partial or unknown. `about`: which one."""

    session: int
    outcome: str
    reason: str | None = None
    about: str = "acts"


Event = (
    Scan | Tick | ButtonPressed | ReaderAnswer | ActAnswer | Refusal | Journaled | JournalFailed
    | NetworkDown | NetworkUp | Welcome | OutOfOrder | BackInOrder | Concerns | PrinterHealth | PrinterOutcome
    | ClassesListed | NamesListed | UndoAsked
    | StaffKnown | StaffUnknown | StaffStatus | StaffReceipts | PinPadClosed
)  # fmt: skip
