"""The kiosk's memory of what was done: one row an act, on the disk before the screen says yes.

Here: SQLite with WAL and synchronous FULL (the one setting that lost nothing when the power was cut),
receipts' numbers, and a few remembered values. Not here: what the rows mean to the core (`sync.py`).

An act keeps its key for ever; its `status` goes pending -> applied | repeated | conflict. What the core
already said yes to is written as applied. A damaged file is set aside under a name with the time in it,
never deleted, and what can still be read of it is taken over.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk.clock import instant_text

SETTLED = ("applied", "repeated", "conflict")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS act (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    card TEXT,
    barcode TEXT NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    due_on TEXT,
    occurred_at TEXT NOT NULL,
    clock_ok INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    monotonic REAL NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'applied', 'repeated', 'conflict')),
    code TEXT,
    settled_at TEXT,
    staff_id INTEGER,
    overrides TEXT NOT NULL DEFAULT '',
    unit TEXT,
    undoes TEXT
);
CREATE INDEX IF NOT EXISTS act_pending ON act (seq) WHERE status = 'pending';
CREATE TABLE IF NOT EXISTS receipt (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    made_at TEXT NOT NULL,
    content TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT 'waiting'
);
CREATE TABLE IF NOT EXISTS remembered (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_LATER = {"staff_id": "INTEGER", "overrides": "TEXT NOT NULL DEFAULT ''", "unit": "TEXT", "undoes": "TEXT"}
"""Columns that a journal of an older release lacks; they are added to it where it lies."""
_OLD_COLUMNS = "seq, key, kind, card, barcode, title, due_on, occurred_at, clock_ok, boot_id, monotonic, status, code"
_COLUMNS = ", ".join([_OLD_COLUMNS, *_LATER])


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One row. `occurred_at` is RFC 3339 UTC; `seq` is 0 until it is written."""

    key: str
    kind: str
    barcode: str
    occurred_at: str
    card: str | None = None
    title: str = ""
    due_on: str | None = None
    clock_ok: bool = True
    boot_id: str = ""
    monotonic: float = 0.0
    status: str = "pending"
    code: str | None = None
    seq: int = 0
    staff_id: int | None = None
    overrides: tuple[str, ...] = ()
    unit: str | None = None
    undoes: str | None = None


class JournalUnavailable(Exception):
    """The disk does not take it (full, read-only, gone). Nothing was written."""


