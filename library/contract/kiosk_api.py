"""Shapes of the device API (/api/v1/kiosk/…), shared by the core and the kiosk. Standard library only.

`from_json` is tolerant: unknown keys are ignored (an older kiosk meets a newer core), missing ones get
defaults; a value of the wrong type raises ValueError naming it. Published as /api/v1/openapi.json.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass, field
from typing import Any, Self

PREFIX = "/api/v1/kiosk"
ACT_KINDS = ("checkout", "return", "renewal", "visit", "undo", "unwritten")
ORDER_KINDS = ("message", "clear_message", "restart_program", "restart_screen", "print_slip", "damage_seen")
"""All that a core may ask of a kiosk. A kiosk does nothing that is not in its own copy of this list."""
SLIP_OUTCOMES = ("printed", "not_printed", "partial", "unclear")
"""What a kiosk says of a slip; `not_printed` may name why after a colon (`not_printed:paper_out`)."""
CALLED_OFF = "called_off"
"""Why a slip was not printed whose order was withdrawn, or ran out, before its turn came."""
MAX_SLIP_LINES = 40
"""Copies named on one slip: half a metre of paper, ten seconds of a slow head, within its deadlines."""


_HINTS: dict[Any, dict[str, Any]] = {}


def _hints(kind: Any) -> dict[str, Any]:
    """A snapshot is thousands of messages; reading annotations anew for each takes most of the time."""
    found = _HINTS.get(kind)
    if found is None:
        found = _HINTS[kind] = typing.get_type_hints(kind)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A JSON object. Names nobody knows are ignored, so that old and new versions understand each other."""

    @classmethod
    def from_json(cls, data: Any) -> Self:
        if not isinstance(data, dict):
            raise ValueError(f"{cls.__name__}: expected an object, got {type(data).__name__}")
        hints = _hints(cls)
        values: dict[str, Any] = {}
        for spec in dataclasses.fields(cls):
            if spec.name in data:
                values[spec.name] = _read(hints[spec.name], data[spec.name], f"{cls.__name__}.{spec.name}")
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"{cls.__name__}: {error}") from error

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def _read(kind: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        options = typing.get_args(kind)
        if value is None and type(None) in options:
            return None
        return _read(next(option for option in options if option is not type(None)), value, where)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"{where}: expected a list")
        return tuple(_read(typing.get_args(kind)[0], item, where) for item in value)
    if origin is dict or kind is dict:
        if not isinstance(value, dict):
            raise ValueError(f"{where}: expected an object")
        return value
    if isinstance(kind, type) and issubclass(kind, Message):
        return kind.from_json(value)
    if kind is Any:
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    raise ValueError(f"{where}: expected {kind.__name__}, got {type(value).__name__}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello(Message):
    """Answer of GET /hello."""

    device: str
    server_time: str
    school: str
    api_version: int
    snapshot_version: int
    greeting: str = ""
    mode: str = "borrow_and_return"
    school_id: str = ""
    """The same as in the answer of /api/v1/health, which needs no token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonSaid(Message):
    """One reason of a refusal, as problem+json says it."""

    code: str
    message: str = ""
    overridable: bool = False
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLoan(Message):
    """A loan the reader has now."""

    loan_id: int
    copy_barcode: str
    title: str
    due_on: str
    overdue: bool
    renewable: bool
    counts: bool = True
    """Towards the limit in all; textbooks lent for the term do not."""
    material: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderCard(Message):
    """GET readers/CARD."""

    card: str
    display_name: str
    class_name: str | None
    kind: str
    can_borrow: bool
    reasons: tuple[ReasonSaid, ...] = ()
    loans: tuple[ReaderLoan, ...] = ()
    holds_ready: int = 0
    remaining: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanMade(Message):
    """The loan that a checkout or renewal made."""

    id: int
    copy_barcode: str
    title: str
    due_on: str
    renewed: bool = False
    cover_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutAnswer(Message):
    """POST checkouts and renewals."""

    loan: LoanMade
    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDone(Message):
    """What became of a return."""

    copy_barcode: str
    title: str
    was_on_loan: bool
    overdue_days: int = 0
    held_for_other: bool = False
    route_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReader(Message):
    """What a kiosk needs of a reader to decide without the core."""

    card: str
    display_name: str
    class_name: str | None
    kind: str
    grade: int | None
    loans_open: int
    blocks: tuple[str, ...] = ()
    leaves_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLoan(Message):
    """Who has a copy, and until when."""

    reader_card: str
    due_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotCopy(Message):
    """What a kiosk needs of a copy to decide without the core."""

    barcode: str
    title: str
    material: str
    collection: str
    loanable: bool
    open_loan: SnapshotLoan | None = None
    held: bool = False
    reason: str | None = None  # why it is not loanable: a reason code
    unit: str | None = None  # name of the class corner or shelf it belongs to
    record_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotStaff(Message):
    """Who may open the staff menu. `verifier`: staff_pin.py; neither card nor PIN can be read off it."""

    id: int
    name: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRemoved(Message):
    """What is no longer there since the version asked for."""

    readers: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(Message):
    """GET snapshot: what a kiosk needs to decide offline. `policy` is what
    library.lending.rules.policy_from_json reads; `closed_days` = {"weekly": [7], "days": ["2027-02-06", …]}."""

    version: int
    generated_at: str
    full: bool
    readers: tuple[SnapshotReader, ...] = ()
    copies: tuple[SnapshotCopy, ...] = ()
    policy: dict[str, Any] = field(default_factory=dict)
    closed_days: dict[str, Any] = field(default_factory=dict)
    removed: SnapshotRemoved = field(default_factory=SnapshotRemoved)
    staff: tuple[SnapshotStaff, ...] = ()  # always whole


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry(Message):
    """One act done at the kiosk: a fact with its own key. `kind` is one of ACT_KINDS."""

    key: str
    kind: str
    occurred_at: str
    reader_card: str | None = None
    copy_barcode: str | None = None
    due_on: str | None = None
    clock_ok: bool = True
    boot_id: str | None = None
    monotonic: float | None = None
    staff_id: int | None = None  # who set `overrides` aside at the kiosk (L181)
    overrides: tuple[str, ...] = ()
    unit: str | None = None  # the shelf this mobile desk lends from (L184)
    undoes: str | None = None  # for kind "undo": the key of the act that was taken back (L185)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalResult(Message):
    """What became of one act of the journal."""

    key: str
    status: str  # applied | repeated | conflict
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipLine(Message):
    """A copy of a hand-over document. `note`: what became of it, in words, where that is not plain."""

    title: str
    number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip(Message):
    """A hand-over document as a receipt printer gives it out: at most MAX_SLIP_LINES of its `total` copies.
    `returned`: the books came back to the library. `reprint`: it may have come out before, and says so."""

    number: str
    title: str
    place: str = ""
    received_by: str = ""
    happened_on: str | None = None
    returned: bool = False
    reprint: bool = False
    total: int = 0
    lines: tuple[SlipLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOrderSent(Message):
    """In the answer of POST status: one thing to do, once (`key`), one of ORDER_KINDS. `text` and `until` belong
    to a message, `slip` to print_slip; damage_seen names in `text` the damaged journal that staff have read of.
    Done or not understood, the next status names it in `orders_done`:
    [{"key", "outcome": "done" | "unknown"}]; a slip is answered with one of SLIP_OUTCOMES."""

    key: str
    kind: str
    text: str = ""
    until: str | None = None
    expires_at: str | None = None
    slip: Slip | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOffered(Message):
    """A program for this kiosk to install when it is idle; the rest of it: library/contract/kiosk_release.py."""

    version: str
    serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAnswer(Message):
    """POST status. A core from before orders sends none."""

    received: bool = True
    server_time: str = ""
    snapshot_version: int = 0
    orders: tuple[DeviceOrderSent, ...] = ()
    receipt_template: int = 0  # version to fetch by GET receipt-template; 0 = the built-in one
    release: ReleaseOffered | None = None
    twins: bool = False  # another program calls with this device's token


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Message):
    """application/problem+json."""

    type: str = "about:blank"
    title: str = ""
    status: int = 500
    detail: str = ""
    code: str = "internal"
    reasons: tuple[ReasonSaid, ...] = ()
    request_id: str = ""
