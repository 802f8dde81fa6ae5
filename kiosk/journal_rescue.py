"""What can still be read of a damaged journal. Works on a copy: the damaged file itself stays as it is.

Three ways, each for more damage, until one finds the file whole: as it is; with the first 100 bytes as SQLite writes
them for our tables; with the whole first page so. Every way reads from both ends, so that a hole in the middle costs
what lies in the hole. What they find is put together by the act's key. Next: `journal.py`, `journal_copy.py`.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.journal_rows import COLUMNS, LATER, OLD_COLUMNS, SCHEMA, Act, is_act, read_act

_PAGE, _HEADER = 4096, 100
_COUNT_AT, _CHANGED_AT, _VALID_AT = 28, 24, 92
"""Where SQLite's header holds the number of pages, the change counter, and the counter that number goes with."""


@dataclass(slots=True)
class Rescued:
    """`whole`: SQLite found nothing missing in one of the ways. `last_receipt`: None when that was not readable."""

    acts: dict[str, Act] = field(default_factory=dict)
    receipts: dict[int, tuple[object, ...]] = field(default_factory=dict)
    remembered: dict[str, str] = field(default_factory=dict)
    last_receipt: int | None = None
    whole: bool = False


def read_damaged(damaged: Path) -> Rescued:
    """Never raises for what the file is like; OSError only when there is no room to work."""
    found = Rescued()
    with tempfile.TemporaryDirectory(dir=damaged.parent) as name:
        folder = Path(name)
        first = _first_page(folder / "fresh.db")
        for number, length in enumerate((0, _HEADER, _PAGE)):
            work = folder / f"{number}.db"
            size = _copy_readable(damaged, work)
            companion = damaged.with_name(f"{damaged.name}-wal")
            if companion.exists():
                _copy_readable(companion, work.with_name(f"{work.name}-wal"))
            if length:
                _patch(work, first[:length], size // _PAGE)
            _read(work, found)
            if found.whole:
                break
    return found


def _first_page(path: Path) -> bytes:
    with closing(sqlite3.connect(path)) as fresh:
        fresh.execute(f"PRAGMA page_size = {_PAGE}")
        fresh.execute("PRAGMA journal_mode = WAL")
        fresh.executescript(SCHEMA)
    return path.read_bytes()[:_PAGE]


def _patch(path: Path, first: bytes, pages: int) -> None:
    head = bytearray(first)
    head[_COUNT_AT : _COUNT_AT + 4] = pages.to_bytes(4, "big")
    head[_VALID_AT : _VALID_AT + 4] = head[_CHANGED_AT : _CHANGED_AT + 4]
    with path.open("r+b") as file:
        file.write(head)


def _copy_readable(source: Path, target: Path) -> int:
    """Copy page by page; a page that the disk does not give becomes zeros. Returns the size in bytes."""
    size = source.stat().st_size
    with source.open("rb", buffering=0) as reading, target.open("wb") as writing:
        for start in range(0, size, _PAGE):
            length = min(_PAGE, size - start)
            try:
                reading.seek(start)
                part = reading.read(length)
            except OSError:
                part = b""
            writing.write(part.ljust(length, b"\0"))
    return size


def _read(path: Path, found: Rescued) -> None:
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, isolation_level=None)) as opened:
        opened.execute("PRAGMA query_only = ON")
        for row in _rows(opened, _columns(opened), "act", "seq"):
            with suppress(ValueError, TypeError, AttributeError):
                act = read_act(row)
                if is_act(act):
                    found.acts.setdefault(act.key, act)
        for row in _rows(opened, "number, made_at, content, outcome", "receipt", "number"):
            if isinstance(row[0], int) and all(isinstance(one, str) for one in row[1:]):
                found.receipts.setdefault(row[0], row)
        for name, value in _rows(opened, "name, value", "remembered", "rowid"):
            if isinstance(name, str) and isinstance(value, str):
                found.remembered.setdefault(name, value)
        found.whole = _is_whole(opened)
        with suppress(sqlite3.Error, ValueError, TypeError):
            row = opened.execute("SELECT seq FROM sqlite_sequence WHERE name = 'receipt'").fetchone()
            if row is not None or found.whole:
                found.last_receipt = max(found.last_receipt or 0, int(row[0]) if row else 0)


def _columns(opened: sqlite3.Connection) -> str:
    with suppress(sqlite3.Error):
        have = {row[1] for row in opened.execute("PRAGMA table_info(act)")}
        return COLUMNS if have.issuperset(LATER) else OLD_COLUMNS
    return COLUMNS


def _rows(opened: sqlite3.Connection, columns: str, table: str, key: str) -> Iterator[tuple]:
    """From the front up to the damage, then from the back down to it."""
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.Error):
            yield from opened.execute(f"SELECT {columns} FROM {table} ORDER BY {key} {order}")
            return


def _is_whole(opened: sqlite3.Connection) -> bool:
    """Pages that nothing uses are no damage: the list of free ones stood in the header."""
    with suppress(sqlite3.Error):
        found = [line for row in opened.execute("PRAGMA quick_check(1000)") for line in str(row[0]).splitlines()]
        return all(line == "ok" or line.startswith("***") or "never used" in line for line in found)
    return False
