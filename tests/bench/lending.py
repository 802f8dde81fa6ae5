"""Checkouts against bare commits of the same rows, with 1 to 8 kiosks, on this disk and on a slower one; with a
million past loans; whole classes in one request; the desk of a big school."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tests.bench import corpus
from tests.bench.bare import read_rows
from tests.bench.rows import Row, milliseconds
from tests.bench.slow_disk import MILLISECONDS, slow_disk, why_not
from tests.running_school import ADMIN, ADMIN_PASSWORD, REPOSITORY, Client, environment, kesach, percentile, serving

KIOSKS = (1, 2, 4, 8)
BOOKS_EACH = 4  # teachers may hold ten


def checkout_against_commits(quick: bool) -> list[Row]:
    """`POST /api/v1/kiosk/checkouts`, clients and core on one machine, against the very rows it wrote in bare SQLite
    transactions (WAL, FULL, all indexes, one writer). CPU is that of the server alone."""
    with tempfile.TemporaryDirectory() as folder:
        return _checkouts(Path(folder), 120 if quick else 1_600, "")


def checkout_on_a_slow_disk(quick: bool) -> list[Row]:
    """The same with 1, 2 and 4 ms more for each flush, on both sides: from an SSD to a school PC's hard disk."""
    reason = why_not()
    if reason:
        return [Row("checkout on a slower disk", reason, "", "")]
    rows: list[Row] = []
    for more in MILLISECONDS:
        with tempfile.TemporaryDirectory() as folder, slow_disk(Path(folder), more):
            rows += _checkouts(Path(folder), 80 if quick else 800, f", flush + {more} ms")
    return rows


def _checkouts(folder: Path, loans: int, note: str) -> list[Row]:
    data = _school(folder, loans * len(KIOSKS))
    cards = _cards(data)
    tokens = [kesach(data, "device", "add", f"do-{n}").strip().splitlines()[-1] for n in range(max(KIOSKS))]
    shutil.copytree(data, folder / "before")
    measured: list[tuple[int, list[float], float, float]] = []
    with serving(data) as (port, process):
        for place, kiosks in enumerate(KIOSKS):
            span = range(place * loans, (place + 1) * loans)
            cpu, started = sum(process.cpu_times()[:2]), time.perf_counter()
            times = from_threads(kiosks, lambda n, span=span, k=kiosks: _borrow(port, tokens[n], cards, span[n::k]))
            seconds = time.perf_counter() - started
            measured.append((kiosks, times, seconds, sum(process.cpu_times()[:2]) - cpu))
    rows = read_rows(data / "kesach.db", "act_key IS NOT NULL")
    assert len(rows) == loans * len(KIOSKS)
    (folder / "rows.json").write_text(json.dumps(rows), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bare", str(folder / "before" / "kesach.db"), str(folder / "rows.json")],
        cwd=REPOSITORY, env=environment(data), capture_output=True, check=True, encoding="utf-8",
    )  # fmt: skip
    bare = json.loads(done.stdout)
    bare_rate = len(bare) / sum(bare)
    lines = [
        Row(
            f"checkout over HTTP, {_kiosks(kiosks)}{note}",
            f"{len(times) / seconds:,.0f}/s, p50 {milliseconds(percentile(times, 0.5))}, "
            f"p99 {milliseconds(percentile(times, 0.99))}, {cpu / len(times) * 1000:.2f} ms CPU each",
            f"{bare_rate:,.0f}/s, p50 {milliseconds(percentile(bare, 0.5))}",
            f"{len(times) / seconds / bare_rate:.2f} of its rate; p99 is "
            f"{percentile(times, 0.99) / percentile(times, 0.5):.1f} × p50",
        )
        for kiosks, times, seconds, cpu in measured
    ]
    met = [_kiosks(kiosks) for kiosks, times, seconds, _cpu in measured if len(times) / seconds >= bare_rate / 2]
    short = [_kiosks(kiosks) for kiosks, times, seconds, _cpu in measured if len(times) / seconds < bare_rate / 2]
    _, eight, _, _ = measured[-1]
    steady = percentile(eight, 0.99) < 10 * percentile(eight, 0.5)
    lines.append(
        Row(
            f"the aim: half the bare rate{note}",
            f"met with {', '.join(met) or 'none'}; not met with {', '.join(short) or 'none'}",
            "",
            f"p99 under 10 × p50 with 8 kiosks: {'met' if steady else 'not met'}",
        )
    )
    return lines


def _kiosks(count: int) -> str:
    return f"{count} kiosk{'s' if count > 1 else ''}"


