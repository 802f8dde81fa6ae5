"""A kiosk's program as its own processes: started with the settings given, looked at from outside."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


def _unit_environment() -> dict[str, str]:
    """As systemd starts it."""
    unit = (REPOSITORY / "kiosk/deploy/kesach-kiosk.service").read_text("utf-8")
    return dict(re.findall(r"^Environment=(\w+)=(.*)$", unit, re.MULTILINE))


def compile_program() -> None:
    """As pip leaves it where it is installed: a program compiled at every start is slower and larger (1.5 MB)."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", "kiosk", "hardware", "library"], cwd=REPOSITORY, check=True)


class KioskProgram:
    """`kesach-kiosk run` with the settings given."""

    def __init__(self, folder: Path, port: int, token: str, *, mode: str, scanner: str, printer: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "kiosk.toml"
        path.write_text(
            f'[server]\nurl = "http://127.0.0.1:{port}"\ntoken = "{token}"\n[kiosk]\nstate_dir = "state"\n'
            f'screen_port = 0\nmode = "{mode}"\n[scanner]\n{scanner}\n[printer]\n{printer}\n',
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
            env={**os.environ, **_unit_environment(), "NOTIFY_SOCKET": str(folder / "notify"), "PYTHONIOENCODING": "utf-8"},
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

    def memory(self) -> tuple[float, float, float]:
        """(RSS, PSS, most RSS so far) of all its processes together, in MB."""
        found: Counter[str] = Counter()
        for pid in self.processes:
            for name in ("smaps_rollup", "status"):
                text = Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8")
                found.update({kind: int(size) for kind, size in re.findall(r"^(Rss|Pss|VmHWM):\s+(\d+) kB", text, re.MULTILINE)})
        return found["Rss"] / 1024, found["Pss"] / 1024, found["VmHWM"] / 1024

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
def running(
    folder: Path, port: int, token: str, *, scanner: str, printer: str, mode: str = "borrow_and_return"
) -> Iterator[KioskProgram]:
    program = KioskProgram(folder, port, token, mode=mode, scanner=scanner, printer=printer)
    try:
        yield program
    finally:
        program.close()


def await_snapshot(folder: Path) -> None:
    for _ in range(600):
        try:
            with sqlite3.connect(f"file:{folder / 'state' / 'snapshot.db'}?mode=ro", uri=True) as found:
                if found.execute("SELECT COUNT(*) FROM copy").fetchone()[0]:
                    return
        except sqlite3.Error:
            pass
        time.sleep(0.1)  # until the next look
    raise AssertionError("no snapshot came")
