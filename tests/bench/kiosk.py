"""What the kiosk's own program costs: scan to screen, paper, start, memory, idle CPU, settling a journal.

Real processes: the core behind `kesach serve` and `kesach-kiosk run`. Next: __main__.py.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from hardware.emulator.scanner import TerminalScannerEmulator
from hardware.emulator.server import NetworkPrinterEmulator
from kiosk.api_client import ApiClient
from kiosk.clock import KioskClock, instant_text
from kiosk.journal import Act, ActJournal
from kiosk.sync import JournalSync
from tests.bench.kiosk_program import await_snapshot, compile_program, running
from tests.bench.kiosk_screen import Desk, Paper, Stock, memory_row, screen_and_paper
from tests.bench.lending import multiply
from tests.bench.rows import Row
from tests.running_school import kesach, serving


def kiosk_program(quick: bool) -> list[Row]:
    """Demo school (500 readers, 8,700 copies) and core on the same machine, headless Chromium without a graphics card.
    Memory: the three processes of the program (core loop, scanner's, printer's), browser not counted, started with the
    environment of its systemd unit and compiled as pip installs it; Linux' sums. RSS counts pages that they share three
    times, PSS once, which is what the machine gives; "most" is the sum of each process's own highest RSS, wherever in
    the run that was. At rest: the snapshot is there, nobody has scanned, nothing is drawn. After receipts: fonts,
    drawing and encoder are loaded; they go ten quiet minutes later. Big school: the demo multiplied to 2,072 readers
    and 70,760 copies; its whole snapshot was fetched and 5-title receipts printed. The scanner is one in serial
    mode."""
    compile_program()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        kesach(data, "init", "--demo")
        token = kesach(data, "device", "add", "bench", "--profile", "mobile").strip().splitlines()[-1]
        kiosk = kesach(data, "device", "add", "bench at the door").strip().splitlines()[-1]
        with serving(data) as (port, core):
            rows = screen_and_paper(Path(folder) / "screen", port, kiosk, quick)
            rows += _idle(Path(folder) / "idle", port, token, quick)
            rows += _settling(Path(folder) / "settling", port, token, core, 1_000 if quick else 10_000)
        return [*rows, *_big_schools_rows(Path(folder) / "multiplied", 3 if quick else 10)]


def _big_schools_rows(data: Path, receipts: int) -> list[Row]:
    """A school of its own: the teachers of the other one have borrowed all they may by now."""
    kesach(data, "init", "--demo")
    token = kesach(data, "device", "add", "bench of a big school").strip().splitlines()[-1]
    multiply(data / "kesach.db", 4, 8)
    with serving(data) as (port, _core):
        return _big_school(data.parent / "big", port, token, receipts)


def _big_school(folder: Path, port: int, token: str, receipts: int) -> list[Row]:
    folder.mkdir()
    paper = Paper()
    with (
        TerminalScannerEmulator(folder / "scanner") as scanner,
        NetworkPrinterEmulator(paper) as printer,
        running(
            folder / "kiosk", port, token, scanner=f'driver = "serial"\ndevice = "{folder / "scanner"}"',
            printer=f'driver = "network"\nhost = "{printer.host}"\nport = {printer.port}\nreceipts = "always"',
        ) as program,
    ):  # fmt: skip
        await_snapshot(folder / "kiosk")
        time.sleep(3)  # what starting costs is over
        rest = program.memory()
        stock, desk = Stock(port, token), Desk(program, scanner)
        for _ in range(receipts):
            desk.receipt(stock, paper)
        printed = program.memory()
    return [
        memory_row("memory at rest, big school", rest),
        memory_row(f"memory after {receipts} receipts, big school", printed),
        Row("memory at the most, big school, fetching its snapshot included", f"RSS {printed[2]:.0f} MB", "limit 60 MB", f"{printed[2] / 60:.2f} of it"),
    ]  # fmt: skip


def _idle(folder: Path, port: int, token: str, quick: bool) -> list[Row]:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    bare = time.perf_counter() - started
    parts = {"scanner": 'driver = "serial"\ndevice = "/dev/ttyNOT"', "printer": 'driver = "network"\nport = 9'}
    with running(folder, port, token, **parts) as program:
        await_snapshot(folder)
        with urllib.request.urlopen(f"{program.address}events", timeout=30):  # a page is open
            time.sleep(3)  # what starting costs is over before idling is measured
            memory = program.memory()
            before, seconds = program.cpu_seconds(), 10.0 if quick else 60.0
            time.sleep(seconds)  # the idle time that is measured
            busy = (program.cpu_seconds() - before) / seconds
        ready = program.ready_after
    return [
        Row("start to READY=1 (all parts answer)", f"{ready:.2f} s", f"limit 3 s; bare interpreter: {bare:.2f} s", f"{ready / 3:.2f} of it"),
        memory_row("memory at rest", memory),
        Row("CPU at rest, three processes, a page open", f"{100 * busy:.2f} %", "limit 2 %", f"{busy / 0.02:.2f} of it"),
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
