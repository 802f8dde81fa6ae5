"""What a member of staff has just done at the desk and not taken back, read from the audit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from library.foundation.audit import Actor
from library.foundation.tables import AuditEntry
from library.lending.model import LIST_COMMENTS

UNDONE = "loan.undo"
"""Its `after` names in "undone" the entry that it takes back."""


def list_own_acts(
    actor: Actor, actions: Collection[str], since: datetime, *, limit: int | None = None, from_lists: bool = True
) -> list[AuditEntry]:
    """The actor's entries of these kinds that stand, the newest first; `limit` counts what was taken back too.
    `from_lists`: with those that a list did for a class (L203)."""
    not_of_lists = AuditEntry.comment.is_null() | AuditEntry.comment.not_in(LIST_COMMENTS)
    entries = list(
        AuditEntry.select()
        .where(
            AuditEntry.actor_kind == actor.kind,
            AuditEntry.actor_id == actor.id,
            AuditEntry.at >= since,
            AuditEntry.action.in_((*actions, UNDONE)),
            *(() if from_lists else (not_of_lists,)),
        )
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    undone = {entry.after["undone"] for entry in entries if entry.action == UNDONE}
    return [entry for entry in entries if entry.action != UNDONE and entry.id not in undone]
