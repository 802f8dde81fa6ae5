"""How a kiosk behaves: the school's choice, read from kiosk.toml by `config.py`. Next: `session_model.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Mode = Literal["borrow_and_return", "borrow_only", "return_only", "mobile_desk"]


@dataclass(frozen=True, slots=True)
class Rules:
    """Times in seconds."""

    mode: Mode = "borrow_and_return"
    idle_seconds: float = 30.0
    countdown_from: float = 10.0
    receipts: Literal["always", "ask", "never"] = "ask"
    confirm_returns: bool = False  # ask "Em muốn trả?" for a book scanned at the idle screen
    refusal_seconds: float = 8.0  # a sentence that a child of seven has to read: a no, or what to do next
    notice_seconds: float = 4.0  # a yes
    receipt_seconds: float = 10.0
    goodbye_seconds: float = 6.0
    printing_seconds: float = 30.0  # a goodbye waits so long for its receipt; whoever comes next does not
    returning_seconds: float = 10.0
    answer_seconds: float = 12.0  # after this a request without an answer counts as unclear
    seen_seconds: float = 2.0  # a sentence stays at least so long before a scan replaces it
    staff_seconds: float = 60.0  # the staff menu closes by itself after so long without a tap
    name_list: bool = False  # a child without a card may find themselves: class, then first name
    choosing_seconds: float = 30.0
    screen: bool = True  # somebody can read the page and tap on it

    @property
    def without_screen(self) -> Rules:
        """Where no page is looked at nobody can be asked: every session has its receipt, a return its yes."""
        receipts = "always" if self.receipts == "ask" else self.receipts
        return replace(self, screen=False, receipts=receipts, confirm_returns=False)

    @property
    def may_borrow(self) -> bool:
        return self.mode != "return_only"

    @property
    def may_return(self) -> bool:
        return self.mode != "borrow_only"
