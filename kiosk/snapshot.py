"""The kiosk's own copy of what it needs to decide without the core: readers, copies, policy, closed days.

Here: storage (SQLite) and the shapes of contract.kiosk_api. Not here: decisions (`offline.py`). It is a
cache: a damaged file is thrown away and fetched anew. What was done at this kiosk since is written into
it at once, so that the second book of a child offline counts the first.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from kiosk.journal import Act
from kiosk.spool import Spool
from library.contract.kiosk_api import Snapshot, SnapshotCopy, SnapshotLoan, SnapshotReader, SnapshotStaff
from library.foundation.vietnamese import person_sort_key

_VERSION = 1
_PART = 200
"""Rows laid aside at a time."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS reader (
    card TEXT PRIMARY KEY, display_name TEXT NOT NULL, class_name TEXT, kind TEXT NOT NULL, grade INTEGER,
    loans_open INTEGER NOT NULL, blocks TEXT NOT NULL, leaves_on TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS copy (
    barcode TEXT PRIMARY KEY, title TEXT NOT NULL, material TEXT NOT NULL, collection TEXT NOT NULL,
    loanable INTEGER NOT NULL, held INTEGER NOT NULL, reason TEXT, unit TEXT, record_id INTEGER,
    loan_card TEXT, loan_due_on TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS copy_loan ON copy (loan_card) WHERE loan_card IS NOT NULL;
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_READER = "card, display_name, class_name, kind, grade, loans_open, blocks, leaves_on"
_COPY = "barcode, title, material, collection, loanable, held, reason, unit, record_id, loan_card, loan_due_on"


class SnapshotStore:
    """Thread-safe. Times of the core are instants in UTC."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError:
            for suffix in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    path.with_name(path.name + suffix).unlink()
            self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=5.0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA cache_size = -256")  # kB; a question touches a handful of pages
            connection.execute("PRAGMA temp.cache_size = -256")
            if connection.execute("PRAGMA user_version").fetchone()[0] not in (0, _VERSION):
                raise sqlite3.DatabaseError("a snapshot of another version")
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("a damaged snapshot")
            connection.executescript(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
            connection.execute(f"SELECT {_COPY} FROM copy LIMIT 1").fetchone()
        except BaseException:
            connection.close()
            raise
        self._path.chmod(0o600)
        with suppress(OSError):
            self._incoming.unlink()  # of a program that was killed
        return connection

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def make_spool(self) -> Spool:
        """Where the core's next message may lie while it is read."""
        return Spool(self._incoming)

    @property
    def _incoming(self) -> Path:
        return self._path.with_name(self._path.name + "-incoming")

    # ------------------------------------------------------------ fed by the core and by our own acts

    def apply(
        self,
        message: Snapshot,
        acts: Callable[[], Iterable[Act]] = tuple,
        *,
        readers: Iterable[SnapshotReader] | None = None,
        copies: Iterable[SnapshotCopy] | None = None,
    ) -> None:
        """Take over what the core sent, whole or as changes, in one transaction; then do again the `acts` of this
        kiosk that the core may not have seen when it made the snapshot (asked for when nobody else can write).

        `readers` and `copies` in place of the message's: made one at a time, laid aside in parts, so that memory
        stays small and a child's question waits for no more than a part. What they raise leaves all as it was.
        """
        self._lay_aside("reader", 8, map(_reader_row, message.readers if readers is None else readers))
        self._lay_aside("copy", 11, map(_copy_row, message.copies if copies is None else copies))
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                if message.full:
                    self._connection.execute("DELETE FROM reader")
                    self._connection.execute("DELETE FROM copy")
                self._connection.executemany(
                    "DELETE FROM reader WHERE card = ?", [(card,) for card in message.removed.readers]
                )
                self._connection.executemany(
                    "DELETE FROM copy WHERE barcode = ?", [(barcode,) for barcode in message.removed.copies]
                )
                self._connection.execute(f"INSERT OR REPLACE INTO reader ({_READER}) SELECT * FROM new_reader")
                self._connection.execute(f"INSERT OR REPLACE INTO copy ({_COPY}) SELECT * FROM new_copy")
                facts: dict[str, Any] = {"version": message.version, "generated_at": message.generated_at}
                if message.policy or message.full:
                    facts["policy"] = message.policy
                facts["staff"] = [one.to_json() for one in message.staff]
                if message.closed_days or message.full:
                    facts["closed_days"] = message.closed_days
                self._connection.executemany(
                    "INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)",
                    [(name, json.dumps(value, ensure_ascii=False)) for name, value in facts.items()],
                )
                for act in acts():
                    self._note(act)
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite may have done so itself: a full disk
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("DROP TABLE temp.new_reader")
            self._connection.execute("DROP TABLE temp.new_copy")
            self._connection.execute("PRAGMA shrink_memory")  # pages read once for all this

    def _lay_aside(self, table: str, width: int, rows: Iterator[tuple[Any, ...]]) -> None:
        names = _READER if table == "reader" else _COPY
        with self._lock:
            self._connection.execute(f"DROP TABLE IF EXISTS temp.new_{table}")
            self._connection.execute(f"CREATE TEMP TABLE new_{table} ({names})")
        insert = f"INSERT INTO new_{table} VALUES ({', '.join('?' * width)})"
        while part := list(islice(rows, _PART)):
            with self._lock:
                self._connection.executemany(insert, part)

    def note_act(self, act: Act) -> None:
        """What just happened here: the copy is out, or back."""
        with self._lock:
            self._note(act)

    def _note(self, act: Act) -> None:
        if act.kind in ("checkout", "renewal"):
            self._connection.execute(
                "UPDATE copy SET loan_card = ?, loan_due_on = ? WHERE barcode = ?",
                (act.card, act.due_on, act.barcode),
            )
        elif act.kind == "return":
            self._connection.execute(
                "UPDATE copy SET loan_card = NULL, loan_due_on = NULL WHERE barcode = ?", (act.barcode,)
            )
        elif act.kind == "undo":  # of a return: back to whom it was lent to; of a loan: to nobody
            self._connection.execute(
                "UPDATE copy SET loan_card = ?, loan_due_on = ? WHERE barcode = ?",
                (act.card, act.due_on, act.barcode),
            )

    # ------------------------------------------------------------ asked

    @property
    def version(self) -> int | None:
        """None: nothing was ever fetched."""
        found = self._fact("version")
        return found if isinstance(found, int) else None

    def age(self, now: datetime) -> timedelta | None:
        """How long ago the core made it; None where there is none."""
        found = self._fact("generated_at")
        if not isinstance(found, str):
            return None
        try:
            made = datetime.fromisoformat(found)
        except ValueError:
            return None
        made = made if made.tzinfo is not None else made.replace(tzinfo=UTC)
        return max(now - made, timedelta(0))

    @property
    def policy(self) -> dict[str, Any]:
        found = self._fact("policy")
        return found if isinstance(found, dict) else {}

    @property
    def closed_days(self) -> dict[str, Any]:
        found = self._fact("closed_days")
        return found if isinstance(found, dict) else {}

    @property
    def staff(self) -> list[SnapshotStaff]:
        """Who may open the staff menu."""
        found = self._fact("staff")
        try:
            return [SnapshotStaff.from_json(one) for one in found] if isinstance(found, list) else []
        except ValueError:
            return []

    def list_classes(self) -> list[str]:
        """Classes with readers, in the order of a school: 1A, 1B … 10A."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT class_name, MIN(grade) FROM reader WHERE class_name IS NOT NULL AND kind = 'pupil'"
                " GROUP BY class_name"
            ).fetchall()
        return [str(name) for name, _ in sorted(rows, key=lambda row: (row[1] or 0, len(row[0]), row[0]))]

    def list_names(self, class_name: str) -> list[tuple[str, str]]:
        """(first name, card) of a class's pupils, by name as Vietnamese sorts. Two who read alike even so are
        left out: one could borrow in the other's name; they ask the librarian (L186)."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT display_name, card FROM reader WHERE class_name = ? AND kind = 'pupil'", (class_name,)
            ).fetchall()
        alike = Counter(name for name, _ in rows)
        return sorted((row for row in rows if alike[row[0]] == 1), key=lambda row: (person_sort_key(row[0]), row[1]))

    def list_units(self) -> list[tuple[str, int]]:
        """(name, copies) of the mobile shelves, by name."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT unit, COUNT(*) FROM copy WHERE unit IS NOT NULL AND (reason IS NULL OR reason <> ?)"
                " GROUP BY unit ORDER BY unit",
                ("copy_in_class_corner",),
            ).fetchall()
        return [(str(name), int(count)) for name, count in rows]

    def list_lesson_needs(self, record_id: int) -> list[dict[str, Any]]:
        """What lessons need of a title ({"on", "needed"}); nothing where the core does not say."""
        found = self.policy.get("lessons")
        if not isinstance(found, list):
            return []
        return [need for need in found if isinstance(need, dict) and need.get("record_id") == record_id]

    def count_free_on(self, record_id: int, day: date, today: date) -> int:
        """Copies of a title expected in the house that day: not kept for anybody, and back before it. A loan
        without a day (clock not trusted) or past its day counts as away."""
        with self._lock:
            row = self._connection.execute(
                "SELECT COUNT(*) FROM copy WHERE record_id = ? AND held = 0"
                " AND (loanable = 1 OR reason IN ('not_for_home', 'reference_only'))"
                " AND (loan_card IS NULL OR (loan_due_on < ? AND loan_due_on >= ?))",
                (record_id, day.isoformat(), today.isoformat()),
            ).fetchone()
        return int(row[0])

    def find_reader(self, card: str) -> SnapshotReader | None:
        with self._lock:
            row = self._connection.execute(f"SELECT {_READER} FROM reader WHERE card = ?", (card,)).fetchone()
        if row is None:
            return None
        return SnapshotReader(
            card=row[0], display_name=row[1], class_name=row[2], kind=row[3], grade=row[4], loans_open=row[5],
            blocks=tuple(json.loads(row[6])), leaves_on=row[7],
        )  # fmt: skip

    def find_copy(self, barcode: str) -> SnapshotCopy | None:
        found = self._list_copies("barcode = ?", barcode)
        return found[0] if found else None

    def list_loans(self, card: str) -> list[SnapshotCopy]:
        """Copies this reader has, as far as is known here, by due date."""
        return self._list_copies("loan_card = ? ORDER BY loan_due_on, barcode", card)

    def count(self) -> tuple[int, int]:
        """(readers, copies)."""
        with self._lock:
            readers = self._connection.execute("SELECT COUNT(*) FROM reader").fetchone()[0]
            copies = self._connection.execute("SELECT COUNT(*) FROM copy").fetchone()[0]
        return int(readers), int(copies)

    def list_samples(self) -> dict[str, Any]:
        """A few cards and books to try the simulator with. First names and classes only."""
        with self._lock:
            readers = self._connection.execute(
                "SELECT card, display_name, class_name FROM reader WHERE kind = 'pupil' AND blocks = '[]'"
                " ORDER BY ROW_NUMBER() OVER (PARTITION BY class_name ORDER BY card), class_name LIMIT 10"
            ).fetchall()
            for where, said in (("kind = 'pupil' AND blocks <> '[]'", "bị từ chối"), ("kind = 'teacher'", "thầy cô")):
                readers += self._connection.execute(
                    f"SELECT card, display_name, COALESCE(class_name || ', ', '') || ? FROM reader WHERE {where}"
                    " ORDER BY card LIMIT 1",
                    (said,),
                ).fetchall()
            copies = self._connection.execute(
                "SELECT barcode, title, loan_card IS NOT NULL FROM copy WHERE loanable = 1 AND held = 0"
                " GROUP BY title ORDER BY loan_card IS NOT NULL, material <> 'children', barcode LIMIT 24"
            ).fetchall()
        return {
            "cards": [{"card": card, "name": name, "class": school_class} for card, name, school_class in readers],
            "books": [
                {"barcode": barcode, "title": title, "on_loan": bool(out)} for barcode, title, out in copies
            ],
        }

    def _list_copies(self, where: str, value: str) -> list[SnapshotCopy]:
        with self._lock:
            rows = self._connection.execute(f"SELECT {_COPY} FROM copy WHERE {where}", (value,)).fetchall()
        return [_copy(row) for row in rows]

    def _fact(self, name: str) -> Any:
        with self._lock:
            row = self._connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])


def _reader_row(reader: SnapshotReader) -> tuple[Any, ...]:
    return (
        reader.card, reader.display_name, reader.class_name, reader.kind, reader.grade, reader.loans_open,
        json.dumps(reader.blocks), reader.leaves_on,
    )  # fmt: skip


def _copy_row(copy: SnapshotCopy) -> tuple[Any, ...]:
    loan = copy.open_loan
    return (
        copy.barcode, copy.title, copy.material, copy.collection, int(copy.loanable), int(copy.held),
        copy.reason, copy.unit, copy.record_id, loan.reader_card if loan else None, loan.due_on if loan else None,
    )  # fmt: skip


def _copy(row: tuple[Any, ...]) -> SnapshotCopy:
    loan = SnapshotLoan(reader_card=row[9], due_on=row[10] or "") if row[9] is not None else None
    return SnapshotCopy(
        barcode=row[0], title=row[1], material=row[2], collection=row[3], loanable=bool(row[4]),
        held=bool(row[5]), reason=row[6], unit=row[7], record_id=row[8], open_loan=loan,
    )  # fmt: skip
