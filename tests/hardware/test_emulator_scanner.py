"""The scanner emulator at the real serial driver: what it scans arrives, what it does wrong is noticed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are POSIX")

from hardware.emulator.scanner import TerminalScannerEmulator  # noqa: E402  after the skip
from hardware.scan import Scan, ScannerState, ScanProblem  # noqa: E402  after the skip
from hardware.serial_scanner import SerialScanner  # noqa: E402  after the skip

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[TerminalScannerEmulator, SerialScanner]]:
    with TerminalScannerEmulator(tmp_path / "scanner") as emulator:
        reader = SerialScanner(str(tmp_path / "scanner"), retry=0.02)
        while reader.state is not ScannerState.CONNECTED:
            reader.read(0.05)
        yield emulator, reader
        reader.close()


def next_scan(reader: SerialScanner) -> Scan:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        scan = reader.read(0.2)
        if scan is not None:
            return scan
    raise AssertionError("nothing was scanned")


def test_lines_arrive_as_scans(both: tuple[TerminalScannerEmulator, SerialScanner]) -> None:
    emulator, reader = both
    for text in ("TV00000017", "TN-00012", "9786042088640"):
        assert emulator.obey(text) == f"Đã quét: {text}"
        scan = next_scan(reader)
        assert (scan.text, scan.problem) == (text, None)
    emulator.obey("!twice TN-00012")
    assert [next_scan(reader).text for _ in range(2)] == ["TN-00012"] * 2
    assert emulator.obey("# a remark") == emulator.obey("  ") == ""


def test_what_scanners_do_wrong_is_never_half_a_code(both: tuple[TerminalScannerEmulator, SerialScanner]) -> None:
    emulator, reader = both
    emulator.obey("!partial TV0000")
    assert (scan := next_scan(reader)).problem is ScanProblem.PARTIAL and scan.text == ""
    emulator.obey("!long")
    assert next_scan(reader).problem is ScanProblem.TOO_LONG
    emulator.obey("!garbage")
    assert next_scan(reader).text != "TV00000017"
    emulator.obey("TV00000017")
    assert next_scan(reader).text == "TV00000017", "and the next whole one is taken"


def test_unplugged_and_plugged_again_under_the_same_link(both: tuple[TerminalScannerEmulator, SerialScanner]) -> None:
    emulator, reader = both
    emulator.obey("!unplug")
    until = time.monotonic() + 60
    while reader.state is ScannerState.CONNECTED and time.monotonic() < until:
        reader.read(0.05)
    assert reader.state is ScannerState.DISCONNECTED
    emulator.obey("lost")
    emulator.obey("!plug")
    while reader.state is not ScannerState.CONNECTED and time.monotonic() < until:
        reader.read(0.05)
    emulator.obey("TN-00012")
    assert next_scan(reader).text == "TN-00012"


@pytest.mark.parametrize("line", ["!nonsense", "!wait long", "!wait -1", "!wait 9999999"])
def test_what_is_no_command_is_said(both: tuple[TerminalScannerEmulator, SerialScanner], line: str) -> None:
    with pytest.raises(ValueError):
        both[0].obey(line)


def test_as_a_person_runs_it(tmp_path: Path) -> None:
    script = tmp_path / "morning.txt"
    script.write_text("# một em\n!wait 0\n!nonsense\nTV00000017\n", "utf-8")
    command = [sys.executable, "-m", "hardware.emulator.scanner", "--link", str(tmp_path / "scanner"), str(script)]
    done = subprocess.run(
        command, cwd=ROOT, input="TN-00012\n!quit\n", capture_output=True, encoding="utf-8", timeout=60,
        env={"PYTHONUTF8": "1", "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "Đã quét: TV00000017" in lines and "Đã quét: TN-00012" in lines and "Không hiểu «!nonsense»" in done.stdout
    assert not (tmp_path / "scanner").exists()
    missing = subprocess.run([*command[:-1], "/no/such"], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60)
    assert missing.returncode == 2 and "kịch bản" in missing.stderr
