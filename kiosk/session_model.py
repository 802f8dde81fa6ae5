"""What a session at the kiosk is made of: the state, and the effects that come of its events.

Here: frozen values only. Not here: the events (`session_events.py`), what follows from them
(`session.py`), what the screen says (`view.py`), anything that touches the world (`runner.py`), the
school's settings (`session_rules.py`). Next: `session.py`.

Times are seconds on `time.monotonic()`'s scale. Dates are ISO text as the core sends them. A `key` is a
uuid4 that the runner gives to every scan and every button press, so that an act has its key before
anything is asked, and keeps it through every retry.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from kiosk.session_events import Scan
from kiosk.staff_model import (
    AskReceipts,
    AskStatus,
    CheckPin,
    PrintTest,
    Refused,
    Reprint,
    Restart,
    SetVolume,
    StaffVisit,
)
from library.contract.kiosk_api import ReaderCard

STAFF_MENU = -2
"""Stands for the session where the staff menu asked for paper."""
ActKind = Literal["checkout", "return", "renewal", "undo", "unwritten"]


# ---------------------------------------------------------------- state


class Phase(StrEnum):
    IDLE = "idle"  # waiting for a card or a book
    CHOOSING = "choosing"  # a forgotten card: class, then first name
    OPENING = "opening"  # a card was scanned, its reader is being asked for
    OPEN = "open"  # a reader is known, books may come
    RETURNING = "returning"  # books are coming back, no reader is named
    RECEIPT = "receipt"  # "Em có lấy phiếu không?"
    GOODBYE = "goodbye"


@dataclass(frozen=True, slots=True)
class Line:
    """One act of the session that counts: the core or the journal has it."""

    key: str
    kind: ActKind
    barcode: str
    title: str
    due_on: str | None = None
    cover_url: str | None = None
    was_on_loan: bool = True
    held_for_other: bool = False
    route_to: str | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """The one request in flight. `line` is set once the answer was yes and the journal is writing it."""

    request: int
    session: int
    kind: Literal["reader"] | ActKind
    since: float
    key: str
    card: str | None = None
    barcode: str = ""
    line: Line | None = None
    remaining: int | None = None
    staff_id: int | None = None
    overrides: tuple[str, ...] = ()
    title: str = ""  # where our data know it


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence, shown until `until` or the next act. `code` is worded by view.py. `about_card`: of a card that
    led nowhere; `unwritten`: so many books were scanned behind it, and are not lent or returned."""

    tone: Literal["ok", "info", "no"]
    code: str
    until: float
    params: dict[str, Any] = field(default_factory=dict)
    about_card: bool = False
    unwritten: int = 0


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A book that was scanned, and nobody could say or write down what came of it (`session_unwritten.py`).
    `key`: of the scan. `note_at`: when staff are told, unless it is settled before."""

    key: str
    session: int
    card: str | None
    barcode: str
    at: float
    note_at: float


@dataclass(frozen=True, slots=True)
class Question:
    """A book that can mean two things. own_book: return or renew; returning: "Em muốn trả?"."""

    kind: Literal["own_book", "returning"]
    barcode: str
    title: str = ""
    renewable: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The list of classes, or of a class's first names. `cards` stand beside `labels` and never leave the kiosk."""

    class_name: str = ""
    labels: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """Everything the kiosk knows of what goes on in front of it. Times are monotonic seconds."""

    phase: Phase = Phase.IDLE
    session: int = 0
    now: float = 0.0
    next_request: int = 1
    reader: ReaderCard | None = None
    reader_offline: bool = False
    card_awaited: bool = False  # a card led nowhere within this session: no book more until one is read
    lines: tuple[Line, ...] = ()
    asking: Asking | None = None
    unclear: tuple[Asking, ...] = ()  # asked, never answered in time: a late yes must still be kept
    unwritten: tuple[Unwritten, ...] = ()
    queue: tuple[Scan, ...] = ()
    ending: bool = False  # "Xong" was pressed while something was still in the air
    notice: Notice | None = None
    unseen_until: float = 0.0  # the notice or question has not been on the screen for long enough yet
    question: Question | None = None
    ends_at: float | None = None  # when this phase ends by itself
    receipt: Literal["none", "printing", "printed", "failed"] = "none"
    holdings: Literal["none", "wanted", "asked"] = "none"  # "Sách em đang mượn" on paper, once a session
    choice: Choice | None = None
    refused: Refused | None = None  # the newest refused loan of this session
    staff: StaffVisit | None = None  # the staff menu, over whatever is going on
    on_paper: tuple[tuple[str, float], ...] = ()  # without a screen: sentences of little weight, when said
    slips: int = 0  # so many of them were printed since something last went well
    slip: Print | None = None  # of a card that led nowhere: printed once no book more is scanned behind it
    pad_closed_until: float = 0.0  # no PIN is taken before
    volume: int = 75
    online: bool = True
    printer_trouble: str | None = None
    causes: tuple[str, ...] = ()  # why the kiosk is out of order; empty = in order
    concerns: tuple[str, ...] = ()  # what staff should mend though it is in order
    school: str = ""
    greeting: str = ""


# ---------------------------------------------------------------- effects


@dataclass(frozen=True, slots=True)
class AskReader:
    """Who is this? Answered by ReaderAnswer or a Refusal."""

    request: int
    card: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """Lend this copy. `key` makes the act one act, however often it is sent."""

    request: int
    key: str
    card: str
    barcode: str
    staff_id: int | None = None
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Return:
    """Take this copy back."""

    request: int
    key: str
    barcode: str


@dataclass(frozen=True, slots=True)
class Renew:
    """Lend it for longer."""

    request: int
    key: str
    card: str
    barcode: str


@dataclass(frozen=True, slots=True)
class Journal:
    """Write this act down, durably, then say Journaled or JournalFailed. `pending`: the core does not
    know of it yet. `at`: when it happened, where that is not now."""

    key: str
    kind: ActKind
    card: str | None
    barcode: str
    title: str
    due_on: str | None
    pending: bool
    staff_id: int | None = None
    overrides: tuple[str, ...] = ()
    undoes: str | None = None
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt is about; how it is worded: receipts.py. `name` is a first name, never more;
    `reader_kind` decides how the reader is addressed."""

    kind: Literal["acts", "holdings", "paper_test", "refusal"]
    name: str
    class_name: str
    lines: tuple[Line, ...]
    reader_kind: str = "pupil"
    refused: Notice | None = None  # of a refusal
    barcode: str = ""  # the book that was refused


@dataclass(frozen=True, slots=True)
class Print:
    """A receipt, by the printer's process; PrinterOutcome follows."""

    session: int
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class PlaySound:
    """One short sound; which of them is played where: sounds.py."""

    name: Literal["hello", "ok", "no", "attention", "bye"]


@dataclass(frozen=True, slots=True)
class ListClasses:
    """Answered by ClassesListed."""


@dataclass(frozen=True, slots=True)
class ListNames:
    """Answered by NamesListed."""

    class_name: str


Effect = (
    AskReader | Checkout | Return | Renew | Journal | Print | PlaySound | ListClasses | ListNames
    | CheckPin | AskStatus | AskReceipts | Reprint | PrintTest | SetVolume | Restart
)  # fmt: skip
