"""Who did what: one row per change, written in the change's own transaction."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from library.foundation.clock import now
from library.foundation.database import require_transaction
from library.foundation.rows import PreparedInsert
from library.foundation.tables import AuditEntry

ActorKind = Literal["staff", "device", "reader", "system"]

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `name` is what the audit shows; for a device its name, for the command line "kesach"."""

    kind: ActorKind
    name: str
    id: int | None = None


SYSTEM = Actor("system", "kesach")
_NEW_ENTRY = PreparedInsert(AuditEntry)


def record_audit(
    actor: Actor,
    action: str,
    subject_kind: str,
    subject_id: int | str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    comment: str | None = None,
) -> None:
    """Add one entry. `before`/`after` hold only what changed, JSON-ready, no more about a child than needed."""
    require_transaction()
    _NEW_ENTRY.add(
        at=now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        action=action,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        before=before,
        after=after,
        comment=comment,
        request_id=request_id.get(),
    )
