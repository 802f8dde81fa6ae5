"""Transactions, instants and job numbers behave the same on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from library.foundation import outbox
from library.foundation.audit import SYSTEM, record_audit
from library.foundation.clock import now
from library.foundation.database import database as bound
from library.foundation.database import is_sqlite, transaction
from library.foundation.tables import AuditEntry, Meta, OutboxJob


def test_a_failed_use_case_leaves_nothing(database: str) -> None:
    with pytest.raises(RuntimeError, match="halfway"), transaction():
        Meta.create(key="a", value="1")
        record_audit(SYSTEM, "test", "meta", "a")
        raise RuntimeError("halfway")
    assert Meta.get_or_none(Meta.key == "a") is None
    assert AuditEntry.select().count() == 0


def test_a_nested_step_is_undone_alone(database: str) -> None:
    with transaction():
        Meta.create(key="kept", value="1")
        with pytest.raises(RuntimeError, match="inner"), transaction():
            Meta.create(key="dropped", value="1")
            raise RuntimeError("inner")
    assert {row.key for row in Meta.select()} >= {"kept"}
    assert Meta.get_or_none(Meta.key == "dropped") is None


def test_writers_take_turns_and_lose_nothing(database: str) -> None:
    with transaction():
        Meta.create(key="counter", value="0")

    def add_many() -> None:
        for _ in range(25):
            with transaction():
                value = int(Meta.get_by_id("counter").value)
                Meta.update(value=str(value + 1)).where(Meta.key == "counter").execute()
        bound.close()

    threads = [threading.Thread(target=add_many) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Meta.get_by_id("counter").value == "150"


def test_instants_come_back_as_they_went_and_sort_as_time(database: str) -> None:
    hanoi = timezone(timedelta(hours=7))
    moments = [
        datetime(2026, 11, 22, 0, 30, tzinfo=hanoi),  # the day before in UTC
        datetime(2026, 11, 22, 0, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 22, 0, 0, 0, 0, tzinfo=UTC),
    ]
    with transaction():
        for moment in moments:
            AuditEntry.insert(
                at=moment, actor_kind="system", actor_name="x", action="a", subject_kind="s", subject_id="1"
            ).execute()
    read = [row.at for row in AuditEntry.select().order_by(AuditEntry.at)]
    assert read == sorted(moments)
    assert all(moment.utcoffset() == timedelta(0) for moment in read)
    after = AuditEntry.select().where(AuditEntry.at > datetime(2026, 11, 22, tzinfo=UTC)).count()
    assert after == 1


def test_an_instant_without_a_zone_is_refused(database: str) -> None:
    with pytest.raises(ValueError, match="time zone"), transaction():
        OutboxJob.insert(topic="index", record_id=1, created_at=datetime(2026, 1, 1)).execute()  # noqa: DTZ001  what must be refused


def test_job_numbers_are_never_used_twice(database: str) -> None:
    with transaction():
        outbox.enqueue_index([1, 2, 2])
    first = [job.id for job in OutboxJob.select().order_by(OutboxJob.id)]
    assert len(first) == 2
    with transaction():
        OutboxJob.delete().execute()
        outbox.enqueue_index([3])
    assert OutboxJob.get().id > first[-1]


def test_listeners_hear_of_committed_jobs_only_and_may_write(database: str) -> None:
    heard: list[int] = []

    def listener() -> None:
        with transaction():  # would hang if called under the write lock
            heard.append(outbox.count_pending())
            OutboxJob.delete().execute()

    stop = outbox.on_index_jobs(listener)
    try:
        with pytest.raises(RuntimeError, match="no"), transaction():
            outbox.enqueue_index([1])
            raise RuntimeError("no")
        assert heard == []
        with transaction():
            outbox.enqueue_index([1])
            outbox.enqueue_index([2])
        assert heard == [2]
    finally:
        stop()


def test_audit_and_jobs_need_a_transaction(database: str) -> None:
    with pytest.raises(RuntimeError):
        record_audit(SYSTEM, "test", "meta", 1)
    with pytest.raises(RuntimeError):
        outbox.enqueue_index([1])


def test_sqlite_is_set_to_survive_a_power_cut(sqlite_database: str) -> None:
    assert is_sqlite()
    assert bound.execute_sql("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert bound.execute_sql("PRAGMA synchronous").fetchone()[0] == 2  # FULL
    assert bound.execute_sql("PRAGMA foreign_keys").fetchone()[0] == 1
    assert now().tzinfo is UTC
