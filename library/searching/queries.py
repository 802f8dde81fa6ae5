"""What the indexer reads from the database: waiting jobs and the identity of the database. Never commits.

Next: indexer.py; the rows to index come from library/cataloguing/queries.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from library.foundation.database import database, is_sqlite
from library.foundation.outbox import INDEXED_THROUGH
from library.foundation.tables import Meta, OutboxJob


@dataclass(frozen=True, slots=True)
class IndexJob:
    id: int
    record_id: int


def list_index_jobs(limit: int | None = None) -> list[IndexJob]:
    """Waiting jobs, oldest first."""
    jobs = OutboxJob.select(OutboxJob.id, OutboxJob.record_id).where(OutboxJob.topic == "index")
    rows: Iterable[Any] = jobs.order_by(OutboxJob.id).limit(limit).tuples()
    return [IndexJob(job_id, record_id) for job_id, record_id in rows]


def has_index_jobs() -> bool:
    return bool(list_index_jobs(limit=1))


def find_database_uuid() -> str:
    """Identity of this database; empty before the first migration."""
    row = Meta.get_or_none(Meta.key == "database_uuid")
    return "" if row is None else str(row.value)


def find_forgotten_through() -> int:
    """Newest job that was deleted because the index had it; 0 when none ever was."""
    row = Meta.get_or_none(Meta.key == INDEXED_THROUGH)
    return 0 if row is None else int(row.value)


def find_newest_job_id() -> int:
    """Newest job id ever given out, also of jobs long deleted; 0 when there was none."""
    if is_sqlite():
        statement = "SELECT seq FROM sqlite_sequence WHERE name = 'outbox_job'"
    else:
        statement = "SELECT pg_sequence_last_value(pg_get_serial_sequence('outbox_job', 'id')::regclass)"
    row = database.execute_sql(statement).fetchone()
    return 0 if row is None or row[0] is None else int(row[0])
