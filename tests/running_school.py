"""A real core (and kiosk) in processes of their own, over a data folder of its own, and a plain HTTP client.

Used by the benchmarks and by tests/scenarios.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ADMIN, ADMIN_PASSWORD = "thuthu", "thu-vien-mau-2026"
REPOSITORY = Path(__file__).resolve().parents[1]


def environment(data: Path) -> dict[str, str]:
    return {**os.environ, "KESACH_DATA": str(data), "KESACH_ADMIN_PASSWORD": ADMIN_PASSWORD, "PYTHONUTF8": "1"}


def kesach(data: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "library.cli", *arguments],
        cwd=REPOSITORY, env=environment(data), check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        encoding="utf-8", stdin=subprocess.DEVNULL,
    )  # fmt: skip
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


@contextmanager
def serving(data: Path) -> Iterator[tuple[int, psutil.Process]]:
    """(port, server process) of a core over `data`, ready to answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "library.cli", "serve", "--port", str(port)],
        cwd=REPOSITORY, env=environment(data), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 120
        while True:
            try:
                if Client(port).get("/api/v1/health")[0] == 200:
                    break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
