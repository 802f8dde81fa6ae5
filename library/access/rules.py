"""Pure decisions about passwords, logins, tokens and lock-out. No database, no clock. Next: service.py."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from library.foundation.vietnamese import fold, nfc

PASSWORD_LENGTH = 10
FREE_FAILURES = 5
"""Wrong passwords in a row before the account is locked for a while."""
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=4)
SEEN_EVERY = timedelta(minutes=5)
"""How often a session or device that is being used writes down that it was seen."""

_LOGIN = re.compile(r"[\w.\-@]{2,64}")
# Compared after folding, without anything but letters and digits; only those of 10 or more matter, and
# the stems that people stretch to 10 with digits.
_COMMON_WORDS = """
1234567890 0123456789 0987654321 9876543210 1122334455 1234512345 123456789a a123456789 qwertyuiop
qwerty1234 qwerty12345 qwerty123456 1q2w3e4r5t 1qaz2wsx3edc asdfghjkl1 zxcvbnm123 password12
password123 password1234 passwordpassword matkhau123 matkhau1234 matkhau12345 matkhau123456
thuvien123 thuvien1234 thuvien12345 thuvientruong thuvientruonghoc truonghoc123 hocsinh123
giaovien123 admin12345 admin123456 administrator quantri123 iloveyou12 iloveyou123 anhyeuem123
emyeuanh123 vietnam123 vietnam2024 vietnam2025 vietnam2026 xinchao123 letmein123 welcome123
changeme123 khongbiet123 abcdefghij abcdef1234 abc1234567 aaaaaaaaaa abcd123456 kesach1234
kesach12345
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_STEMS = ("password", "matkhau", "thuvien", "kesach", "admin", "qwerty", "vietnam", "abc")
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else


def hash_token(token: str) -> str:
    """What is kept of a token: it is long and random, so its SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def clean_login(text: str) -> str | None:
    """The login as kept (lower-case); None when it cannot be one."""
    login = nfc(text).lower()
    return login if _LOGIN.fullmatch(login) else None


def is_weak_password(password: str, login: str = "", display_name: str = "") -> bool:
    """True when it is too short, too common, one pattern over and over, or the account's own name."""
    if len(password) < PASSWORD_LENGTH or not password.strip():
        return True
    bare = re.sub(r"[^a-z0-9]", "", fold(password))
    if bare in _COMMON or len(set(password)) < 4:
        return True
    for length in (1, 2, 3, 4):
        if (password[:length] * len(password))[: len(password)] == password:
            return True
    letters = bare.rstrip("0123456789")
    own = {re.sub(r"[^a-z0-9]", "", fold(name)) for name in (login, display_name)} - {""}
    # "thuvien2026" and "lan12345678": a known word stretched with a year or a run of digits.
    return letters in own or bare in own or (letters in _STEMS and len(bare) - len(letters) <= 8)


def lock_length(failures: int) -> timedelta | None:
    """How long to lock after that many wrong passwords in a row: 15 min at the fifth, then doubling."""
    if failures < FREE_FAILURES:
        return None
    return min(FIRST_LOCK * 2 ** min(failures - FREE_FAILURES, 10), LONGEST_LOCK)


def minutes_left(until: datetime, now: datetime) -> int:
    """Whole minutes to wait, at least one."""
    return max(1, -int((now - until).total_seconds() // 60))


def generate_password() -> str:
    """Three groups of four, easy to type and to read out: about 59 bits of chance."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
