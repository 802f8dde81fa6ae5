"""`python -m hardware.emulator` as a person runs it, and the emulator's own answers."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from sample_receipt import loan_receipt

from hardware.emulator.head import EmulatedHead, Fault
from hardware.emulator.server import NetworkPrinterEmulator
from hardware.escpos_encoder import encode_job
from hardware.printer import Deadlines, Outcome, Reason
from hardware.receipt_layout import Paper, render_receipt
from hardware.transport_network import network_printer
from hardware.transport_serial import serial_printer

ROOT = Path(__file__).resolve().parents[2]
PATIENT = Deadlines(connect=10, status_answer=10, stall=20, total=60, confirm=20, paper_pause=0.05)


def test_prints_png_files_and_obeys_typed_faults(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hardware.emulator", "--port", "0", "--out", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as program:
        assert program.stdin is not None and program.stdout is not None
        found = re.search(r"127\.0\.0\.1:(\d+)", program.stdout.readline())
        assert found is not None
        program.stdout.readline()
        printer = network_printer("127.0.0.1", int(found.group(1)), deadlines=PATIENT)
        job = encode_job(render_receipt(loan_receipt(), Paper(384)))
        assert printer.print_job(job).outcome is Outcome.PRINTED
        assert "receipt-" in program.stdout.readline()
        program.stdin.write("nonsense\nout\n")
        program.stdin.flush()
        assert "nonsense" in program.stdout.readline()
        assert "out" in program.stdout.readline()
        assert printer.print_job(job).reason is Reason.PAPER_OUT
        program.stdin.write("slow\nslow 400\nslow x\nfast\n")
        program.stdin.flush()
        said = [program.stdout.readline() for _ in range(4)]
        assert [line.startswith("Đã làm") for line in said] == [True, True, False, True], said
        program.stdin.write("load\nquit\n")
        program.stdin.flush()
        assert program.wait(30) == 0
    tickets = list(tmp_path.glob("*.png"))
    assert len(tickets) == 1
    with Image.open(tickets[0]) as ticket:
        assert ticket.width == 384


def test_a_taken_port_is_said_plainly() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "hardware.emulator", "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 3
    assert port in done.stderr
    assert "--port" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are POSIX")
def test_a_pseudo_terminal_instead_of_a_port(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hardware.emulator", "--pty", "--width", "576", "--out", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as program:
        assert program.stdout is not None
        found = re.search(r"/dev/\S+\d", program.stdout.readline())
        assert found is not None
        job = encode_job(render_receipt(loan_receipt(), Paper(576)))
        printer = serial_printer(found.group(), flow_control="none", deadlines=PATIENT)
        assert printer.print_job(job).outcome is Outcome.PRINTED
        program.communicate("quit\n", timeout=30)
    assert len(list(tmp_path.glob("*.png"))) == 1


def ask(connection: socket.socket, question: bytes, size: int) -> bytes:
    connection.sendall(question)
    answer = b""
    while len(answer) < size:
        piece = connection.recv(size - len(answer))
        assert piece
        answer += piece
    return answer


def test_the_emulator_answers_as_the_manuals_say() -> None:
    head = EmulatedHead(384)
    with NetworkPrinterEmulator(head) as emulator:
        with socket.create_connection((emulator.host, emulator.port), timeout=30) as connection:
            assert ask(connection, b"\x10\x04\x01", 1) == b"\x12"
            assert ask(connection, b"\x1dr\x01", 1) == b"\x00"
            assert ask(connection, b"\x1da\x0e", 4) == b"\x10\x00\x00\x00"
            head.strike(Fault.PAPER_OUT)  # pushed, not asked for
            assert ask(connection, b"", 4) == b"\x18\x00\x0f\x00"
            assert ask(connection, b"\x10\x04\x04", 1) == b"\x7e"
            head.clear(Fault.PAPER_OUT)
            assert ask(connection, b"", 4) == b"\x10\x00\x00\x00"
            head.strike(Fault.COVER_OPEN)
            assert ask(connection, b"", 4) == b"\x38\x00\x00\x00"
            assert ask(connection, b"\x10\x04\x02", 1) == b"\x16"
            head.clear(Fault.COVER_OPEN)
            assert ask(connection, b"", 4) == b"\x10\x00\x00\x00"
            # ESC @ switches the pushing off; a question cut in two is still a question.
            assert ask(connection, b"\x1b@\x1dI\x01", 1) == b"\x02"
            head.strike(Fault.PAPER_LOW)
            connection.sendall(b"\x10")
            assert ask(connection, b"\x04\x04", 1) == b"\x1e"


def test_hardware_imports_without_evdev_and_without_escpos() -> None:
    """The simulated kiosk has no evdev, and a kiosk with a screen only needs no encoder."""
    code = """
import importlib, pathlib, sys
for name in ("evdev", "escpos", "serial", "usb", "flask", "peewee", "whoosh", "pymarc"):
    sys.modules[name] = None
for path in sorted(pathlib.Path("hardware").rglob("*.py")):
    if path.name != "__main__.py":
        importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
from hardware.errors import HardwareError
from hardware.evdev_scanner import EvdevScanner
from hardware.serial_scanner import SerialScanner
for scanner, code in ((EvdevScanner(), "evdev_missing"), (SerialScanner("/dev/null"), "pyserial_missing")):
    try:
        scanner.read(0)
    except HardwareError as error:
        assert error.code == code, error.code
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "evdev" in done.stdout and "pyserial" in done.stdout
