"""Serial, standard input and scripted scanners: one scan a line, whole lines only."""

from __future__ import annotations

import io
import os
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting_reads import read_while_closed

from hardware.errors import HardwareError
from hardware.line_assembler import LineAssembler
from hardware.scan import MAX_CHARACTERS, Scan, ScannerState, ScanProblem
from hardware.scripted_scanner import ScriptedScanner
from hardware.serial_scanner import SerialScanner
from hardware.stdin_scanner import StdinScanner


def text_of(scan: Scan | None) -> str | ScanProblem | None:
    return None if scan is None else scan.problem or scan.text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("0123456789ABC-/.", min_size=1, max_size=30), max_size=5), st.data())
def test_lines_survive_any_cutting_into_reads(codes: list[str], data: st.DataObject) -> None:
    lines, wire = LineAssembler("test"), "".join(code + "\r\n" for code in codes).encode()
    at, scans = 10.0, []
    while wire:
        size = data.draw(st.integers(1, len(wire)))
        scans += lines.feed(wire[:size], at)
        wire, at = wire[size:], at + 0.1
    assert [text_of(scan) for scan in scans] == codes


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=700), max_size=5))
def test_any_bytes_give_short_text_or_a_problem(chunks: list[bytes]) -> None:
    lines = LineAssembler("test")
    scans = [scan for n, chunk in enumerate(chunks) for scan in lines.feed(chunk, n * 0.1)]
    assert all(scan.problem or 0 < len(scan.text) <= MAX_CHARACTERS for scan in scans)


def test_line_rules() -> None:
    lines = LineAssembler("test")
    wire = b"\r\n\n0112\x1d10\r" + b"7" * 129 + b"\n" + b"\xff\xfe\n" + "sách\n".encode()
    assert [text_of(scan) for scan in lines.feed(wire, 1.0)] == [
        "011210",
        ScanProblem.TOO_LONG,
        ScanProblem.UNKNOWN_KEY,
        "sách",
    ]
    lines.feed(b"8935", 2.0)
    assert [text_of(scan) for scan in lines.feed(b"086\r", 2.2)] == [ScanProblem.PARTIAL, "086"]


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are POSIX")
class TestSerial:
    def test_reads_lines_and_notices_the_cable(self) -> None:
        master, slave = os.openpty()
        scanner = SerialScanner(os.ttyname(slave), gap=0.03, retry=0.001)
        assert scanner.read(0) is None
        assert scanner.state is ScannerState.CONNECTED
        os.write(master, b"8935086858123\rGK6-")
        assert text_of(scanner.read(5)) == "8935086858123"
        assert text_of(scanner.read(5)) is ScanProblem.PARTIAL
        os.write(master, b"GK6-0")
        assert scanner.read(0) is None
        os.close(slave)
        os.close(master)
        assert text_of(scanner.read(5)) is ScanProblem.UNPLUGGED
        assert scanner.read(0.01) is None
        assert scanner.state is ScannerState.DISCONNECTED
        scanner.close()
        assert scanner.state is ScannerState.CLOSED

    def test_close_from_another_thread_wakes_a_waiting_read(self) -> None:
        master, slave = os.openpty()
        scanner = SerialScanner(os.ttyname(slave))
        scanner.read(0)
        assert read_while_closed(scanner) is None
        os.close(slave)
        os.close(master)

    def test_two_ports_that_fit_are_refused(self, tmp_path: os.PathLike[str]) -> None:
        for name in ("usb-A-if00", "usb-B-if00"):
            with open(os.path.join(tmp_path, name), "wb"):
                pass
        scanner = SerialScanner(os.path.join(tmp_path, "usb-*"))
        with pytest.raises(HardwareError) as refusal:
            scanner.read(0)
        assert refusal.value.code == "scanner_ambiguous"

    def test_a_missing_port_is_waited_for(self, tmp_path: os.PathLike[str]) -> None:
        scanner = SerialScanner(os.path.join(tmp_path, "ttyACM0"), retry=0.001)
        assert scanner.read(0.01) is None
        assert scanner.state is ScannerState.DISCONNECTED
        scanner.close()


class TestStdin:
    def test_one_scan_a_line_and_the_end_is_unplugged(self) -> None:
        scanner = StdinScanner(io.StringIO("100001\n\n  GK6-000123 \nhalf"))
        assert text_of(scanner.read(5)) == "100001"
        assert text_of(scanner.read(5)) == "  GK6-000123 "
        assert text_of(scanner.read(5)) is ScanProblem.PARTIAL
        assert scanner.read(5) is None
        assert scanner.state is ScannerState.DISCONNECTED
        assert scanner.read(0.01) is None
        scanner.close()
        assert scanner.state is ScannerState.CLOSED

    def test_bytes_of_any_kind(self) -> None:
        scanner = StdinScanner(io.BytesIO(b"\xff\xff\n" + b"9" * 100_000 + b"\n42\n"))
        found = [text_of(scanner.read(5)) for _ in range(3)]
        assert found == [ScanProblem.UNKNOWN_KEY, ScanProblem.TOO_LONG, "42"]

    def test_a_pipe_delivers_at_once(self) -> None:
        read_end, write_end = os.pipe()
        with os.fdopen(read_end, "r") as stream:
            scanner = StdinScanner(stream)
            os.write(write_end, b"100001\n")
            assert text_of(scanner.read(5)) == "100001"
            os.close(write_end)
            assert scanner.read(5) is None
            assert scanner.state is ScannerState.DISCONNECTED

    def test_close_wakes_a_waiting_read(self) -> None:
        read_end, write_end = os.pipe()
        with os.fdopen(read_end, "r") as stream:
            scanner = StdinScanner(stream)
            assert read_while_closed(scanner) is None
            os.close(write_end)


class TestScripted:
    def test_pushed_scans_arrive_in_order(self) -> None:
        scanner = ScriptedScanner()
        scanner.push("A1", at_monotonic=5.0)
        scanner.push_problem(ScanProblem.OVERRUN, 12)
        scanner.push("x" * 500)
        assert scanner.read(0) == Scan("A1", 5.0, "scripted", None, 2)
        assert text_of(scanner.read(0)) is ScanProblem.OVERRUN
        assert text_of(scanner.read(0)) is ScanProblem.TOO_LONG
        assert scanner.read(0) is None

    def test_unplugged_it_hears_nothing(self) -> None:
        scanner = ScriptedScanner()
        scanner.push("before")
        scanner.unplug()
        scanner.push("lost")
        assert scanner.state is ScannerState.DISCONNECTED
        scanner.replug()
        scanner.push("after")
        assert [text_of(scanner.read(0)) for _ in range(3)] == ["before", "after", None]

    def test_a_push_wakes_a_waiting_read(self) -> None:
        scanner = ScriptedScanner()
        result: list[Scan | None] = []
        reader = threading.Thread(target=lambda: result.append(scanner.read(60)))
        reader.start()
        scanner.push("A1")
        reader.join(10)
        assert [text_of(scan) for scan in result] == ["A1"]
        scanner.close()
        assert scanner.read(5) is None
