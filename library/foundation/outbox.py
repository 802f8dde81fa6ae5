"""Jobs that follow a commit. A use case enqueues inside its own transaction; after the commit the
search index drains (library/searching/indexer.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from library.foundation.bulk import insert_rows
from library.foundation.clock import now
from library.foundation.database import after_commit, require_transaction
from library.foundation.tables import Meta, OutboxJob

INDEXED_THROUGH = "search_index_applied"
"""Key in `meta`: newest index job that was forgotten because the index had it durably."""

_listeners: list[Callable[[], object]] = []


def enqueue_index(record_ids: Iterable[int]) -> None:
    """Ask for these records to be indexed anew (or taken out) once this transaction has committed."""
    require_transaction()
    created_at = now()
    rows = [("index", record_id, created_at) for record_id in sorted(set(record_ids))]
    if not rows:
        return
    insert_rows(OutboxJob, ("topic", "record_id", "created_at"), rows)
    for listener in _listeners:
        after_commit(listener)


def on_index_jobs(listener: Callable[[], object]) -> Callable[[], None]:
    """Be called after a commit that left index jobs (the running server wakes its indexer).

    Returns a function that ends the subscription.
    """
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def count_pending() -> int:
    """How many index jobs wait."""
    return OutboxJob.select().count()


def forget_index_jobs(through_id: int) -> None:
    """The index has these jobs durably: delete them, and keep the number so that an older index shows."""
    require_transaction()
    OutboxJob.delete().where(OutboxJob.topic == "index", OutboxJob.id <= through_id).execute()
    known = Meta.get_or_none(Meta.key == INDEXED_THROUGH)
    if known is None:
        Meta.create(key=INDEXED_THROUGH, value=str(through_id))
    elif int(known.value) < through_id:
        Meta.update(value=str(through_id)).where(Meta.key == INDEXED_THROUGH).execute()
