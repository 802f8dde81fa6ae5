"""What is known of a kiosk and what it may be asked to do, as plain values. Pure. Next: rules.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Tone = Literal["good", "notice", "bad", "info", ""]

MESSAGE_LENGTH = 120
"""Characters a child can read from two metres on a 7-inch screen."""
LONGEST_MESSAGE = timedelta(days=31)
RESTART_LIFE = timedelta(minutes=15)
"""A kiosk that comes back later is not restarted any more: whoever asked has long gone to look."""

SEEN_LIFE = timedelta(days=30)
"""A kiosk hears within this time that staff have read of its damaged journal."""

SLIP_LIFE = timedelta(minutes=30)
"""Whoever waits for a slip has written by hand by then; paper that nobody takes is litter with a name on it."""

ORDER_WORDS: dict[str, str] = {
    "message": "Lời nhắn",
    "clear_message": "Gỡ lời nhắn",
    "restart_program": "Khởi động lại chương trình",
    "restart_screen": "Mở lại màn hình",
    "print_slip": "In phiếu giao nhận",
    "damage_seen": "Đã xem sổ hỏng",
}


@dataclass(frozen=True, slots=True)
class Twins:
    """Two runs of one device at the same time: somebody copied the card or the token."""

    addresses: tuple[str, ...]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A release that a kiosk was given to run."""

    version: str
    serial: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A newer program than a kiosk runs, and what keeps it from getting there."""

    version: str
    hindrance: Literal["no_wheels", "no_key", "not_offered", "not_taken"]
    offered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    key: str
    device_name: str
    kind: str
    text: str
    until_at: datetime | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    delivered_at: datetime | None
    done_at: datetime | None
    outcome: str | None
    cancelled_at: datetime | None
    device_id: int = 0
    is_open: bool = False  # it still goes out
    back_at: datetime | None = None  # of a restart: when another run of the program was first heard of


@dataclass(frozen=True, slots=True)
class Alert:
    """Something wrong with a kiosk, in words: what, and what to do. `about`: the damaged journal it tells of, which
    staff can say they have read of."""

    code: str
    tone: Tone
    title: str
    advice: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class KioskFacts:
    """A device that was not revoked, and what it last said of itself (any JSON: it is not trusted)."""

    name: str
    profile: str
    last_seen_at: datetime | None
    status: dict[str, Any] = field(default_factory=dict)
    twins: Twins | None = None
    upgrade: Upgrade | None = None
    device_id: int = 0
    seen_damages: frozenset[str] = frozenset()
    """Damaged journals that staff have said they read of; the kiosk may not have heard it yet."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a kiosk in words."""

    tone: Tone
    words: str


@dataclass(frozen=True, slots=True)
class KioskState:
    """A kiosk as a page shows it."""

    facts: KioskFacts
    printer: Part
    scanner: Part
    sound: Part
    overall: Part
    waiting: int | None
    version: str
    alerts: tuple[Alert, ...]
