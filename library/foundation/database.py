"""The one database: SQLite by default, PostgreSQL by URL; fields and transactions for both.

`transaction()` is the only way to write. Writers queue inside the process (SQLite's own busy
back-off starves one of eight writers for seconds) and take the write lock at the start, so a
check inside a transaction cannot be overtaken. PostgreSQL gets the same single-writer meaning
from an advisory lock. No rules here. Next: library/foundation/migrations/, */tables.py.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import peewee

from library.foundation.writers import Act, Patience, Waiting, WriterQueue

SQLITE_PRAGMAS: dict[str, Any] = {
    "journal_mode": "wal",
    # FULL, not NORMAL: a power cut must not lose a loan the screen has confirmed.
    "synchronous": "full",
    "foreign_keys": 1,
    "busy_timeout": 15_000,
    "cache_size": -32_000,
    "temp_store": "memory",
}
Result = TypeVar("Result")
_EXTRA_TYPES_SQLITE = {"INSTANT": "TEXT", "JSONTEXT": "TEXT"}
_EXTRA_TYPES_POSTGRES = {"INSTANT": "TIMESTAMPTZ", "JSONTEXT": "TEXT"}
_POSTGRES_WRITER_LOCK = 0x4B655361  # "KeSa"


class KesachSqlite(peewee.SqliteDatabase):
    """SQLite with one more connection than threads: the one on which short acts share a commit."""

    field_types = {**peewee.SqliteDatabase.field_types, **_EXTRA_TYPES_SQLITE}
    _shared_connection: Any = None

    def shared_connection(self) -> Any:
        """Opened when first needed; used by whoever has the writers' turn."""
        if self._shared_connection is None:
            with self._lock:
                self._shared_connection = self._connect()
        return self._shared_connection

    @contextmanager
    def on_connection(self, connection: Any) -> Iterator[None]:
        """This thread's statements go to `connection`, inside the transaction that is open there."""
        state = self._state
        own = state.conn, state.closed
        state.conn, state.closed = connection, False
        state.transactions.append(connection)
        try:
            yield
        finally:
            state.transactions.pop()
            state.conn, state.closed = own

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """As peewee's own, without what it does for logs and hooks: a loan runs eighteen statements."""
        if self.query_hooks or self._state.closed:
            return super().execute_sql(sql, params)
        try:
            return self._state.conn.execute(sql, params or ())
        except sqlite3.Error:
            with peewee.__exception_wrapper__:
                raise

    def close(self) -> bool:
        """This thread's connection, and the shared one when nobody writes."""
        closed: bool = super().close()
        if self._shared_connection is not None and _writers.try_acquire():
            try:
                self._shared_connection.close()
                self._shared_connection = None
            finally:
                _writers.release()
        return closed


class KesachPostgres(peewee.PostgresqlDatabase):
    field_types = {**peewee.PostgresqlDatabase.field_types, **_EXTRA_TYPES_POSTGRES}


FAILURES: tuple[type[Exception], ...] = (peewee.OperationalError, peewee.InterfaceError)
"""The database is out of reach, busy beyond patience, or its disk is full: the use case wrote nothing."""

database: peewee.DatabaseProxy = peewee.DatabaseProxy()


_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


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
        return value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"

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
        return _as_json(value)

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
        # check_same_thread: the shared connection goes from thread to thread, one at a time.
        real = KesachSqlite(text, pragmas=SQLITE_PRAGMAS, timeout=15, lock_type="IMMEDIATE", check_same_thread=False)
    previous = database.obj
    if previous is not None:
        previous.close()
    database.initialize(real)
    return real


def is_sqlite() -> bool:
    return isinstance(database.obj, peewee.SqliteDatabase)


_writers = WriterQueue()


class _Present(threading.local):
    """What the transaction of this thread is about: callbacks after it, what its acts have read."""

    waiting: list[Callable[[], object]] | None = None
    known: dict[object, Any] | None = None


_present = _Present()


def after_commit(callback: Callable[[], object]) -> None:
    """Call `callback` once when the outermost transaction of this thread has committed and let go of the
    write lock (so it may open a transaction of its own). Forgotten when the transaction is undone."""
    if _present.waiting is None:
        raise RuntimeError("after_commit() belongs inside a service's transaction()")
    if callback not in _present.waiting:
        _present.waiting.append(callback)