def checkout_with_history(quick: bool) -> list[Row]:
    """One kiosk, with past loans of the same copies and readers and their audit rows made in bulk before."""
    counts = (0, 10_000) if quick else (0, 10_000, 100_000, 1_000_000)
    loans = 100 if quick else 400
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        data = _school(Path(name), loans * len(counts))
        cards = _cards(data)
        token = kesach(data, "device", "add", "do").strip().splitlines()[-1]
        made, first = 0, 0.0
        for place, count in enumerate(counts):
            _make_past_loans(data / "kesach.db", count - made)
            made = count
            with serving(data) as (port, process):
                span = range(place * loans, (place + 1) * loans)
                _borrow(port, token, cards, span[:50])  # the first ones fill caches
                cpu = sum(process.cpu_times()[:2])
                times = _borrow(port, token, cards, span[50:])
                cpu = sum(process.cpu_times()[:2]) - cpu
            p50 = percentile(times, 0.5)
            first = first or p50
            rows.append(
                Row(
                    f"checkout with {count:,} past loans",
                    f"p50 {milliseconds(p50)}, p99 {milliseconds(percentile(times, 0.99))}, "
                    f"{cpu / len(times) * 1000:.2f} ms CPU each",
                    f"with none: p50 {milliseconds(first)}",
                    f"{p50 / first:.2f} × its time",
                )
            )
    return rows


def desk_of_a_big_school(quick: bool) -> list[Row]:
    """The demo school multiplied to 2,000 readers and 60,000 copies; one librarian, pages and scans one after another."""
    times = 20 if quick else 150
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        kesach(data, "init", "--demo")
        readers, copies = multiply(data / "kesach.db", 4, 8)
        with serving(data) as (port, _process), _librarian(port) as desk:
            cards, free = _some_cards(data, times), _some_free(data, times + 40 * 2)
            for path in ("/staff/desk", f"/staff/desk?reader={cards[0][0]}"):
                desk.get(path)
            empty = [desk.timed_get("/staff/desk") for _ in range(times)]
            opened = [desk.timed_get(f"/staff/desk?reader={reader}") for reader, _ in cards]
            by_card = [desk.timed_scan(card, "") for _, card in cards]
            lent = [desk.timed_scan(code, reader) for (reader, _), code in zip(cards, free, strict=False)]
            back = [desk.timed_scan(code, "", mode="return") for code in free[:times]]
            rest = free[times:]
            unit = int(_one(data, "SELECT id FROM holding_unit WHERE kind = 'class_corner' AND closed_on IS NULL"))
            before = int(_one(data, "SELECT count(*) FROM placement WHERE removed_at IS NULL"))
            # Room for forty more, whatever the demo has put there.
            _run(data, f"UPDATE holding_unit SET capacity = 500 WHERE id = {unit}")
            handed = desk.timed_form(f"/staff/units/{unit}/out", barcodes="\n".join(rest[:40]))
            assert int(_one(data, "SELECT count(*) FROM placement WHERE removed_at IS NULL")) == before + 40
            school_class = int(
                _one(data, "SELECT school_class_id FROM enrolment WHERE ended_on IS NULL GROUP BY 1 HAVING count(*) >= 40")
            )
            open_before = int(_one(data, "SELECT count(*) FROM loan WHERE returned_at IS NULL"))
            _run(data, "INSERT OR REPLACE INTO preference(key, value, updated_at, updated_by) VALUES"
                       " ('max_loans_pupil', '50', '2026-01-01T00:00:00.000000Z', 'bench'),"
                       " ('block_when_overdue', 'false', '2026-01-01T00:00:00.000000Z', 'bench'),"
                       " ('same_title_twice', 'true', '2026-01-01T00:00:00.000000Z', 'bench')")  # fmt: skip
        with serving(data) as (port, _process), _librarian(port) as desk:
            listed = desk.timed_form(f"/staff/class-loans/{school_class}", barcodes="\n".join(rest[40:80]))
            lent_now = int(_one(data, "SELECT count(*) FROM loan WHERE returned_at IS NULL")) - open_before
    big = f"{readers:,} readers, {copies:,} copies"

    def row(what: str, found: list[float]) -> Row:
        return Row(f"{what} ({big})", f"p50 {milliseconds(percentile(found, 0.5))}, "
                   f"p99 {milliseconds(percentile(found, 0.99))}", "", "")  # fmt: skip

    return [
        row("desk page, nobody open", empty),
        row("desk page, a reader open", opened),
        row("scan of a card, answer with the reader's panel", by_card),
        row("scan of a book, lent", lent),
        row("scan of a book, taken back", back),
        Row("40 copies handed to a class corner, one request", milliseconds(handed), "", f"{milliseconds(handed / 40)} a copy"),
        Row(f"40 copies lent to the pupils of a class from a list, one request ({lent_now} lent)", milliseconds(listed), "",
            f"{milliseconds(listed / 40)} a copy"),
    ]  # fmt: skip


