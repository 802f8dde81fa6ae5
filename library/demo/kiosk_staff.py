"""The demo school's staff card and PIN for kiosks, the same in every demo and printed for whoever plays it.

Only `kesach init --demo` calls this, into a folder that held no school. Nowhere else is a PIN given: in a school each
librarian sets their own (library/access/kiosk_pins.py), and none can choose this one.
"""

from __future__ import annotations

from library.access.tables import StaffAccount
from library.contract.staff_pin import DEMO_CARD, DEMO_PIN, make_verifier
from library.foundation.audit import SYSTEM, record_audit
from library.foundation.database import transaction


def open_demo_kiosks(login: str) -> None:
    """Let the demo's card and PIN open the staff menu in the name of the account `login`."""
    with transaction():
        account = StaffAccount.get(StaffAccount.login == login)
        account.card_number, account.kiosk_pin_hash = DEMO_CARD, make_verifier(DEMO_CARD, DEMO_PIN)
        account.save(only=[StaffAccount.card_number, StaffAccount.kiosk_pin_hash])
        after = {"has_pin": True, "new_card": True}
        record_audit(SYSTEM, "staff.kiosk_pin", "staff", account.id, {"has_pin": False}, after)
