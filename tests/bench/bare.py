"""The reference of a checkout: the very rows it wrote, in bare SQLite transactions, each committed durably.

Run as a program (`python -m tests.bench.bare database rows.json`) so that both sides can be given the same disk.
Prints the seconds of each commit as JSON.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

TABLES = ("loan", "audit_entry", "idempotency_key")


def read_rows(database: Path, key: str) -> list[dict[str, Any]]:
    """What each checkout under a key has written: one dictionary a loan, table -> row."""
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    loans = connection.execute(f"SELECT * FROM loan WHERE {key} ORDER BY id").fetchall()
    found = []
    for loan in loans:
        audit = connection.execute(
            "SELECT * FROM audit_entry WHERE subject_kind = 'loan' AND subject_id = ?", (str(loan["id"]),)
        ).fetchone()
        known = connection.execute("SELECT * FROM idempotency_key WHERE key = ?", (loan["act_key"],)).fetchone()
        found.append({"loan": dict(loan), "audit_entry": dict(audit), "idempotency_key": dict(known)})
    connection.close()
    return found


def commit_all(database: Path, rows: list[dict[str, Any]]) -> list[float]:
    """One transaction a loan, as SQLite is set in the core: WAL and FULL, all indexes, foreign keys checked."""
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = 1", "cache_size = -32000"):
        connection.execute(f"PRAGMA {pragma}")
    texts = {
        table: f'INSERT INTO "{table}" ({", ".join(rows[0][table])}) VALUES ({", ".join("?" * len(rows[0][table]))})'
        for table in TABLES
    }
    times = []
    for row in rows:
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for table in TABLES:
            connection.execute(texts[table], tuple(row[table].values()))
        connection.execute("COMMIT")
        times.append(time.perf_counter() - started)
    connection.close()
    return times


if __name__ == "__main__":
    print(json.dumps(commit_all(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")))))
