"""Staff at a kiosk: what their card looks like, and how card and PIN are proved without keeping either.

The core makes a verifier, kiosks get it with the snapshot and check it without a network. It is scrypt over
card *and* PIN: whoever steals a kiosk's files holds neither, and has to find both at once (10⁹ cards times
10⁶ PINs); whoever copies a card still lacks the PIN. Standard library only.
"""

from __future__ import annotations

import re

from library.contract.scans import STAFF_PREFIX, check_digit

PIN_LENGTH = 6
DEMO_CARD, DEMO_PIN = f"{STAFF_PREFIX}2011202619", "201182"
"""Of the demo school and its simulated kiosk, printed for anybody to try. No school can choose this PIN."""
_COST, _BLOCK = 2**13, 8
"""8 MB and about 30 ms on a school computer, a tenth of a second on a Raspberry Pi 4."""
_RUNS = ("0123456789012345", "9876543210987654")


def make_staff_card() -> str:
    """A new card's number: 9 random digits and their check digit. It names nobody."""
    import secrets  # only the core makes cards; it and hashlib weigh 4 MB on a kiosk that may never need them

    digits = f"{secrets.randbelow(10**9):09d}"
    return f"{STAFF_PREFIX}{digits}{check_digit(digits)}"


def is_weak_pin(pin: str) -> bool:
    """True unless it is six digits that are neither a run nor one pattern over and over, nor the demo's."""
    if not re.fullmatch(rf"[0-9]{{{PIN_LENGTH}}}", pin) or pin == DEMO_PIN:
        return True
    patterned = any(pin == pin[:length] * (PIN_LENGTH // length) for length in (1, 2, 3))
    return patterned or any(pin in run for run in _RUNS)


def make_verifier(card: str, pin: str) -> str:
    """Text to keep instead of the two; a new one each time."""
    import secrets

    salt = secrets.token_bytes(16)
    return f"scrypt${_COST}${_BLOCK}${salt.hex()}${_derive(card, pin, salt, _COST, _BLOCK).hex()}"


def check_verifier(verifier: str, card: str, pin: str) -> bool:
    """Whether it was made of these. False for anything unreadable or dearer than we make them."""
    import hmac

    try:
        kind, cost, block, salt, found = verifier.split("$")
        if kind != "scrypt" or int(cost) > 2**15 or int(block) > 8:
            return False
        made = _derive(card, pin, bytes.fromhex(salt), int(cost), int(block))
        return hmac.compare_digest(made.hex(), found)
    except ValueError:
        return False


def _derive(card: str, pin: str, salt: bytes, cost: int, block: int) -> bytes:
    import hashlib

    secret = f"{card}:{pin}".encode()
    return hashlib.scrypt(secret, salt=salt, n=cost, r=block, p=1, maxmem=64 * 1024 * 1024, dklen=32)
