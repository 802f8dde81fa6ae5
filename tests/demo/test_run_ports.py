"""`make run` beside other programs: core and kiosk never share a port."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from library.demo.run import find_free_port


def test_the_kiosk_moves_on_when_the_core_moved_to_its_port() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        busy = other.getsockname()[1]
        core = find_free_port(busy)
        assert core > busy
        kiosk = find_free_port(core, taken=core)  # the core has not opened it yet
        assert kiosk > core


def test_a_kiosk_without_a_school_says_how_to_get_one_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "library.demo.run", "--kiosk-only", "--data", str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "Chạy make run một lần" in done.stderr
    assert list(tmp_path.iterdir()) == []
