"""The measurements. Each returns rows (what, ours, reference, ratio) of one and the same run."""

from __future__ import annotations

import os
import resource
import sqlite3
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from library.foundation.vietnamese import fold
from tests.bench import corpus
from tests.running_school import Client, kesach, percentile, serving


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    ours: str
    reference: str
    ratio: str


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def import_against_reading(quick: bool) -> list[Row]:
    """Whole `kesach import marc` (process start, index and all) against pymarc only reading the same file."""
    from pymarc import MARCReader

    count = 2_000 if quick else 10_000
    with tempfile.TemporaryDirectory() as folder:
        file, data = Path(folder) / "in.mrc", Path(folder) / "data"
        corpus.write_marc(file, count)
        kesach(data, "init")
        started = time.perf_counter()
        with file.open("rb") as stream:
            read = sum(1 for _ in MARCReader(stream))
        reading = time.perf_counter() - started
        started = time.perf_counter()
        kesach(data, "import", "marc", str(file), "--json")
        first = time.perf_counter() - started
        started = time.perf_counter()
        kesach(data, "import", "marc", str(file), "--json")
        again = time.perf_counter() - started
    assert read == count
    return [
        Row(f"import of {count:,} records with copies and index", f"{count / first:,.0f}/s",
            f"pymarc reading only: {count / reading:,.0f}/s", f"{first / reading:.1f} × its time"),
        Row("the same file again (nothing new)", f"{count / again:,.0f}/s",
            f"pymarc reading only: {count / reading:,.0f}/s", f"{again / reading:.1f} × its time"),
    ]  # fmt: skip


def search_against_fts5(quick: bool) -> list[Row]:
    """`GET /api/v1/search` (count, 20 hits, facets, availability, JSON) against FTS5 count + ranked top 20."""
    rows = []
    for count in (2_000,) if quick else (10_000, 100_000):
        with tempfile.TemporaryDirectory() as folder:
            file, data = Path(folder) / "in.mrc", Path(folder) / "data"
            corpus.write_marc(file, count)
            kesach(data, "init")
            kesach(data, "import", "marc", str(file), "--json")
            asked = corpus.queries(100)
            reference = _fts5_times(count, asked)
            with serving(data) as (port, process):
                client = Client(port)
                first, warm = [], []
                for times in (first, warm):
                    for text in asked:
                        started = time.perf_counter()
                        status, _ = client.get(f"/api/v1/search?{urllib.parse.urlencode({'q': text})}")
                        times.append(time.perf_counter() - started)
                        assert status == 200
                many = _from_threads(8, lambda index, port=port, asked=asked: [_timed_search(port, asked[index::8])])
                memory = process.memory_info().rss
            p50, p95 = percentile(reference, 0.5), percentile(reference, 0.95)
            for label, times in (("first time", first), ("warm", warm), ("warm, 8 clients", many)):
                ours50, ours95 = percentile(times, 0.5), percentile(times, 0.95)
                rows.append(Row(f"search over HTTP, {count:,} titles, {label}",
                                f"p50 {_ms(ours50)}, p95 {_ms(ours95)}",
                                f"FTS5 in process: p50 {_ms(p50)}, p95 {_ms(p95)}",
                                f"p50 {ours50 / p50:.2f} ×, p95 {ours95 / p95:.2f} ×"))  # fmt: skip
            rows.append(Row(f"memory of the server after these searches, {count:,} titles",
                            f"{memory / 2**20:.0f} MB", "empty school: see below", ""))  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        kesach(data, "init")
        with serving(data) as (port, process):
            Client(port).get("/api/v1/search?q=sach")
            rows.append(Row("memory of the server, empty school", f"{process.memory_info().rss / 2**20:.0f} MB", "", ""))
    return rows


def _timed_search(port: int, asked: list[str]) -> list[float]:
    client, times = Client(port), []
    for text in asked * 4:
        started = time.perf_counter()
        client.get(f"/api/v1/search?{urllib.parse.urlencode({'q': text})}")
        times.append(time.perf_counter() - started)
    return times


def _from_threads(count: int, work: Callable[[int], list[list[float]]]) -> list[float]:
    found: list[float] = []
    threads = [threading.Thread(target=lambda i=i: found.extend(t for part in work(i) for t in part)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _fts5_times(count: int, asked: list[str]) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "fts.db")
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(title, author, publisher)")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?, ?)",
            ((fold(title), fold(author), fold(publisher)) for title, author, publisher, _ in corpus.titles(count)),
        )
        connection.commit()
        times = []
        for text in asked:
            match = " ".join(f'"{word}"' for word in fold(text).split())
            started = time.perf_counter()
            connection.execute("SELECT count(*) FROM t WHERE t MATCH ?", (match,)).fetchone()
            connection.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 20", (match,)).fetchall()
            times.append(time.perf_counter() - started)
        connection.close()
    return times


