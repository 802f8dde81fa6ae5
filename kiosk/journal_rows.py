"""What the journal consists of: its tables, and an act as a value. Next: `journal.py`."""

from __future__ import annotations

from dataclasses import dataclass

SETTLED = ("applied", "repeated", "conflict")
STATUSES = ("pending", *SETTLED)
SCHEMA = """
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
LATER = {"staff_id": "INTEGER", "overrides": "TEXT NOT NULL DEFAULT ''", "unit": "TEXT", "undoes": "TEXT"}
"""Columns that a journal of an older release lacks; they are added to it where it lies."""
OLD_COLUMNS = "seq, key, kind, card, barcode, title, due_on, occurred_at, clock_ok, boot_id, monotonic, status, code"
COLUMNS = ", ".join([OLD_COLUMNS, *LATER])


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


def read_act(row: tuple) -> Act:
    """A row of COLUMNS, or of OLD_COLUMNS."""
    seq, key, kind, card, barcode, title, due_on, occurred_at, clock_ok, boot_id, monotonic, status, code = row[:13]
    staff_id, overrides, unit, undoes = row[13:] or (None, "", None, None)
    return Act(
        seq=seq, key=key, kind=kind, card=card, barcode=barcode, title=title, due_on=due_on,
        occurred_at=occurred_at, clock_ok=bool(clock_ok), boot_id=boot_id, monotonic=monotonic, status=status,
        code=code, staff_id=staff_id, overrides=tuple(overrides.split()), unit=unit, undoes=undoes,
    )  # fmt: skip


def is_act(act: Act) -> bool:
    """Whether what was read from a damaged place can be an act at all."""
    texts = (act.key, act.barcode, act.occurred_at, act.kind)
    return all(isinstance(one, str) and one for one in texts) and act.status in STATUSES
