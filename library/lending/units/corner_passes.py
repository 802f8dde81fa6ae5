"""The pupil helper's key to the phone page of a corner: a random token in a QR code, no staff account (L140).

Only its SHA-256 is kept; it opens one unit, shows no more than books and first names, and can be taken back
at any time. Wrong tokens and writing are both slowed down in this process's memory.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from library.access.enrolment import TooOften, Tries
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import NotFound
from library.lending.tables import HoldingUnit
from library.lending.units.set_steps import get_open_unit
from library.lending.units.tables import UnitPass

TOKEN_BYTES = 18  # 144 bits: 24 letters of URL-safe base64
SEEN_EVERY = timedelta(minutes=10)
ACTS_A_MINUTE = 40
"""A helper's thumbs; a script is stopped."""

tries = Tries()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPass:
    """What a good token opens."""

    unit_id: int
    unit_name: str
    class_id: int | None


class Pace:
    """Acts of the last minute by unit. Thread-safe; bounded; forgotten at a restart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._acts: dict[int, deque[datetime]] = {}

    def require_room(self, unit_id: int, at: datetime) -> None:
        """Count one act. TooOften when this unit had too many within a minute."""
        with self._lock:
            acts = self._acts.setdefault(unit_id, deque(maxlen=ACTS_A_MINUTE))
            while acts and at - acts[0] >= timedelta(minutes=1):
                acts.popleft()
            if len(acts) == ACTS_A_MINUTE:
                raise TooOften("too_often", seconds=max(1, 60 - int((at - acts[0]).total_seconds())))
            acts.append(at)

    def forget(self) -> None:
        """Begin anew (a new process, a test)."""
        with self._lock:
            self._acts.clear()


pace = Pace()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def issue_pass(unit_id: int, *, actor: Actor) -> str:
    """A new token for the unit, shown this once; the one before stops working."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction():
        get_open_unit(unit_id)
        _revoke(unit_id)
        UnitPass.insert(
            unit=unit_id, token_hash=_hash(token), created_at=now(), created_by=actor.name[:120]
        ).execute()
        record_audit(actor, "unit_pass.issue", "holding_unit", unit_id)
    return token


def revoke_pass(unit_id: int, *, actor: Actor) -> None:
    """The token of this unit opens nothing any more. NotFound(`pass_unknown`) when there is none."""
    with transaction():
        if not _revoke(unit_id):
            raise NotFound("pass_unknown")
        record_audit(actor, "unit_pass.revoke", "holding_unit", unit_id)


def _revoke(unit_id: int) -> int:
    changed: int = (
        UnitPass.update(revoked_at=now()).where(UnitPass.unit == unit_id, UnitPass.revoked_at.is_null()).execute()
    )
    return changed


def open_with(token: str, address: str) -> OpenPass | None:
    """What a token opens; None for a wrong or revoked one, or when the unit is closed. TooOften instead of None
    after too many wrong ones from `address`. A good token is neither counted nor slowed (L140): all corners of a
    school share the address of its router, and 144 bits are not guessed."""
    if not token:
        return None  # a phone that never had one guesses nothing
    moment = now()
    row = (
        UnitPass.select(UnitPass, HoldingUnit)
        .join(HoldingUnit)
        .where(
            UnitPass.token_hash == _hash(token[:200]), UnitPass.revoked_at.is_null(), HoldingUnit.closed_on.is_null()
        )
        .first()
    )
    if row is None:
        tries.require_room(address, moment)
        tries.note_wrong(address, moment)
        return None
    if row.last_used_at is None or moment - row.last_used_at >= SEEN_EVERY:
        with transaction():
            UnitPass.update(last_used_at=moment).where(UnitPass.id == row.id).execute()
    return OpenPass(unit_id=row.unit_id, unit_name=row.unit.name, class_id=row.unit.school_class_id)


def find_pass(unit_id: int) -> UnitPass | None:
    """The pass that is good now, for the staff page: since when, last used when."""
    found: UnitPass | None = UnitPass.get_or_none((UnitPass.unit == unit_id) & UnitPass.revoked_at.is_null())
    return found
