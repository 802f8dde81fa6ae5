"""The one database: SQLite by default, PostgreSQL by URL; fields and transactions for both.

`transaction()` is the only way to write. Writers queue inside the process (SQLite's own busy
back-off starves one of eight writers for seconds) and take the write lock at the start, so a
check inside a transaction cannot be overtaken. PostgreSQL gets the same single-writer meaning
from an advisory lock. No rules here. Next: library/foundation/migrations/, */tables.py.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import peewee

SQLITE_PRAGMAS: dict[str, Any] = {
    "journal_mode": "wal",
    # FULL, not NORMAL: a power cut must not lose a loan the screen has confirmed.
    "synchronous": "full",
    "foreign_keys": 1,
    "busy_timeout": 15_000,
    "cache_size": -32_000,
    "temp_store": "memory",
}
_EXTRA_TYPES_SQLITE = {"INSTANT": "TEXT", "JSONTEXT": "TEXT"}
_EXTRA_TYPES_POSTGRES = {"INSTANT": "TIMESTAMPTZ", "JSONTEXT": "TEXT"}
_POSTGRES_WRITER_LOCK = 0x4B655361  # "KeSa"


class KesachSqlite(peewee.SqliteDatabase):
    field_types = {**peewee.SqliteDatabase.field_types, **_EXTRA_TYPES_SQLITE}


class KesachPostgres(peewee.PostgresqlDatabase):
    field_types = {**peewee.PostgresqlDatabase.field_types, **_EXTRA_TYPES_POSTGRES}


FAILURES: tuple[type[Exception], ...] = (peewee.OperationalError, peewee.InterfaceError)
"""The database is out of reach, busy beyond patience, or its disk is full: the use case wrote nothing."""

database: peewee.DatabaseProxy = peewee.DatabaseProxy()


class _OwnField(peewee.Field):
    """What mypy needs to know: on a row, a field is its value."""

    if TYPE_CHECKING:

        def __get__(self, instance: Any, owner: Any) -> Any: ...
        def __set__(self, instance: Any, value: Any) -> None: ...


class InstantField(_OwnField):
    """Aware UTC datetime. TIMESTAMPTZ on PostgreSQL, fixed-width ISO text on SQLite (sorts as time)."""

    field_type = "INSTANT"

    def db_value(self, value: datetime | str | None) -> str | None:
        if value is None or isinstance(value, str):
            return value
        if value.tzinfo is None:
            raise ValueError(f"{self.name}: an instant needs a time zone, got {value!r}")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def python_value(self, value: datetime | str | None) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        return value.astimezone(UTC)


class JsonField(_OwnField):
    """A JSON document as text, the same on both databases; never queried inside."""

    field_type = "JSONTEXT"

    def db_value(self, value: Any) -> str | None:
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    def python_value(self, value: str | None) -> Any:
        return None if value is None else json.loads(value)


class SequenceField(peewee.AutoField):
    """An id that is never used twice, even after the newest row is deleted (AUTOINCREMENT)."""

    def ddl(self, ctx: Any) -> peewee.NodeList:
        parts = super().ddl(ctx)
        if ctx.state.field_types.get("AUTO") == "INTEGER":  # SQLite; PostgreSQL sequences never go back
            return peewee.NodeList((parts, peewee.SQL("AUTOINCREMENT")))
        return parts


class BaseModel(peewee.Model):
    class Meta:
        database = database
        legacy_table_names = False


def connect(url_or_path: str | Path) -> peewee.Database:
    """Bind the one database. A `postgresql://` URL or a SQLite file path. Opens lazily, per thread."""
    text = str(url_or_path)
    real: peewee.Database
    if text.startswith(("postgresql://", "postgres://")):
        real = KesachPostgres(text, prefer_psycopg3=True)
    else:
        real = KesachSqlite(text, pragmas=SQLITE_PRAGMAS, timeout=15, lock_type="IMMEDIATE")
    previous = database.obj
    if previous is not None and not previous.is_closed():
        previous.close()
    database.initialize(real)
    return real


def is_sqlite() -> bool:
    return isinstance(database.obj, peewee.SqliteDatabase)


class _WriterQueue:
    """First come, first served: a plain lock lets one of many writers wait for seconds."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._busy = False

    def acquire(self) -> None:
        with self._mutex:
            if not self._busy:
                self._busy = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def release(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._busy = False


_writers = _WriterQueue()


class _AfterCommit(threading.local):
    waiting: list[Callable[[], object]] | None = None


_after_commit = _AfterCommit()


def after_commit(callback: Callable[[], object]) -> None:
    """Call `callback` once when the outermost transaction of this thread has committed and let go of the
    write lock (so it may open a transaction of its own). Forgotten when the transaction is undone."""
    if _after_commit.waiting is None:
        raise RuntimeError("after_commit() belongs inside a service's transaction()")
    if callback not in _after_commit.waiting:
        _after_commit.waiting.append(callback)


@contextmanager
def transaction() -> Iterator[None]:
    """All or nothing. The outermost one waits its turn, takes the write lock and commits durably.

    Nested: a savepoint, undone alone when its block raises. Only services open transactions.
    """
    if database.in_transaction():
        with database.savepoint():
            yield
        return
    waiting: list[Callable[[], object]] = []
    _writers.acquire()
    _after_commit.waiting = waiting
    try:
        with database.transaction():
            if not is_sqlite():
                database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_POSTGRES_WRITER_LOCK,))
            yield
    finally:
        _after_commit.waiting = None
        _writers.release()
    for callback in waiting:
        callback()


def require_transaction() -> None:
    """For functions that must run inside a use case's transaction (audit, outbox)."""
    if not database.in_transaction():
        raise RuntimeError("this write belongs inside a service's transaction()")


def refresh_connection() -> None:
    """Drop this thread's connection if the server has closed it (PostgreSQL restarted)."""
    if is_sqlite() or database.is_closed():
        return
    if not database.is_connection_usable():
        database.close()
