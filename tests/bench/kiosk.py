"""What the kiosk's own program costs: start, memory, idle CPU, settling a journal.

Real processes: the core behind `kesach serve` and `kesach-kiosk run`. Next: __main__.py.
"""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from kiosk.api_client import ApiClient
from kiosk.clock import KioskClock, instant_text
from kiosk.journal import Act, ActJournal
from kiosk.sync import JournalSync
from tests.bench.measures import Row
from tests.running_school import kesach, serving

REPOSITORY = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


def kiosk_program(quick: bool) -> list[Row]:
    """Demo school (500 readers, 7,800 copies) on the same machine. RSS counts shared pages in each process, PSS once."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        kesach(data, "init", "--demo")
        token = kesach(data, "device", "add", "bench", "--profile", "mobile").strip().splitlines()[-1]
        with serving(data) as (port, core):
            rows = _idle(Path(folder) / "idle", port, token, quick)
            rows += _settling(Path(folder) / "settling", port, token, core, 1_000 if quick else 10_000)
    return rows


class _Program:
    """`kesach-kiosk run` with the settings given."""

    def __init__(self, folder: Path, port: int, token: str, **parts: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "kiosk.toml"
        path.write_text(
            f'[server]\nurl = "http://127.0.0.1:{port}"\ntoken = "{token}"\n[kiosk]\nstate_dir = "state"\n'
            f'screen_port = 0\nmode = "mobile_desk"\n[scanner]\n{parts["scanner"]}\n[printer]\n{parts["printer"]}\n',
            encoding="utf-8",
        )
        self.ready_after = 0.0
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(str(folder / "notify"))
        listener.settimeout(30)
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kiosk.cli", "run", "--config", str(path)], cwd=REPOSITORY, stdin=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8",
            env={**os.environ, "NOTIFY_SOCKET": str(folder / "notify"), "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        assert self.process.stderr is not None
        self.address = next(line.split()[-1] for line in self.process.stderr if "Màn hình quầy" in line)
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        while not listener.recv(4096).startswith(b"READY=1"):
            pass
        self.ready_after = time.perf_counter() - started
        listener.close()

    @property
    def processes(self) -> list[int]:
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [self.process.pid, *map(int, found.stdout.split())]

    def memory(self) -> tuple[float, float]:
        """(RSS, PSS) of all its processes together, in MB."""
        sums = {"Rss": 0, "Pss": 0}
        for pid in self.processes:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            for name in sums:
                sums[name] += int(re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)[1])  # type: ignore[index]
        return sums["Rss"] / 1024, sums["Pss"] / 1024

    def cpu_seconds(self) -> float:
        total = 0
        for pid in self.processes:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / _TICKS

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@contextmanager
def _running(folder: Path, port: int, token: str, **parts: str) -> Iterator[_Program]:
    program = _Program(folder, port, token, **parts)
    try:
        yield program
    finally:
        program.close()


def _await_snapshot(folder: Path) -> None:
    for _ in range(600):
        try:
            with sqlite3.connect(f"file:{folder / 'state' / 'snapshot.db'}?mode=ro", uri=True) as found:
                if found.execute("SELECT COUNT(*) FROM copy").fetchone()[0]:
                    return
        except sqlite3.Error:
            pass
        time.sleep(0.1)
    raise AssertionError("no snapshot came")


def _idle(folder: Path, port: int, token: str, quick: bool) -> list[Row]:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    bare = time.perf_counter() - started
    parts = {"scanner": 'driver = "serial"\ndevice = "/dev/ttyNOT"', "printer": 'driver = "network"\nport = 9'}
    with _running(folder, port, token, **parts) as program:
        _await_snapshot(folder)
        time.sleep(3)
        rss, pss = program.memory()
        before, seconds = program.cpu_seconds(), 10.0 if quick else 60.0
        time.sleep(seconds)
        busy = (program.cpu_seconds() - before) / seconds
        ready = program.ready_after
    return [
        Row("start to READY=1 (all parts answer)", f"{ready:.2f} s", f"bare interpreter: {bare:.2f} s", f"{ready / bare:.0f} ×"),
        Row("memory at rest, three processes", f"RSS {rss:.0f} MB, PSS {pss:.0f} MB", "limit 60 MB", f"RSS {rss / 60:.2f} of it"),
        Row("CPU at rest, three processes", f"{100 * busy:.2f} %", "limit 2 %", f"{busy / 0.02:.2f} of it"),
    ]  # fmt: skip


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _settling(folder: Path, port: int, token: str, core: psutil.Process, count: int) -> list[Row]:
    folder.mkdir()
    api = ApiClient(f"http://127.0.0.1:{port}", token, read_timeout=60)
    snapshot = api.snapshot(None)
    books = [one.barcode for one in snapshot.copies() if one.loanable and one.open_loan is None and not one.held]
    cards = [one.card for one in snapshot.readers() if not one.blocks and one.loans_open == 0]
    journal = ActJournal(folder / "journal.db")
    journal._connection.execute("PRAGMA synchronous = OFF")
    at = datetime.now(UTC) - timedelta(seconds=count + 60)
    for number in range(count // 2):
        book, card = books[number % 400], cards[number % len(cards)]
        for kind, later in (("checkout", 0), ("return", 1)):
            journal.write(
                Act(key=str(uuid.uuid4()), kind=kind, barcode=book, card=card if kind == "checkout" else None,
                    occurred_at=instant_text(at + timedelta(seconds=2 * number + later)))
            )  # fmt: skip
    journal._connection.execute("PRAGMA synchronous = FULL")
    before, started = _cpu(core), time.perf_counter()
    done = JournalSync(journal, api, KioskClock()).drain()
    seconds, work = time.perf_counter() - started, _cpu(core) - before
    assert done.left == 0, done
    conflicts = sum(act.status == "conflict" for act in journal.list_acts())
    journal.close()
    api.close()
    assert conflicts == 0, conflicts
    return [
        Row(f"{count:,} journalled acts settled", f"{seconds:.1f} s; CPU of the core {work:.1f} s",
            "limit 60 s for 10,000", f"{seconds / count * 10_000 / 60:.2f} of it"),
    ]  # fmt: skip
