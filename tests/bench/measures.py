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
from pathlib import Path

from library.foundation.vietnamese import fold
from tests.bench import corpus, lending
from tests.bench.rows import Row
from tests.bench.rows import milliseconds as _ms
from tests.running_school import Client, kesach, percentile, serving


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


def machine() -> str:
    cores = os.cpu_count()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{cores} cores; SQLite {sqlite3.sqlite_version}; bench process peak {peak // 1024} MB"


MEASURES: dict[str, Callable[[bool], list[Row]]] = {
    "import": import_against_reading,
    "search": search_against_fts5,
    "checkout": lending.checkout_against_commits,
    "slow-disk": lending.checkout_on_a_slow_disk,
    "history": lending.checkout_with_history,
    "desk": lending.desk_of_a_big_school,
}