def read_once(key: Hashable, read: Callable[[], Any]) -> Any:
    """`read()`, or what it gave an act before this one in the same shared commit: the write lock is held all the
    while, so nobody else has changed it. Only for what no shared act changes itself (the rules of lending).
    Anywhere else it is read anew."""
    known = _present.known
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    return known[key]


@contextmanager
def transaction() -> Iterator[None]:
    """All or nothing. The outermost one waits its turn, takes the write lock and commits durably.

    Nested: a savepoint, undone alone when its block raises. Only services open transactions.
    """
    if database.in_transaction():
        with _step():
            yield
        return
    waiting: list[Callable[[], object]] = []
    _writers.acquire()
    _present.waiting = waiting
    try:
        with database.transaction():
            if not is_sqlite():
                database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_POSTGRES_WRITER_LOCK,))
            yield
    finally:
        _present.waiting = None
        _writers.release()
    for callback in waiting:
        callback()


@contextmanager
def _step() -> Iterator[None]:
    """A savepoint. Always the same name, so that its statements are parsed once: the newest one counts."""
    database.execute_sql("SAVEPOINT step")
    try:
        yield
    except BaseException:
        database.execute_sql("ROLLBACK TO SAVEPOINT step")
        database.execute_sql("RELEASE SAVEPOINT step")
        raise
    database.execute_sql("RELEASE SAVEPOINT step")


def in_shared_commit(work: Callable[[], Result]) -> Result:
    """`work()` in a transaction of its own that may become durable in one commit with the acts that wait behind it
    (SQLite; elsewhere, and inside a transaction, as with `transaction()`). Answers, or raises what `work` raised, only
    after that commit; a work that raises is undone alone.

    `work` may run in the thread of another act, with the context variables of this one; it must be short."""
    if not is_sqlite() or database.in_transaction():
        with transaction():
            return work()
    act = Act(work)
    if _writers.acquire(act):
        _lead(database.obj, act)
    if act.error is not None:
        raise act.error
    for callback in act.waiting:
        callback()
    result: Result = act.result
    return result


def _lead(real: KesachSqlite, own: Act) -> None:
    """With the turn: run this act and those that wait behind it, and let all of them go on. Nobody hears of its act
    before the commit, not even of a refusal: what that was decided by might not stand."""
    others: list[Waiting] = []
    failure: BaseException | None = None
    try:
        _run_and_commit(real, own, others)
    except BaseException as error:
        failure = error
        if not isinstance(error, Exception):
            raise
    finally:
        _writers.release()
        for act in (own, *(taken.act for taken in others)):
            if failure is not None and act is not None:
                act.error = peewee.OperationalError(f"nothing was written: {failure}")
                act.error.__cause__ = failure
        for taken in others:
            _writers.settle(taken)


def _run_and_commit(real: KesachSqlite, own: Act, others: list[Waiting]) -> None:
    """One SQLite transaction; whoever joins is added to `others`. What it raises is everybody's failure: nothing was
    written."""
    connection = real.shared_connection()
    with real.on_connection(connection):
        real.execute_sql("BEGIN IMMEDIATE")
        try:
            known: dict[object, Any] = {}
            patience, act, worked = Patience(), own, 0
            while True:
                worked += _run(act, known)
                if not connection.in_transaction:  # SQLite has undone everything: disk full, input or output error
                    raise act.error or peewee.OperationalError("the transaction is gone")
                taken = _writers.take_next() if patience.one_more() else None
                if taken is None or taken.act is None:
                    break
                others.append(taken)
                act = taken.act
            real.execute_sql("COMMIT" if worked else "ROLLBACK")
        except BaseException:
            if connection.in_transaction:
                connection.rollback()
            raise


def _run(act: Act, known: dict[object, Any]) -> bool:
    """Run an act as a savepoint; False when it has failed, and is undone."""
    _present.waiting, _present.known = act.waiting, known
    try:
        with _step():
            act.result = act.run()
    except Exception as error:  # noqa: BLE001  raised in the act's own thread
        act.error = error
        act.waiting.clear()
        return False
    finally:
        _present.waiting = _present.known = None
    return True


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
