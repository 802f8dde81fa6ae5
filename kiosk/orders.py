"""What the core asks of this kiosk in the answer of POST status: a fixed list, each thing once.

Here: which orders are done, the message for the idle screen, slips that wait, what to tell the core. Not here: how
a program or a screen is started anew (`runner.py`), how a slip is printed (`slips.py`). An order's key is written
down before it is carried out, so that a restart does not restart for ever. Whatever is not in ORDER_KINDS, or cannot
be read, is answered "unknown" and not done.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from kiosk.clock import KioskClock
from kiosk.journal import ActJournal, JournalUnavailable
from library.contract.kiosk_api import CALLED_OFF, ORDER_KINDS, DeviceOrderSent, Slip

_log = logging.getLogger(__name__)
_NAME = "orders"
_HERE = ("message", "clear_message", "damage_seen")
MAX_TEXT = 200
_REMEMBER = 100
"""Keys kept so that an order sent again is not done again."""


class Orders:
    """`do`: what to call for the kinds that are more than a message or a slip; `see_damage`: for damage_seen, with the
    name of the file. Any thread may use it."""

    def __init__(
        self, journal: ActJournal, clock: KioskClock, do: Mapping[str, Callable[[], None]],
        see_damage: Callable[[str], None] = lambda _file: None,
    ) -> None:  # fmt: skip
        self._journal, self._clock, self._do, self._see_damage = journal, clock, do, see_damage
        self._done: dict[str, str] = {}
        self._untold: set[str] = set()
        self._message: tuple[str, datetime] | None = None
        self._lock = threading.RLock()
        self._slips: tuple[DeviceOrderSent, ...] = ()
        self._printing: set[str] = set()
        self._recall()

    def message(self) -> str:
        """What stands on the idle screen beside the greeting; empty when nothing does."""
        found = self._message
        return found[0] if found is not None and self._clock.now() < found[1] else ""

    def report(self) -> list[dict[str, str]]:
        """For the next status: what was done since the core last heard. A slip at the printer is not done yet."""
        with self._lock:
            told = self._untold - self._printing
            return [{"key": key, "outcome": outcome} for key, outcome in self._done.items() if key in told]

    def told(self, report: list[dict[str, str]]) -> None:
        """The core has had this report."""
        with self._lock:
            self._untold -= {one["key"] for one in report if self._done.get(one["key"]) == one["outcome"]}
            self._remember()

    @property
    def slips_waiting(self) -> int:
        """Slips whose turn has not come."""
        with self._lock:
            return sum(order.key not in self._done for order in self._slips)

    def begin_slip(self, now: datetime) -> tuple[str, Slip] | None:
        """The oldest slip that waits, from now on counted as perhaps printed; None when there is none, or when the
        journal cannot write that down."""
        with self._lock:
            for order in self._slips:
                until = _instant(order.expires_at)
                if order.slip is None or order.key in self._done or (until is not None and now >= until):
                    continue
                if not self._note(order.key, "unclear"):
                    self._slips = ()  # the core names it again in a minute
                    return None
                self._printing.add(order.key)
                return order.key, order.slip
        return None

    def end_slip(self, key: str, outcome: str) -> None:
        """What became of a slip that was begun."""
        with self._lock:
            self._printing.discard(key)
            self._done[key] = outcome
            self._untold.add(key)
            self._remember()
        _log.info("slip %s: %s", key, outcome)

    def heed(self, answer: Mapping[str, Any]) -> bool:
        """Carry out what the answer asks. True when there is something new to tell the core. Slips are kept until
        their turn; one that the core does not name any more was called off."""
        with self._lock:
            return self._heed(answer)

    def _heed(self, answer: Mapping[str, Any]) -> bool:
        orders = answer.get("orders")
        news = False
        slips: list[DeviceOrderSent] = []
        for raw in orders if isinstance(orders, list) else ():
            try:
                order = DeviceOrderSent.from_json(raw)
            except ValueError as error:
                _log.warning("order not understood: %s", error)
                continue
            if order.key in self._done:
                self._untold.add(order.key)
                news = news or order.key not in self._printing
            elif order.kind == "print_slip" and order.slip is not None:
                slips.append(order)
            elif self._obey(order):
                news = True
        still = {order.key for order in slips}
        for gone in self._slips:
            if gone.key not in still and gone.key not in self._done:
                news = self._note(gone.key, f"not_printed:{CALLED_OFF}") or news
        self._slips = tuple(slips)
        return news

    def _obey(self, order: DeviceOrderSent) -> bool:
        """False when it must be tried again: the journal cannot write, so it would be done twice."""
        known = order.kind in ORDER_KINDS and (order.kind in _HERE or order.kind in self._do)
        until = _instant(order.until)
        if order.kind == "message" and (until is None or not order.text.strip()):
            known = False
        before = self._message
        if known and order.kind == "message" and until is not None:
            self._message = (" ".join(order.text.split())[:MAX_TEXT], until)
        elif known and order.kind == "clear_message":
            self._message = None
        if not self._note(order.key, "done" if known else "unknown"):
            self._message = before
            return False
        _log.info("order %s: %s", order.kind, self._done[order.key])
        if known and order.kind in self._do:
            self._do[order.kind]()
        elif order.kind == "damage_seen":
            with suppress(JournalUnavailable):  # it stays on the page, with its button
                self._see_damage(order.text)
        return True

    def _note(self, key: str, outcome: str) -> bool:
        """Write a key down; False, and nothing changed, where the journal cannot."""
        self._done[key] = outcome
        self._untold.add(key)
        if self._remember():
            return True
        del self._done[key]
        self._untold.discard(key)
        return False

    def _remember(self) -> bool:
        for key in list(self._done)[:-_REMEMBER]:
            del self._done[key]
            self._untold.discard(key)
        message = None if self._message is None else [self._message[0], self._message[1].isoformat()]
        kept = {"done": self._done, "untold": sorted(self._untold), "message": message}
        try:
            self._journal.remember(_NAME, json.dumps(kept, ensure_ascii=False))
        except JournalUnavailable as error:
            _log.error("orders not written down: %s", error)
            return False
        return True

    def _recall(self) -> None:
        try:
            kept = json.loads(self._journal.recall(_NAME) or "{}")
            self._done = {str(key): str(outcome) for key, outcome in kept.get("done", {}).items()}
            self._untold = {str(key) for key in kept.get("untold", [])} & set(self._done)
            message = kept.get("message")
            until = _instant(message[1]) if message else None
            if until is not None:
                self._message = (str(message[0])[:MAX_TEXT], until)
        except (ValueError, TypeError, AttributeError, LookupError, JournalUnavailable) as error:
            _log.warning("orders of before not readable: %s", error)


def _instant(text: Any) -> datetime | None:
    """Aware; None for what is not an instant."""
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo is not None and found.utcoffset() is not None else None
    except (TypeError, ValueError, OverflowError):
        return None
