"""The same request twice is one act: the first success is stored with the act and answered again.

L95–L97 in docs/lending-rules.md. A refusal is not stored: it changed nothing, so a retry is decided
anew and may succeed. pretix commits such a row apart from the act; a crash between the two then locks
the retry out, so here both are one transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import peewee as pw

from library.foundation.clock import now
from library.foundation.database import in_shared_commit, transaction
from library.foundation.errors import Conflict
from library.foundation.tables import IdempotencyKey
from library.lending.rows import PreparedInsert, PreparedSelect, slot

KEEP_DAYS = 45
"""Longer than a kiosk may hold its journal back over a holiday."""


@dataclass(frozen=True, slots=True)
class KeyedAnswer:
    status: int
    answer: dict[str, Any]
    repeated: bool


_in_one_spelling = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def hash_request(route: str, body: Any) -> str:
    """What "the same body" means: the route and the JSON value, not its spacing."""
    text = _in_one_spelling([route, body])
    return hashlib.sha256(text.encode()).hexdigest()


def run_keyed(key: str, scope: str, request_hash: str, act: Callable[[], tuple[int, dict[str, Any]]]) -> KeyedAnswer:
    """Do `act` under `key` at most once. Conflict(`key_reused`) when the key was used for something else.

    `scope` is who asks ("device:3"): another's key is not answered. What `act` raises is passed on and
    nothing is stored.
    """

    def once() -> KeyedAnswer:
        known = find_answer(key, scope, request_hash)
        if known is not None:
            return known
        status, answer = act()
        _NEW_KEY.add(key=key, scope=scope, request_hash=request_hash, status=status, answer=answer, created_at=now())
        return KeyedAnswer(status, answer, repeated=False)

    try:
        return in_shared_commit(once)
    except pw.IntegrityError:
        # Two requests with one key at the same moment in two processes: the other one's answer holds.
        known = find_answer(key, scope, request_hash)
        if known is None:
            raise
        return known


def find_answer(key: str, scope: str, request_hash: str) -> KeyedAnswer | None:
    """The stored first answer, None when the key is new, Conflict when it belongs to another request."""
    rows = _KNOWN.rows(key=key)
    if not rows:
        return None
    if rows[0]["scope"] != scope or rows[0]["request_hash"] != request_hash:
        raise Conflict("key_reused")
    return KeyedAnswer(rows[0]["status"], rows[0]["answer"], repeated=True)


_NEW_KEY = PreparedInsert(IdempotencyKey)
_KNOWN = PreparedSelect(
    lambda: IdempotencyKey.select(
        IdempotencyKey.scope, IdempotencyKey.request_hash, IdempotencyKey.status, IdempotencyKey.answer
    ).where(IdempotencyKey.key == slot("key"))
)


def forget_old_keys() -> int:
    """Delete keys older than KEEP_DAYS. Returns how many."""
    with transaction():
        return IdempotencyKey.delete().where(IdempotencyKey.created_at < now() - timedelta(days=KEEP_DAYS)).execute()
