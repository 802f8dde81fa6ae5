"""The kiosk's memory of what was done: one row an act, on the disk before the screen says yes.

Here: SQLite with WAL and synchronous FULL (the one setting that lost nothing when the power was cut),
receipts' numbers, and a few remembered values. Not here: what the rows mean to the core (`sync.py`).

An act keeps its key for ever; its `status` goes pending -> applied | repeated | conflict. What the core
already said yes to is written as applied. A damaged file is set aside under a name with the time in it,
never deleted; what can still be read of it (`journal_rescue.py`) and of the safety copy (`journal_copy.py`) is taken
over, and what that was is remembered until staff have read it.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from kiosk.clock import instant_text
from kiosk.journal_copy import SafetyCopy
from kiosk.journal_rescue import Rescued, read_damaged
from kiosk.journal_rows import COLUMNS, LATER, SCHEMA, SETTLED, Act, read_act

__all__ = ["SETTLED", "Act", "ActJournal", "Damage", "JournalUnavailable", "describe_damage"]
_log = logging.getLogger(__name__)
_DAMAGES = "damages"
"""Name under which the damages that were found are remembered, with what somebody has seen of them."""
_ALL = 1_000_000
_FIRST_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Damage:
    """A journal that was set aside. `saved`: acts taken over; `waiting`: those of them that the core did not have;
    `lost`: acts may be missing that nobody can name. `seen`: staff have read of it."""

    file: str
    at: str
    saved: int
    waiting: int
    lost: bool
    seen: bool = False


class JournalUnavailable(Exception):
    """The disk does not take it (full, read-only, gone). Nothing was written."""


class ActJournal:
    """Thread-safe; one connection under a lock. Opens or creates `path`.

    `owner`: the kiosk itself, the only one who mends a damaged file and keeps the safety copy; whoever only looks
    (`kesach-kiosk check`) is not. `set_aside` is where a damaged file went when it was opened, else None. Raises
    JournalUnavailable when there is no way to write at all, and for a damaged file where one is not its owner.
    """

    def __init__(self, path: Path, *, now: datetime | None = None, owner: bool = True) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._copy = SafetyCopy(path)
        self._copying = False
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
                if not owner:
                    raise
                at = now or datetime.now(UTC)
                self.set_aside = _set_aside(path, at)
                self._connection = self._open(check=False)
                self._rescue(self.set_aside, at)
            if owner:
                self._keep_copy()
        except (OSError, sqlite3.Error) as error:
            raise JournalUnavailable(str(error)) from error

    def _open(self, *, check: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=5.0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA cache_size = -256")
            if check:
                found = connection.execute("PRAGMA quick_check(1)").fetchone()
                if found is None or found[0] != "ok":
                    raise sqlite3.DatabaseError(f"quick_check: {found}")
            connection.executescript(SCHEMA)
            have = {row[1] for row in connection.execute("PRAGMA table_info(act)")}
            for name, kind in LATER.items():
                if name not in have:
                    connection.execute(f"ALTER TABLE act ADD COLUMN {name} {kind}")
            connection.execute(f"SELECT {COLUMNS} FROM act LIMIT 1").fetchone()
        except BaseException:
            connection.close()
            raise
        self._path.chmod(0o600)
        return connection

    def _rescue(self, damaged: Path, at: datetime) -> None:
        """Take over what the damaged file and the safety copy still hold; remember what it was."""
        try:
            found = read_damaged(damaged)
        except (OSError, sqlite3.Error) as error:
            _log.error("damaged journal not read: %s", error)
            found = Rescued()
        copied, copy_whole = self._copy.read()
        for act in copied:
            found.acts.setdefault(act.key, act)
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")  # killed in the middle: the safety copy is still as it was
            for act in sorted(found.acts.values(), key=lambda act: act.seq):
                with suppress(JournalUnavailable):
                    self.write(act)
                    self.rescued += 1
            for name, value in found.remembered.items():
                self.remember(name, value)
            for row in found.receipts.values():
                self._change("INSERT OR IGNORE INTO receipt VALUES (?, ?, ?, ?)", row)
            self._go_on_numbering(found, at)
            lost = self.rescued < len(found.acts) or not (found.whole or copy_whole)
            self._note_damage(Damage(damaged.name, instant_text(at), self.rescued, self.count_pending(), lost))
            self._connection.execute("COMMIT")

    def _go_on_numbering(self, found: Rescued, at: datetime) -> None:
        """A receipt's number never comes twice. Where nobody knows the last one: above what a kiosk can have printed
        by that day."""
        known = [one for one in (found.last_receipt, self._copy.last_number(), *found.receipts) if one is not None]
        last = max(known) if known else max((at.date() - _FIRST_DAY).days, 1) * 1000
        self._change("DELETE FROM sqlite_sequence WHERE name = 'receipt'", ())
        self._change("INSERT INTO sqlite_sequence (name, seq) VALUES ('receipt', ?)", (last,))

    def _keep_copy(self) -> None:
        """Take over what only the safety copy has (a write-ahead log ended early leaves no other trace), and begin
        it anew."""
        for act in self._copy.read()[0]:
            if not self._has(act.key):
                _log.error("act %s was missing in the journal; taken from the safety copy", act.key)
                self.write(act)
                self.rescued += 1
        self._copy.begin(self.list_pending(_ALL))
        self._copying = True

    def close(self) -> None:
        with self._lock:
            self._copy.close()
            self._connection.close()

    # ------------------------------------------------------------ damage

    def list_damages(self) -> list[Damage]:
        """Oldest first, with those that staff have seen; also damaged files that an older release left."""
        found = self._read_damages()
        known = {one.file for one in found}
        files = self._path.parent.glob(f"{self._path.name}.hong-*")
        names = sorted(one.name for one in files if not one.name.endswith(("-wal", "-shm")))
        return [*found, *(Damage(name, "", 0, 0, True) for name in names if name not in known)]

    def see_damage(self, file: str) -> None:
        """Staff have read of it: it is not reported any more; the file stays. Raises JournalUnavailable."""
        for one in self.list_damages():
            if one.file == file:
                self._note_damage(replace(one, seen=True))

    def _note_damage(self, damage: Damage) -> None:
        kept = [one for one in self._read_damages() if one.file != damage.file]
        self.remember(_DAMAGES, json.dumps([asdict(one) for one in [*kept, damage]]))

    def _read_damages(self) -> list[Damage]:
        try:
            return [Damage(**one) for one in json.loads(self.recall(_DAMAGES) or "[]")]
        except (ValueError, TypeError):
            return []

    # ------------------------------------------------------------ acts

    def write(self, act: Act) -> None:
        with self._lock:
            self._write(act)

    def _write(self, act: Act) -> None:
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
        if self._copying and act.status == "pending":
            if self._copy.is_sound:
                self._copy.add(replace(act, seq=self.last_seq()))
            else:
                self._copy.begin(self.list_pending(_ALL))

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
                if self._copying and not self.count_pending():
                    self._copy.clear()
            except sqlite3.Error as error:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                self.trouble = str(error)
                raise JournalUnavailable(str(error)) from error

    def is_undone(self, key: str) -> bool:
        """An act of this key was taken back already."""
        return bool(self._list("WHERE undoes = ? LIMIT 1", key))

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
                f"SELECT {COLUMNS} FROM act WHERE occurred_at >= ? AND occurred_at < ? ORDER BY seq DESC",
                (since, until),
            ).fetchall()
        return [read_act(row) for row in rows]

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
            " AND COALESCE(settled_at, occurred_at) < ?",
            (instant_text(settled_before),),
        )

    # ------------------------------------------------------------ receipts and remembered values

    def number_receipt(self, content: str, at: datetime) -> int:
        """Keep the receipt for printing again; returns its number. Raises JournalUnavailable."""
        with self._lock:
            self._change("INSERT INTO receipt (made_at, content) VALUES (?, ?)", (instant_text(at), content))
            number = int(self._one("SELECT MAX(number) FROM receipt"))
            if self._copying:
                self._copy.note_number(number)
            return number

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

    def _has(self, key: str) -> bool:
        with self._lock:
            return self._connection.execute("SELECT 1 FROM act WHERE key = ?", (key,)).fetchone() is not None

    def _list(self, tail: str, value: int | str) -> list[Act]:
        with self._lock:
            rows = self._connection.execute(f"SELECT {COLUMNS} FROM act {tail}", (value,)).fetchall()
        return [read_act(row) for row in rows]


def describe_damage(damages: list[Damage]) -> dict[str, Any] | None:
    """The newest that nobody has seen, for the report; None when there is none."""
    unseen = [one for one in damages if not one.seen]
    if not unseen:
        return None
    newest = unseen[-1]
    return {"file": newest.file, "at": newest.at, "saved": newest.saved, "waiting": newest.waiting, "lost": newest.lost}


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