# --- a school to measure --------------------------------------------------------------------------


def _school(folder: Path, copies: int) -> Path:
    """`copies` free copies B0000001… and enough teachers to borrow them, four each."""
    data = folder / "data"
    corpus.write_marc(folder / "in.mrc", copies // 2 + 1, copies=2)
    kesach(data, "init")
    kesach(data, "import", "marc", str(folder / "in.mrc"), "--json")
    listing = data / "gv.csv"
    with listing.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["Mã định danh Bộ GD&ĐT", "Họ và tên", "Vị trí việc làm"])
        for number in range(copies // BOOKS_EACH + 8):
            writer.writerow([f"89{number:08d}", f"Nguyễn Văn {corpus.GIVEN[number % 14]} {number}", "Giáo viên"])
    kesach(data, "import", "readers", str(listing), "--json")
    _run(data, "UPDATE preference SET value = 'true' WHERE key = 'same_title_twice'")
    return data


def _cards(data: Path) -> list[str]:
    connection = sqlite3.connect(data / "kesach.db")
    cards = [number for (number,) in connection.execute("SELECT number FROM card WHERE status = 'active' ORDER BY id")]
    connection.close()
    return cards


def _borrow(port: int, token: str, cards: list[str], span: range) -> list[float]:
    client, times = Client(port, token), []
    for number in span:
        # Copy n goes to reader n mod all: both copies of a title to different readers, four books each in the end.
        body = {"reader_card": cards[number % len(cards)], "copy_barcode": f"B{number + 1:07d}"}
        started = time.perf_counter()
        status, answer = client.post("/api/v1/kiosk/checkouts", body)
        times.append(time.perf_counter() - started)
        assert status == 201, (status, answer)
    return times


def from_threads(count: int, work: Callable[[int], list[float]]) -> list[float]:
    found: list[float] = []
    threads = [threading.Thread(target=lambda i=i: found.extend(work(i))) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _make_past_loans(database: Path, count: int) -> None:
    if count <= 0:
        return
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous = off")
    connection.execute("BEGIN")
    copies, readers, last = (
        connection.execute(sql).fetchone()[0]
        for sql in ("SELECT count(*) FROM copy", "SELECT count(*) FROM reader", "SELECT coalesce(max(id), 0) FROM loan")
    )
    series = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    # Spread over the last year but a little: older ones would be made anonymous while the bench runs.
    day = "date('now', '-' || (i % 300 + 20) || ' days')"
    connection.execute(
        f"""{series} INSERT INTO loan(id, copy_id, reader_id, purpose, channel, loaned_at, loaned_on, due_on, first_due_on,
            renewals, returned_at, returned_on, return_channel, overdue_days, ended_as, staff_name, reader_kind, grade,
            class_name, school_year, material, collection)
        SELECT {last} + i, i % {copies} + 1, i % {readers} + 1, 'home', 'desk', {day} || 'T02:00:00.000000Z', {day},
            date({day}, '14 days'), date({day}, '14 days'), 0, date({day}, '10 days') || 'T02:00:00.000000Z',
            date({day}, '10 days'), 'desk', 0, 'returned', 'Thủ thư', 'teacher', NULL, NULL, '2025-2026', 'children', 'STN'
        FROM n"""
    )
    connection.execute(
        f"""{series} INSERT INTO audit_entry(at, actor_kind, actor_name, action, subject_kind, subject_id, after)
        SELECT {day} || 'T02:00:00.000000Z', 'staff', 'Thủ thư', 'loan.check_out', 'loan', {last} + i,
            '{{"copy":"B0000001"}}' FROM n"""
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def multiply(database: Path, readers: int, copies: int) -> tuple[int, int]:
    """The readers and copies of a school several times over, under numbers of their own."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN")
    for table, times, changed in (
        ("reader", readers, {"education_id": "NULL", "local_code": "NULL"}),
        ("copy", copies, {"accession_number": "accession_number || '-{}'", "barcode": "barcode || '-{}'"}),
    ):
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
        (highest,) = connection.execute(f"SELECT max(id) FROM {table}").fetchone()
        for number in range(1, times):
            chosen = ", ".join(changed.get(column, f'"{column}"').format(number) for column in columns)
            names = ", ".join(f'"{column}"' for column in columns)
            connection.execute(f"INSERT INTO {table}({names}) SELECT {chosen} FROM {table} WHERE id <= {highest}")
    connection.execute("COMMIT")
    counted = tuple(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("reader", "copy"))
    connection.close()
    return counted[0], counted[1]


def _one(data: Path, sql: str) -> str:
    connection = sqlite3.connect(data / "kesach.db", timeout=15)
    (found,) = connection.execute(f"{sql} LIMIT 1").fetchone()
    connection.close()
    return str(found)


def _run(data: Path, sql: str) -> None:
    connection = sqlite3.connect(data / "kesach.db", timeout=15)
    connection.execute(sql)
    connection.commit()
    connection.close()


def _some_cards(data: Path, count: int) -> list[tuple[str, str]]:
    """Readers of the demo who may borrow, spread over the school."""
    connection = sqlite3.connect(data / "kesach.db")
    rows = connection.execute(
        "SELECT reader.id, card.number FROM reader JOIN card ON card.reader_id = reader.id AND card.status = 'active'"
        " WHERE reader.status = 'active' AND reader.kind IN ('pupil', 'teacher') AND NOT EXISTS"
        " (SELECT 1 FROM loan WHERE loan.reader_id = reader.id AND returned_at IS NULL) ORDER BY reader.id"
    ).fetchall()
    connection.close()
    return [(str(rows[number % len(rows)][0]), rows[number % len(rows)][1]) for number in range(count)]


def _some_free(data: Path, count: int) -> list[str]:
    connection = sqlite3.connect(data / "kesach.db")
    rows = connection.execute(
        "SELECT min(barcode) FROM copy JOIN record ON record.id = copy.record_id WHERE copy.status = 'in_service'"
        " AND copy.use = 'loan' AND record.material = 'children' AND NOT EXISTS (SELECT 1 FROM loan WHERE copy_id = copy.id"
        " AND returned_at IS NULL) AND NOT EXISTS (SELECT 1 FROM placement WHERE copy_id = copy.id AND removed_at IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM hold WHERE hold.record_id = record.id AND ended_at IS NULL)"
        " GROUP BY copy.record_id ORDER BY copy.record_id LIMIT ?",
        (count,),
    ).fetchall()
    connection.close()
    assert len(rows) == count, len(rows)
    return [code for (code,) in rows]


class Desk:
    """A signed-in librarian over one kept-alive connection."""

    def __init__(self, port: int) -> None:
        import http.client

        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._token = self._token_in(self.get("/staff/login"))
        self._send("POST", "/staff/login", {"login": ADMIN, "password": ADMIN_PASSWORD, "csrf_token": self._token})
        self._token = self._token_in(self.get("/staff/desk"))

    def _token_in(self, page: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, page[:500]
        return found[1]

    def _send(self, method: str, path: str, form: dict[str, str] | None = None, data: object = None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(form)
        elif data is not None:
            headers |= {"Content-Type": "application/json", "X-CSRF-Token": self._token}
            body = json.dumps(data)
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.split(";")[0]
        return answer.status, text

    def get(self, path: str) -> str:
        status, text = self._send("GET", path)
        assert status == 200, (path, status)
        return text

    def timed_get(self, path: str) -> float:
        started = time.perf_counter()
        self.get(path)
        return time.perf_counter() - started

    def timed_scan(self, text: str, reader_id: str, mode: str = "smart") -> float:
        import uuid

        started = time.perf_counter()
        status, said = self._send(
            "POST", "/staff/desk/scan", data={"text": text, "reader_id": reader_id, "mode": mode, "key": str(uuid.uuid4())}
        )
        spent = time.perf_counter() - started
        assert status == 200, said
        assert json.loads(said)["outcome"] in ("reader", "lent", "returned"), said
        return spent

    def timed_form(self, path: str, **form: str) -> float:
        started = time.perf_counter()
        status, text = self._send("POST", path, {**form, "csrf_token": self._token})
        spent = time.perf_counter() - started
        assert status == 302, (status, re.sub(r"<[^>]+>", " ", text)[-3000:])
        return spent

    def close(self) -> None:
        self._connection.close()


@contextmanager
def _librarian(port: int) -> Iterator[Desk]:
    with nullcontext(Desk(port)) as desk:
        yield desk
    desk.close()
