"""Hand-over slips that the core asks for: printed while no child is there, each at most once.

Here: which slip is next, what its receipt says, what became of it. Not here: the orders it came with
(`orders.py`), the printer (`printing.py`). Before a slip goes to the printer its key is written down as
"unclear": a kiosk that dies while printing says so afterwards and never prints it again by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kiosk.orders import Orders
from kiosk.printing import ReceiptPrinting
from kiosk.receipt_content import ReceiptContent, ReceiptLine
from library.contract.kiosk_api import MAX_SLIP_LINES, Slip

_LONGEST = 300
_OUTCOMES = {"printed": "printed", "not_printed": "not_printed", "partial": "partial"}


class Slips:
    """`report_soon` is called when there is news for the core. `print_next` belongs to the core loop."""

    def __init__(self, orders: Orders, printing: ReceiptPrinting, report_soon: Callable[[], None]) -> None:
        self._orders, self._printing, self._report_soon = orders, printing, report_soon

    def print_next(self, school: str, now: datetime) -> None:
        """Hand the oldest waiting slip to the printer, if that has nothing else to do."""
        if not self._printing.is_free:
            return
        found = self._orders.begin_slip(now)
        if found is not None:
            key, slip = found
            self._printing.print_slip(slip_content(slip, school), lambda outcome, why: self._ended(key, outcome, why))

    def _ended(self, key: str, outcome: str, reason: str | None) -> None:
        said = _OUTCOMES.get(outcome, "unclear")
        self._orders.end_slip(key, f"{said}:{reason}" if said == "not_printed" and reason else said)
        self._report_soon()


def slip_content(slip: Slip, school: str) -> ReceiptContent:
    """The receipt of a slip. Whatever a core sends, it stays a slip of bounded length."""
    lines = tuple(
        ReceiptLine("held", line.title[:_LONGEST], line.number[:40], note=line.note[:40])
        for line in slip.lines[:MAX_SLIP_LINES]
    )
    return ReceiptContent(
        kind="hand_over", number=slip.number[:24], school=school, made_at=_day(slip.happened_on),
        name=slip.place[:_LONGEST], received_by=slip.received_by[:_LONGEST], lines=lines, reprint=slip.reprint,
        title=slip.title[:60], total=max(slip.total, len(slip.lines)), returned=slip.returned,
    )  # fmt: skip


def _day(text: str | None) -> str | None:
    try:
        return datetime.fromisoformat(text[:10]).date().isoformat() if text else None
    except ValueError:
        return None
