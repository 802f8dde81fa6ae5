"""A real core (and kiosk) in processes of their own, over a data folder of its own, and a plain HTTP client.

Used by the benchmarks and by tests/scenarios.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

ADMIN, ADMIN_PASSWORD = "thuthu", "thu-vien-mau-2026"
REPOSITORY = Path(__file__).resolve().parents[1]


def environment(data: Path) -> dict[str, str]:
    return {**os.environ, "KESACH_DATA": str(data), "KESACH_ADMIN_PASSWORD": ADMIN_PASSWORD, "PYTHONUTF8": "1"}


def kesach_result(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the real command; exit code 1 (some rows refused) is a result too."""
    done = subprocess.run(
        [sys.executable, "-m", "library.cli", *arguments],
        cwd=REPOSITORY, env=environment(data), capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode in (0, 1), (arguments, done.returncode, done.stderr)
    return done


def kesach(data: Path, *arguments: str) -> str:
    """Run the real command to a clean end and return its stdout."""
    done = kesach_result(data, *arguments)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


class Client:
    """One kept-alive connection."""

    def __init__(self, port: int, token: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str) -> tuple[int, bytes]:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def post(self, path: str, body: dict[str, Any], key: str = "") -> tuple[int, bytes]:
        headers = {**self._headers, "Content-Type": "application/json", "Idempotency-Key": key or str(uuid.uuid4())}
        self._connection.request("POST", path, json.dumps(body), headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, path: str, *, seconds: int) -> None:
    """Return once the program answers 200 there; OSError when it ended or took too long."""
    until = time.monotonic() + seconds
    while True:
        try:
            if Client(port).get(path)[0] == 200:
                if process.poll() is not None:
                    raise OSError(f"another program answers at {port}")
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.1)


def count_rows(data: Path, sql: str) -> int:
    """The number a SELECT count(*) gives on the school's SQLite file, read from outside."""
    connection = sqlite3.connect(f"file:{data / 'kesach.db'}?mode=ro", uri=True, timeout=10)
    try:
        return int(connection.execute(sql).fetchone()[0])
    finally:
        connection.close()


@contextmanager
def serving(data: Path) -> Iterator[tuple[int, psutil.Process]]:
    """(port, server process) of a core over `data`, ready to answer."""

    def start(port: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "library.cli", "serve", "--port", str(port)],
            cwd=REPOSITORY, env=environment(data), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    with _on_a_free_port(start, "/api/v1/health", seconds=120) as (port, process):
        yield port, psutil.Process(process.pid)


@contextmanager
def _on_a_free_port(
    start: Callable[[int], subprocess.Popen[bytes]], path: str, *, seconds: int
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Somebody else may take the port between its choice and its use: the program ends at once, the next is tried."""
    tries = 3
    for left in reversed(range(tries)):
        port = free_port()
        process = start(port)
        try:
            try:
                _wait_until_it_answers(process, port, path, seconds=seconds)
            except OSError:
                if process.poll() is None or not left:
                    raise
                continue
            yield port, process
            return
        finally:
            process.terminate()
            process.wait(timeout=30)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def simulated_kiosk(folder: Path, core: str, token: str) -> Iterator[int]:
    """The kiosk program in a process of its own with web keypad and PNG printer; yields its screen's port."""
    folder.mkdir(parents=True)
    (folder / "token").write_text(token, "utf-8")

    def start(port: int) -> subprocess.Popen[bytes]:
        (folder / "kiosk.toml").write_text(
            f'[server]\nurl = "{core}"\ntoken_file = "{(folder / "token").as_posix()}"\n'
            f'[kiosk]\nstate_dir = "{(folder / "state").as_posix()}"\nscreen_port = {port}\n'
            '[scanner]\ndriver = "stdin"\n[printer]\ndriver = "png"\nwidth_dots = 384\nreceipts = "always"\n',
            "utf-8",
        )
        return subprocess.Popen(
            [sys.executable, "-m", "kiosk.cli", "run", "--config", str(folder / "kiosk.toml")],
            cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    with _on_a_free_port(start, "/sim", seconds=120) as (port, _process):
        yield port
