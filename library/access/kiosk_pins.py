"""A librarian's card and PIN for the kiosk's staff menu: made here, checked by kiosks (L180).

Kept is a verifier over card and PIN (library/contract/staff_pin.py) and the card's number, for printing it
again; never the PIN. Kiosks get id, short name and verifier with their snapshot. Next: pages_kiosk_pin.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from library.access.model import Role, allows
from library.access.service import confirm_password
from library.access.tables import StaffAccount
from library.contract.codes import register_errors
from library.contract.staff_pin import DEMO_CARD, DEMO_PIN, check_verifier, is_weak_pin, make_staff_card, make_verifier
from library.foundation.audit import Actor, record_audit
from library.foundation.database import transaction
from library.foundation.errors import Forbidden, InvalidInput, NotFound
from library.foundation.typesetting import code128_bars, typeset

MAY_OPEN = Role.LIBRARIAN
"""The same who may lend against a rule at the desk (L5); pupils on duty are assistants."""
_FOLDER = Path(__file__).parent

register_errors(
    {
        "pin_weak": "PIN gồm đúng 6 chữ số, không phải dãy liền nhau, một số lặp lại hay PIN của trường mẫu.",
        "kiosk_card_missing": "Chưa có thẻ quầy. Đặt PIN trước, thẻ được tạo cùng lúc.",
    }
)


@dataclass(frozen=True, slots=True)
class KioskStaff:
    """Somebody whom kiosks let in: `name` is how the kiosk greets them, given name only, empty for an account that
    is a post."""

    id: int
    name: str
    full_name: str
    verifier: str


@dataclass(frozen=True, slots=True)
class KioskCard:
    """One's own card: its number, and whether a PIN stands behind it."""

    number: str | None
    has_pin: bool
    is_demo: bool = False  # the demo school's card and PIN, known to everybody


def find_card(account_id: int) -> KioskCard:
    row = StaffAccount.get_by_id(account_id)
    verifier = row.kiosk_pin_hash
    is_demo = row.card_number == DEMO_CARD and verifier is not None and check_verifier(verifier, DEMO_CARD, DEMO_PIN)
    return KioskCard(row.card_number, verifier is not None, is_demo)


def set_pin(account_id: int, password: str, pin: str, *, new_card: bool = False) -> KioskCard:
    """By the person, with their password. A first PIN makes the card; `new_card` makes another (the old one is
    lost). Forbidden: password_wrong, login_locked, forbidden (not a librarian); InvalidInput: pin_weak."""
    row = StaffAccount.get_by_id(account_id)
    if not allows(row.role, MAY_OPEN):
        raise Forbidden("forbidden")
    confirm_password(row.login, password, field="password")
    if is_weak_pin(pin):
        raise InvalidInput("pin_weak", field="pin")
    card = make_staff_card() if new_card or row.card_number is None else row.card_number
    verifier = make_verifier(card, pin)
    with transaction():
        StaffAccount.update(card_number=card, kiosk_pin_hash=verifier).where(StaffAccount.id == account_id).execute()
        actor = Actor("staff", row.display_name, row.id)
        after = {"has_pin": True, "new_card": card != row.card_number}
        record_audit(actor, "staff.kiosk_pin", "staff", account_id, {"has_pin": row.kiosk_pin_hash is not None}, after)
    return KioskCard(card, True)


def remove_pin(account_id: int, actor: Actor) -> None:
    """Card and PIN open nothing any more, at each kiosk with its next snapshot. Needs no password: it only closes."""
    with transaction():
        row = StaffAccount.get_or_none(StaffAccount.id == account_id)
        if row is None or row.kiosk_pin_hash is None:
            return
        StaffAccount.update(card_number=None, kiosk_pin_hash=None).where(StaffAccount.id == account_id).execute()
        record_audit(actor, "staff.kiosk_pin", "staff", account_id, {"has_pin": True}, {"has_pin": False})


def list_kiosk_staff() -> list[KioskStaff]:
    """Who may open the menu now: working librarians with a PIN."""
    rows = (
        StaffAccount.select()
        .where(StaffAccount.disabled_at.is_null(), StaffAccount.kiosk_pin_hash.is_null(False))
        .order_by(StaffAccount.id)
    )
    return [_as_kiosk_staff(row) for row in rows if allows(row.role, MAY_OPEN)]


def find_kiosk_staff(staff_id: Any) -> KioskStaff | None:
    """The one a kiosk names with an act; None when they may not (any more)."""
    if not isinstance(staff_id, int) or isinstance(staff_id, bool):
        return None
    return next((one for one in list_kiosk_staff() if one.id == staff_id), None)


def _as_kiosk_staff(row: StaffAccount) -> KioskStaff:
    given = row.display_name.split()[-1]
    # "Quản trị thư viện" is a post: nobody is greeted as "viện".
    return KioskStaff(row.id, given if given[0].isupper() else "", row.display_name, row.kiosk_pin_hash)


def render_card(account_id: int, school: str) -> bytes:
    """The card as a .pdf page to cut out. NotFound before there is one."""
    row = StaffAccount.get_by_id(account_id)
    if row.card_number is None:
        raise NotFound("kiosk_card_missing")
    shown = {
        "number": row.card_number,
        "school": school,
        "bars": code128_bars(row.card_number),
    }
    return typeset(_FOLDER / "kiosk_card.typ", "card", shown)
