"""One-time codes with which a kiosk's installer fetches its token, so that nobody types 43 characters.

A code works once, for an hour; only its SHA-256 is kept. A code may be made for a name that exists: the
exchange then replaces that device's token (a kiosk set up anew, or an answer that got lost). Guessing is
slowed down in this process's memory: 31^8 codes, and a handful of tries a minute. Next: kiosk_api/enrolment.py.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from library.access.devices import add_device
from library.access.model import DEVICE_PROFILES
from library.access.tables import EnrolmentCode
from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import Forbidden, InvalidInput, KesachError
from library.foundation.vietnamese import nfc

CODE_LIFE = timedelta(hours=1)
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that looks like something else
_LENGTH = 8
WINDOW = timedelta(minutes=1)
TRIES_PER_ADDRESS = 5
TRIES_IN_ALL = 60
"""Wrong codes within WINDOW before the next one is refused unseen."""

register_errors(
    {
        "enrolment_bad": "Mã cài đặt không đúng, đã dùng hoặc đã quá một giờ. Lấy mã mới ở trang Thiết bị.",
    }
)


class TooOften(KesachError):
    """Too many wrong codes (429 on HTTP); `params["seconds"]` until the next try is looked at."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the kiosk gets, once: its name, profile and token."""

    name: str
    profile: str
    token: str


class Tries:
    """Wrong codes of the last minute, by address and in all. Thread-safe; bounded; forgotten at a restart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrong: deque[tuple[datetime, str]] = deque(maxlen=TRIES_IN_ALL)

    def require_room(self, address: str, at: datetime) -> None:
        """TooOften when `address`, or all together, tried too often."""
        with self._lock:
            while self._wrong and at - self._wrong[0][0] >= WINDOW:
                self._wrong.popleft()
            own = [tried for tried, whose in self._wrong if whose == address]
            if len(self._wrong) >= TRIES_IN_ALL:
                own = [tried for tried, _ in self._wrong]
            elif len(own) < TRIES_PER_ADDRESS:
                return
            raise TooOften("too_often", seconds=max(1, ceil((own[0] + WINDOW - at).total_seconds())))

    def note_wrong(self, address: str, at: datetime) -> None:
        with self._lock:
            self._wrong.append((at, address))

    def forget(self) -> None:
        """Begin anew (a new process, a test)."""
        with self._lock:
            self._wrong.clear()


tries = Tries()


def clean_code(text: str) -> str:
    """The code as hashed: upper-case, without spaces and dashes; at most 64 characters are looked at."""
    return re.sub(r"[^A-Z0-9]", "", text[:64].upper())


def _hash(code: str) -> str:
    return hashlib.sha256(clean_code(code).encode()).hexdigest()


def create_code(name: str, profile: str, actor: Actor) -> str:
    """A code such as K7QM-3XNA for the device `name`, shown this once and good for an hour. Earlier codes of
    that name stop working. InvalidInput: device_name_bad, profile_bad."""
    clean = nfc(name)
    if not 1 <= len(clean) <= 64:
        raise InvalidInput("device_name_bad", field="name")
    if profile not in DEVICE_PROFILES:
        raise InvalidInput("profile_bad", field="profile", profile=profile, known=", ".join(DEVICE_PROFILES))
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    instant = now()
    with transaction():
        EnrolmentCode.delete().where(
            (EnrolmentCode.device_name == clean) | (EnrolmentCode.expires_at <= instant)
        ).execute()
        row = EnrolmentCode.create(
            code_hash=_hash(code), device_name=clean, profile=profile, created_at=instant,
            expires_at=instant + CODE_LIFE,
        )
        record_audit(actor, "device.code", "device_code", row.id, None, {"name": clean, "profile": profile})
    return f"{code[:4]}-{code[4:]}"


def exchange_code(code: str, address: str) -> Enrolled:
    """The token for a code, once. `address` is who asks, for slowing down guesses.

    Forbidden enrolment_bad for a wrong, used or expired code (not told apart: a guesser learns nothing);
    TooOften after too many of those.
    """
    instant = now()
    tries.require_room(address, instant)
    with transaction():
        row = EnrolmentCode.get_or_none(
            EnrolmentCode.code_hash == _hash(code),
            EnrolmentCode.used_at.is_null(),
            EnrolmentCode.expires_at > instant,
        )
        if row is not None:
            row.used_at = instant
            row.save(only=[EnrolmentCode.used_at])
            token = add_device(row.device_name, row.profile, Actor("device", row.device_name), replace=True)
            return Enrolled(row.device_name, row.profile, token)
    tries.note_wrong(address, instant)
    raise Forbidden("enrolment_bad", field="code")
