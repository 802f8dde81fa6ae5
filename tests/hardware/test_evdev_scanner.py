"""The evdev scanner over a socket pair that carries real `struct input_event` records.

Where evdev is installed the records are read by evdev's own C code (`EventIO`); elsewhere by a
few lines of Python, so that the select loop, replug and teaching are tested everywhere.
"""

from __future__ import annotations

import errno
import importlib.util
import socket
import struct
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from scanner_typing import Typist
from waiting_reads import read_while_closed

from hardware.evdev_scanner import EvdevScanner, teach_scanner
from hardware.keyboard_decoder import KeyEvent
from hardware.scan import Scan, ScannerState, ScanProblem
from hardware.scanner_choice import InputDeviceFacts

RECORD = struct.Struct("llHHi")
HAVE_EVDEV = importlib.util.find_spec("evdev") is not None


class FakeDevice:
    """One plugged-in device: the test types at one end, the scanner reads the other."""

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self.keyboard, self.wire = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.wire.setblocking(False)
        self.gone = False
        self.closed = False
        self.name = "Fake scanner"
        self.typist = Typist()

    def fileno(self) -> int:
        return self.wire.fileno()

    def read(self) -> Iterable[KeyEvent]:
        if self.gone:
            raise OSError(errno.ENODEV, "No such device")
        return [KeyEvent(type_, code, value, sec + usec / 1e6) for sec, usec, type_, code, value in self._records()]

    def _records(self) -> list[tuple[int, int, int, int, int]]:
        if self.reader == "evdev":
            from evdev.eventio import EventIO

            device: Any = EventIO()
            device.fd = self.wire.fileno()
            return [(e.sec, e.usec, e.type, e.code, e.value) for e in device.read()]
        data = self.wire.recv(64 * RECORD.size)
        return [RECORD.unpack_from(data, at) for at in range(0, len(data), RECORD.size)]

    def type(self, events: Iterable[KeyEvent]) -> None:
        packed = [RECORD.pack(int(e.at), int(e.at % 1 * 1e6), e.type, e.code, e.value) for e in events]
        for first in range(0, len(packed), 32):
            self.keyboard.send(b"".join(packed[first : first + 32]))

    def pull(self) -> None:
        self.gone = True
        self.keyboard.send(b"\0" * RECORD.size)  # wakes the reader, which then finds it gone

    def close(self) -> None:
        self.closed = True
        self.wire.close()
        self.keyboard.close()


@pytest.fixture(
    params=[
        "python",
        pytest.param("evdev", marks=pytest.mark.skipif(not HAVE_EVDEV, reason="evdev is not installed")),
    ]
)
def device(request: pytest.FixtureRequest) -> Iterator[FakeDevice]:
    fake = FakeDevice(request.param)
    yield fake
    fake.close()


def scanner_over(*devices: FakeDevice | None) -> EvdevScanner:
    waiting = list(devices)
    return EvdevScanner(gap=0.03, retry=0.001, open_source=lambda: waiting.pop(0) if waiting else None)


def text_of(scan: Scan | None) -> str | ScanProblem | None:
    return None if scan is None else scan.problem or scan.text


def test_types_a_code_and_it_arrives_with_its_kernel_time(device: FakeDevice) -> None:
    scanner = scanner_over(device)
    device.type(device.typist.line("HS-2024/0153"))
    scan = scanner.read(5)
    assert text_of(scan) == "HS-2024/0153"
    assert scan is not None
    assert scan.at_monotonic == pytest.approx(device.typist.at, abs=0.01)
    assert scanner.state is ScannerState.CONNECTED
    assert scanner.description == "Fake scanner"
    scanner.close()
    assert device.closed


def test_many_codes_waiting_in_the_kernel_all_arrive(device: FakeDevice) -> None:
    scanner = scanner_over(device)
    codes = [f"893508681{n:04d}" for n in range(20)]
    for code in codes:
        device.type(device.typist.line(code))
    assert [text_of(scanner.read(5)) for _ in codes] == codes
    assert scanner.read(0) is None
    scanner.close()


def test_silence_in_the_middle_is_partial(device: FakeDevice) -> None:
    scanner = scanner_over(device)
    device.type(device.typist.text("8935"))
    assert text_of(scanner.read(5)) is ScanProblem.PARTIAL
    device.typist.wait(1)
    device.type(device.typist.line("8935086858123"))
    assert text_of(scanner.read(5)) == "8935086858123"
    scanner.close()


def test_unplugged_in_the_middle_then_found_again(device: FakeDevice) -> None:
    again = FakeDevice(device.reader)
    scanner = scanner_over(device, None, None, again)
    device.type(device.typist.text("8935"))
    assert scanner.read(0) is None
    device.pull()
    assert text_of(scanner.read(5)) is ScanProblem.UNPLUGGED
    assert device.closed
    again.type(again.typist.line("GK6-000123"))
    assert text_of(scanner.read(5)) == "GK6-000123"
    assert scanner.state is ScannerState.CONNECTED
    scanner.close()


def test_no_device_is_waited_for_not_an_error() -> None:
    scanner = scanner_over()
    assert scanner.read(0.01) is None
    assert scanner.state is ScannerState.DISCONNECTED
    scanner.close()
    assert scanner.state is ScannerState.CLOSED
    assert scanner.read(5) is None


def test_end_of_file_counts_as_unplugged_and_does_not_spin(device: FakeDevice) -> None:
    if device.reader == "evdev":
        pytest.skip("evdev reads an ended socket as uninitialised events: only fakes can end")
    scanner = scanner_over(device)
    device.keyboard.close()
    assert scanner.read(0.01) is None
    assert scanner.state is ScannerState.DISCONNECTED
    scanner.close()


def test_close_from_another_thread_wakes_a_waiting_read(device: FakeDevice) -> None:
    scanner = scanner_over(device)
    device.type(device.typist.line("1"))
    assert text_of(scanner.read(5)) == "1"
    assert read_while_closed(scanner) is None
    assert device.closed


def test_teaching_finds_the_device_that_types_the_code(device: FakeDevice) -> None:
    other = FakeDevice(device.reader)
    facts = [InputDeviceFacts(f"/dev/input/event{n}", f"keyboard {n}", 1, n) for n in (1, 2)]
    other.type(other.typist.line("hello"))
    other.type(other.typist.text("KESACH-"))
    device.type(device.typist.line("KESACH-MAY-QUET"))
    found = teach_scanner("KESACH-MAY-QUET", 5, sources=list(zip(facts, (other, device), strict=True)))
    assert found == facts[1]
    assert device.closed and other.closed


def test_teaching_gives_up_when_nothing_types_the_code(device: FakeDevice) -> None:
    facts = InputDeviceFacts("/dev/input/event1", "keyboard", 1, 1)
    device.type(device.typist.line("hello"))
    assert teach_scanner("KESACH-MAY-QUET", 0.05, sources=[(facts, device)]) is None
    assert device.closed