def checkout_against_commits(quick: bool) -> list[Row]:
    """`POST /api/v1/kiosk/checkouts` against bare SQLite transactions of the same rows, WAL and FULL."""
    loans = 200 if quick else 1_600
    kiosks = 8
    with tempfile.TemporaryDirectory() as folder:
        file, data = Path(folder) / "in.mrc", Path(folder) / "data"
        corpus.write_marc(file, loans * 5 // 4 + 1, copies=2)
        kesach(data, "init")
        kesach(data, "import", "marc", str(file), "--json")
        cards = _readers(data, loans // 40)
        tokens = [kesach(data, "device", "add", f"do-{number}").strip().splitlines()[-1] for number in range(kiosks)]
        bare = _bare_commits(Path(folder) / "bare.db", loans)
        with serving(data) as (port, _process):
            one = _borrow(port, tokens[0], cards, range(1, loans // 4))
            started = time.perf_counter()
            share = loans // kiosks
            start = loans // 4
            spans = [range(start + n * share, start + (n + 1) * share) for n in range(kiosks)]
            many = _from_threads(kiosks, lambda n: [_borrow(port, tokens[n], cards, spans[n])])
            seconds = time.perf_counter() - started
    rate, bare_rate = len(many) / seconds, loans / sum(bare)
    return [
        Row("checkout over HTTP, one kiosk", f"p50 {_ms(percentile(one, 0.5))}, p99 {_ms(percentile(one, 0.99))}, {len(one) / sum(one):,.0f}/s",
            f"bare durable commits: p50 {_ms(percentile(bare, 0.5))}, {bare_rate:,.0f}/s",
            f"{len(one) / sum(one) / bare_rate:.2f} of its rate"),
        Row(f"checkout over HTTP, {kiosks} kiosks", f"{rate:,.0f}/s, p50 {_ms(percentile(many, 0.5))}, p99 {_ms(percentile(many, 0.99))}",
            f"bare durable commits, one writer: {bare_rate:,.0f}/s",
            f"{rate / bare_rate:.2f} of its rate; p99 is {percentile(many, 0.99) / percentile(many, 0.5):.1f} × p50"),
    ]  # fmt: skip


def _readers(data: Path, count: int) -> list[str]:
    """Cards of as many teachers (they may hold many books)."""
    import csv

    listing = data / "gv.csv"
    with listing.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["Mã định danh Bộ GD&ĐT", "Họ và tên", "Vị trí việc làm"])
        for number in range(count):
            writer.writerow([f"89{number:08d}", f"Nguyễn Văn {corpus.GIVEN[number % 14]} {number}", "Giáo viên"])
    kesach(data, "import", "readers", str(listing), "--json")
    connection = sqlite3.connect(data / "kesach.db")
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute(
        "INSERT OR REPLACE INTO preference(key, value, updated_at, updated_by)"
        " VALUES ('max_loans_teacher', '200', '2026-01-01T00:00:00.000000Z', 'bench')"
    )
    connection.execute("UPDATE loan_policy SET max_loans = NULL")
    connection.commit()
    cards = [number for (number,) in connection.execute("SELECT number FROM card WHERE status = 'active'")]
    connection.close()
    return cards


def _borrow(port: int, token: str, cards: list[str], copies: range) -> list[float]:
    client, times = Client(port, token), []
    for number in copies:
        body = {"reader_card": cards[number % len(cards)], "copy_barcode": f"B{number * 2 - 1:07d}"}
        started = time.perf_counter()
        status, answer = client.post("/api/v1/kiosk/checkouts", body)
        times.append(time.perf_counter() - started)
        assert status == 201, (status, answer)
    return times


def _bare_commits(path: Path, count: int) -> list[float]:
    """Four inserts (loan, audit, key, job) a transaction: what a checkout writes, and nothing else."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = wal", "synchronous = full"):
        connection.execute(f"PRAGMA {pragma}")
    for table in ("loan", "audit", "key"):
        connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT, d TEXT)")
        connection.execute(f"CREATE INDEX {table}_a ON {table}(a)")
    times, text = [], "x" * 80
    for number in range(count):
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for table in ("loan", "audit", "key"):
            connection.execute(f"INSERT INTO {table}(a, b, c, d) VALUES (?, ?, ?, ?)", (str(number), text, text, text))
        connection.execute("COMMIT")
        times.append(time.perf_counter() - started)
    connection.close()
    return times


def machine() -> str:
    cores = os.cpu_count()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{cores} cores; SQLite {sqlite3.sqlite_version}; bench process peak {peak // 1024} MB"


MEASURES: dict[str, Callable[[bool], list[Row]]] = {
    "import": import_against_reading,
    "search": search_against_fts5,
    "checkout": checkout_against_commits,
}