class ActJournal:
    """Thread-safe; one connection under a lock. Opens or creates `path`.

    `set_aside` is where a damaged file went when it was opened, else None. Raises JournalUnavailable
    when there is no way to write at all.
    """

    def __init__(self, path: Path, *, now: datetime | None = None) -> None:
        self._path = path
        self._lock = threading.RLock()
        self.set_aside: Path | None = None
        self.rescued = 0
        self.trouble = ""
        """Why the last attempt to write failed; empty when it did not."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = self._open(check=True)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
                    raise  # locked, full, unreadable: the file itself may be sound
                self.set_aside = _set_aside(path, now or datetime.now(UTC))
                self._connection = self._open(check=False)
                self.rescued = self._rescue(self.set_aside)
        except (OSError, sqlite3.Error) as error:
            raise JournalUnavailable(str(error)) from error

    def _open(self, *, check: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=5.0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            if check:
                found = connection.execute("PRAGMA quick_check(1)").fetchone()
                if found is None or found[0] != "ok":
                    raise sqlite3.DatabaseError(f"quick_check: {found}")
            connection.executescript(_SCHEMA)
            have = {row[1] for row in connection.execute("PRAGMA table_info(act)")}
            for name, kind in _LATER.items():
                if name not in have:
                    connection.execute(f"ALTER TABLE act ADD COLUMN {name} {kind}")
            connection.execute(f"SELECT {_COLUMNS} FROM act LIMIT 1").fetchone()
        except BaseException:
            connection.close()
            raise
        self._path.chmod(0o600)
        return connection

    def _rescue(self, damaged: Path) -> int:
        """Rows that can still be read from the damaged file; reading stops where the damage is."""
        count = 0
        with suppress(sqlite3.Error, ValueError, TypeError):
            with closing(sqlite3.connect(f"file:{damaged}?mode=ro", uri=True)) as old:
                have = {row[1] for row in old.execute("PRAGMA table_info(act)")}
                columns = _COLUMNS if have.issuperset(_LATER) else _OLD_COLUMNS
                for row in old.execute(f"SELECT {columns} FROM act ORDER BY seq"):
                    self.write(_act(row))
                    count += 1
        return count

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def list_set_aside(self) -> list[str]:
        """Names of the damaged files that lie beside this one, until somebody takes them away."""
        found = self._path.parent.glob(f"{self._path.name}.hong-*")
        return sorted(one.name for one in found if not one.name.endswith(("-wal", "-shm")))

    # ------------------------------------------------------------ acts

    def write(self, act: Act) -> None:
        """Durable when it returns. The same key twice is one act. Raises JournalUnavailable."""
        self._change(
            "INSERT INTO act (key, kind, card, barcode, title, due_on, occurred_at, clock_ok, boot_id,"
            " monotonic, status, code, staff_id, overrides, unit, undoes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (key) DO NOTHING",
            (
                act.key, act.kind, act.card, act.barcode, act.title, act.due_on, act.occurred_at,
                int(act.clock_ok), act.boot_id, act.monotonic, act.status, act.code, act.staff_id,
                " ".join(act.overrides), act.unit, act.undoes,
            ),
        )  # fmt: skip

    def settle(self, results: list[tuple[str, str, str | None]], at: datetime) -> None:
        """(key, status, code) as the core answered; only a pending act changes. One commit for all."""
        known = [(status, code, instant_text(at), key) for key, status, code in results if status in SETTLED]
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(
                    "UPDATE act SET status = ?, code = ?, settled_at = ? WHERE key = ? AND status = 'pending'", known
                )
                self._connection.execute("COMMIT")
                self.trouble = ""
            except sqlite3.Error as error:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                self.trouble = str(error)
                raise JournalUnavailable(str(error)) from error

    def list_pending(self, limit: int) -> list[Act]:
        """Oldest first: the order in which things happened."""
        return self._list("WHERE status = 'pending' ORDER BY seq LIMIT ?", limit)

    def list_acts(self, after_seq: int = 0) -> list[Act]:
        return self._list("WHERE seq > ? ORDER BY seq", after_seq)

    def count_pending(self) -> int:
        return int(self._one("SELECT COUNT(*) FROM act WHERE status = 'pending'"))

    def count_pending_loans(self, card: str) -> int:
        """Loans of this card that the core does not have yet."""
        with self._lock:
            row = self._connection.execute(
                "SELECT COUNT(*) FROM act WHERE status = 'pending' AND kind = 'checkout' AND card = ?", (card,)
            ).fetchone()
        return int(row[0])

    def list_between(self, since: str, until: str) -> list[Act]:
        """Acts of a time, by `occurred_at`, the newest first: the desk page's day."""
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {_COLUMNS} FROM act WHERE occurred_at >= ? AND occurred_at < ? ORDER BY seq DESC",
                (since, until),
            ).fetchall()
        return [_act(row) for row in rows]

    def known_times(self, first: int, last: int) -> tuple[str | None, str | None]:
        """(the latest time before row `first`, the earliest after row `last`) written with a known clock."""
        with self._lock:
            before = self._connection.execute(
                "SELECT occurred_at FROM act WHERE seq < ? AND clock_ok = 1 ORDER BY seq DESC LIMIT 1", (first,)
            ).fetchone()
            after = self._connection.execute(
                "SELECT MIN(occurred_at) FROM act WHERE seq > ? AND clock_ok = 1", (last,)
            ).fetchone()
        return None if before is None else str(before[0]), after[0]

    def last_seq(self) -> int:
        return int(self._one("SELECT COALESCE(MAX(seq), 0) FROM act"))

    def forget_readers(self, settled_before: datetime) -> int:
        """Take the card out of acts settled longer ago than that: the kiosk keeps no reading history.
        Returns how many."""
        return self._change(
            "UPDATE act SET card = NULL, title = '' WHERE card IS NOT NULL AND status IN ('applied', 'repeated')"
            " AND settled_at < ?",
            (instant_text(settled_before),),
        )

    # ------------------------------------------------------------ receipts and remembered values

    def number_receipt(self, content: str, at: datetime) -> int:
        """Keep the receipt for printing again; returns its number. Raises JournalUnavailable."""
        with self._lock:
            self._change("INSERT INTO receipt (made_at, content) VALUES (?, ?)", (instant_text(at), content))
            return int(self._one("SELECT MAX(number) FROM receipt"))

    def note_receipt(self, number: int, outcome: str) -> None:
        self._change("UPDATE receipt SET outcome = ? WHERE number = ?", (outcome, number))

    def list_receipts(self, limit: int) -> list[tuple[int, str]]:
        """(number, content) of the newest ones that are still kept."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT number, content FROM receipt ORDER BY number DESC LIMIT ?", (limit,)
            ).fetchall()
        return [(int(number), str(content)) for number, content in rows]

    def forget_receipts(self, made_before: datetime) -> int:
        return self._change("DELETE FROM receipt WHERE made_at < ?", (instant_text(made_before),))

    def remember(self, name: str, value: str) -> None:
        self._change("INSERT OR REPLACE INTO remembered (name, value) VALUES (?, ?)", (name, value))

    def recall(self, name: str) -> str | None:
        with self._lock:
            row = self._connection.execute("SELECT value FROM remembered WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    # ------------------------------------------------------------ inside

    def _change(self, sql: str, values: tuple[object, ...]) -> int:
        with self._lock:
            try:
                changed = self._connection.execute(sql, values).rowcount
            except sqlite3.Error as error:
                self.trouble = str(error)
                raise JournalUnavailable(str(error)) from error
            self.trouble = ""
            return changed

    def _one(self, sql: str) -> Any:
        with self._lock:
            return self._connection.execute(sql).fetchone()[0]

    def _list(self, tail: str, value: int) -> list[Act]:
        with self._lock:
            rows = self._connection.execute(f"SELECT {_COLUMNS} FROM act {tail}", (value,)).fetchall()
        return [_act(row) for row in rows]


def _act(row: tuple) -> Act:
    seq, key, kind, card, barcode, title, due_on, occurred_at, clock_ok, boot_id, monotonic, status, code = row[:13]
    staff_id, overrides, unit, undoes = row[13:] or (None, "", None, None)
    return Act(
        seq=seq, key=key, kind=kind, card=card, barcode=barcode, title=title, due_on=due_on,
        occurred_at=occurred_at, clock_ok=bool(clock_ok), boot_id=boot_id, monotonic=monotonic, status=status,
        code=code, staff_id=staff_id, overrides=tuple(overrides.split()), unit=unit, undoes=undoes,
    )  # fmt: skip


def _set_aside(path: Path, now: datetime) -> Path:
    """Rename the damaged file and its companions; never over a file that is there."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    target = path.with_name(f"{path.name}.hong-{stamp}")
    count = 1
    while target.exists():
        count += 1
        target = path.with_name(f"{path.name}.hong-{stamp}-{count}")
    path.rename(target)
    for suffix in ("-wal", "-shm"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(target.with_name(target.name + suffix))
    return target
