"""Printing against the emulator, over TCP and over a pseudo terminal, with everything that fails.

Deadlines that must not run out are generous, those that must are short: nothing here depends on
how fast the machine is.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image, ImageChops
from sample_receipt import loan_receipt

from hardware.emulator.head import EmulatedHead, Fault
from hardware.emulator.server import NetworkPrinterEmulator, TerminalPrinterEmulator
from hardware.escpos_encoder import encode_job
from hardware.printer import Deadlines, Outcome, PrinterStatus, Reason
from hardware.receipt_layout import Paper, render_receipt
from hardware.stream_printer import StreamPrinter
from hardware.transport_network import network_printer
from hardware.transport_serial import serial_printer
from hardware.transport_usblp import usblp_printer

PATIENT = Deadlines(connect=10, status_answer=10, stall=20, total=60, confirm=20, paper_pause=0.05)
STALLS_SOON = replace(PATIENT, stall=1.0)


@pytest.fixture(scope="module")
def receipt() -> Image.Image:
    return render_receipt(loan_receipt(), Paper(384))


@pytest.fixture(scope="module")
def job(receipt: Image.Image) -> bytes:
    return encode_job(receipt)


@pytest.fixture
def emulator() -> Iterator[NetworkPrinterEmulator]:
    with NetworkPrinterEmulator(EmulatedHead(384)) as emulator:
        yield emulator


def printer_at(emulator: NetworkPrinterEmulator, deadlines: Deadlines = PATIENT) -> StreamPrinter:
    return network_printer(emulator.host, emulator.port, deadlines=deadlines)


def shows(ticket: Image.Image, picture: Image.Image) -> bool:
    """Whether the ticket carries the picture, dot for dot, from its top on."""
    same_size = ticket.crop((0, 0, *picture.size))
    return ImageChops.logical_xor(same_size, picture).getbbox() is None


def test_printed_means_confirmed_and_dot_for_dot(
    emulator: NetworkPrinterEmulator, receipt: Image.Image, job: bytes
) -> None:
    printer = printer_at(emulator)
    for count in (1, 2):
        result = printer.print_job(job)
        assert (result.outcome, result.confirmed) == (Outcome.PRINTED, True)
        tickets = emulator.head.wait_for_tickets(count, 60)
        assert len(tickets) == count
        assert shows(tickets[-1], receipt)
    assert emulator.head.decoder.unknown == []
    assert emulator.head.decoder.realtime_in_pixels == 0


def test_the_status_questions(emulator: NetworkPrinterEmulator) -> None:
    printer = printer_at(emulator)
    assert printer.status() is PrinterStatus.OK
    for fault, status in (
        (Fault.PAPER_LOW, PrinterStatus.PAPER_LOW),
        (Fault.PAPER_OUT, PrinterStatus.PAPER_OUT),
        (Fault.COVER_OPEN, PrinterStatus.COVER_OPEN),
    ):
        emulator.head.strike(fault)
        assert printer.status() is status
    for fault in Fault:
        emulator.head.clear(fault)
    assert printer.status() is PrinterStatus.OK


@pytest.mark.parametrize(
    ("fault", "reason"), [(Fault.PAPER_OUT, Reason.PAPER_OUT), (Fault.COVER_OPEN, Reason.COVER_OPEN)]
)
def test_not_fit_to_print_sends_nothing_and_prints_once_when_fit_again(
    emulator: NetworkPrinterEmulator, receipt: Image.Image, job: bytes, fault: Fault, reason: Reason
) -> None:
    printer = printer_at(emulator)
    emulator.head.strike(fault)
    result = printer.print_job(job)
    assert (result.outcome, result.reason, result.bytes_sent) == (Outcome.NOT_PRINTED, reason, 0)
    emulator.head.clear(fault)
    assert printer.print_job(job).outcome is Outcome.PRINTED
    tickets = emulator.head.wait_for_tickets(1, 60)
    assert len(tickets) == 1
    assert shows(tickets[0], receipt)


def test_low_paper_prints_and_is_told(emulator: NetworkPrinterEmulator, job: bytes) -> None:
    emulator.head.strike(Fault.PAPER_LOW)
    result = printer_at(emulator).print_job(job)
    assert result.outcome is Outcome.PRINTED
    assert result.paper_low


@pytest.mark.parametrize(
    ("fault", "reason"), [(Fault.PAPER_OUT, Reason.PAPER_OUT), (Fault.COVER_OPEN, Reason.COVER_OPEN)]
)
def test_fault_in_the_middle_is_partial_and_the_next_receipt_is_clean(
    emulator: NetworkPrinterEmulator, receipt: Image.Image, job: bytes, fault: Fault, reason: Reason
) -> None:
    printer = printer_at(emulator)
    emulator.head.strike_after_rows(300, fault)
    result = printer.print_job(job)
    assert (result.outcome, result.reason) == (Outcome.PARTIAL, reason)
    assert result.bytes_sent > 0
    emulator.head.clear(fault)
    assert printer.print_job(job).outcome is Outcome.PRINTED
    tickets = emulator.head.wait_for_tickets(2, 60)
    assert len(tickets) == 2, "the spoilt piece is cut off, the whole receipt follows"
    assert not shows(tickets[0], receipt)
    assert shows(tickets[1], receipt)


def test_a_hung_printer_stalls_the_job(emulator: NetworkPrinterEmulator, job: bytes) -> None:
    """python-escpos' own transport reports this as printed, in 0.01 s."""
    printer = printer_at(emulator, replace(STALLS_SOON, status_answer=1))
    emulator.head.strike_after_bytes(3000, Fault.HANG)
    result = printer.print_job(job)
    assert (result.outcome, result.reason) == (Outcome.PARTIAL, Reason.STALLED)
    # And while it hangs on, nothing more is sent to a printer that used to answer.
    again = printer.print_job(job)
    assert (again.outcome, again.reason, again.bytes_sent) == (Outcome.NOT_PRINTED, Reason.OFFLINE, 0)
    emulator.head.clear(Fault.HANG)


def test_hung_just_before_the_end_is_unknown(emulator: NetworkPrinterEmulator, job: bytes) -> None:
    questions, open_band, preamble = 9, 8 + 48 * 64, 5
    before_the_end = questions + open_band + preamble + len(job) - 500
    emulator.head.strike_after_bytes(before_the_end, Fault.HANG)
    result = printer_at(emulator, replace(PATIENT, confirm=0.3, buffered=0)).print_job(job)
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, Reason.NO_ANSWER)
    emulator.head.clear(Fault.HANG)


def test_a_stalled_piece_is_cut_off_once_the_head_moves_again(
    emulator: NetworkPrinterEmulator, receipt: Image.Image, job: bytes
) -> None:
    printer = printer_at(emulator, replace(STALLS_SOON, status_answer=0.3))
    assert printer.tidy(), "nothing was ever spoilt"
    emulator.head.strike_after_bytes(9_000, Fault.HANG)
    assert printer.print_job(job).outcome is Outcome.PARTIAL
    assert not printer.tidy() and not emulator.head.tickets, "it still hangs"
    emulator.head.clear(Fault.HANG)
    assert emulator.head.wait_until_idle(60) and not emulator.head.tickets, "half a receipt hangs in the head"
    printer = replace_deadlines(printer)
    assert printer.tidy() and len(emulator.head.wait_for_tickets(1, 60)) == 1
    assert printer.tidy() and printer.print_job(job).outcome is Outcome.PRINTED
    piece, whole = emulator.head.wait_for_tickets(2, 60)
    assert shows(whole, receipt) and 0 < piece.height < receipt.height
    assert emulator.head.decoder.unknown == []


def replace_deadlines(printer: StreamPrinter) -> StreamPrinter:
    """The same printer, from here on patient."""
    printer._deadlines = PATIENT
    return printer


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.DROP_LINE])
def test_connection_lost_in_the_middle(
    emulator: NetworkPrinterEmulator, receipt: Image.Image, job: bytes, fault: Fault
) -> None:
    printer = printer_at(emulator)
    emulator.head.strike_after_bytes(20_000, fault)
    result = printer.print_job(job)
    assert (result.outcome, result.reason) == (Outcome.PARTIAL, Reason.CONNECTION_LOST)
    assert printer.print_job(job).outcome is Outcome.PRINTED
    tickets = emulator.head.wait_for_tickets(2, 60)
    assert shows(tickets[-1], receipt), "what the head held back must not spoil the next receipt"


def test_a_head_left_inside_a_band_by_another_program_is_repaired(
    emulator: NetworkPrinterEmulator, receipt: Image.Image, job: bytes
) -> None:
    with socket.create_connection((emulator.host, emulator.port)) as killed:
        killed.sendall(job[:1000])
    assert printer_at(emulator).print_job(job).outcome is Outcome.PRINTED
    ticket = emulator.head.wait_for_tickets(1, 60)[-1]
    assert shows(ticket.crop((0, ticket.height - receipt.height, 384, ticket.height)), receipt)


def test_a_slow_printer_is_not_a_hung_one(job: bytes, receipt: Image.Image) -> None:
    head = EmulatedHead(384, bytes_per_second=400_000)
    with NetworkPrinterEmulator(head) as emulator:
        assert printer_at(emulator).print_job(job).outcome is Outcome.PRINTED
        assert shows(head.wait_for_tickets(1, 60)[0], receipt)


def test_a_slow_head_is_waited_for_as_long_as_its_bytes_need() -> None:
    """Much longer than `total` and `confirm` alone: it comes out whole and is confirmed."""
    slip = encode_job(render_receipt(loan_receipt(), Paper(384)).crop((0, 0, 384, 80)))
    with NetworkPrinterEmulator(EmulatedHead(384, bytes_per_second=1_500)) as emulator:
        printer = network_printer(emulator.host, emulator.port, deadlines=replace(Deadlines(), total=0.1, confirm=0.1))
        result = printer.print_job(slip)
        assert (result.outcome, result.confirmed) == (Outcome.PRINTED, True)
        assert len(emulator.head.wait_for_tickets(1, 60)) == 1


def test_too_slow_for_the_total_deadline(job: bytes) -> None:
    head = EmulatedHead(384, bytes_per_second=20_000)
    deadlines = Deadlines(connect=10, status_answer=10, stall=20, total=0.3, per_byte=0, confirm=1, buffered=0)
    with NetworkPrinterEmulator(head) as emulator:
        result = printer_at(emulator, deadlines).print_job(job)
        assert (result.outcome, result.reason) == (Outcome.PARTIAL, Reason.TOO_SLOW)


class TestMuteHead:
    def test_asked_but_silent_is_unknown(self, job: bytes) -> None:
        with NetworkPrinterEmulator(EmulatedHead(384, mute=True)) as emulator:
            printer = printer_at(emulator, replace(PATIENT, status_answer=0.2, confirm=0.2))
            assert printer.status() is PrinterStatus.UNKNOWN
            result = printer.print_job(job)
            assert (result.outcome, result.reason) == (Outcome.UNKNOWN, Reason.NO_ANSWER)

    def test_set_as_silent_it_prints_unconfirmed(self, job: bytes, receipt: Image.Image) -> None:
        with NetworkPrinterEmulator(EmulatedHead(384, mute=True)) as emulator:
            printer = network_printer(emulator.host, emulator.port, deadlines=PATIENT, asks_status=False)
            result = printer.print_job(job)
            assert (result.outcome, result.confirmed) == (Outcome.PRINTED, False)
            assert shows(emulator.head.wait_for_tickets(1, 60)[0], receipt)

    def test_set_as_silent_a_hang_is_still_noticed(self, job: bytes) -> None:
        with NetworkPrinterEmulator(EmulatedHead(384, mute=True)) as emulator:
            emulator.head.strike_after_bytes(3000, Fault.HANG)
            printer = network_printer(emulator.host, emulator.port, deadlines=STALLS_SOON, asks_status=False)
            assert printer.print_job(job).reason is Reason.STALLED


def test_nobody_listens(job: bytes) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        printer = network_printer("127.0.0.1", taken.getsockname()[1], deadlines=PATIENT)
        result = printer.print_job(job)
        assert (result.outcome, result.reason) == (Outcome.NOT_PRINTED, Reason.OFFLINE)
        assert printer.status() is PrinterStatus.OFFLINE


def test_an_empty_job_is_refused(emulator: NetworkPrinterEmulator) -> None:
    assert printer_at(emulator).print_job(b"").reason is Reason.BAD_JOB


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are POSIX")
@pytest.mark.parametrize("kind", ["usb", "serial"])
class TestDevices:
    @pytest.fixture
    def terminal(self) -> Iterator[TerminalPrinterEmulator]:
        with TerminalPrinterEmulator(EmulatedHead(384)) as terminal:
            yield terminal

    def printer(self, kind: str, path: str, deadlines: Deadlines = PATIENT) -> StreamPrinter:
        if kind == "usb":
            return usblp_printer(path, deadlines=deadlines)
        return serial_printer(path, flow_control="none", deadlines=deadlines)

    def test_prints_and_confirms(
        self, kind: str, terminal: TerminalPrinterEmulator, job: bytes, receipt: Image.Image
    ) -> None:
        printer = self.printer(kind, terminal.path)
        assert printer.status() is PrinterStatus.OK
        result = printer.print_job(job)
        assert (result.outcome, result.confirmed) == (Outcome.PRINTED, True)
        assert shows(terminal.head.wait_for_tickets(1, 60)[0], receipt)

    def test_paper_out_in_the_middle(
        self, kind: str, terminal: TerminalPrinterEmulator, job: bytes, receipt: Image.Image
    ) -> None:
        printer = self.printer(kind, terminal.path)
        terminal.head.strike_after_rows(300, Fault.PAPER_OUT)
        result = printer.print_job(job)
        assert (result.outcome, result.reason) == (Outcome.PARTIAL, Reason.PAPER_OUT)
        terminal.head.clear(Fault.PAPER_OUT)
        assert printer.print_job(job).outcome is Outcome.PRINTED
        assert shows(terminal.head.wait_for_tickets(2, 60)[-1], receipt)

    def test_hangs(self, kind: str, terminal: TerminalPrinterEmulator, job: bytes) -> None:
        terminal.head.strike_after_bytes(3000, Fault.HANG)
        result = self.printer(kind, terminal.path, STALLS_SOON).print_job(job)
        assert (result.outcome, result.reason) == (Outcome.PARTIAL, Reason.STALLED)

    def test_unplugged_in_the_middle(self, kind: str, job: bytes) -> None:
        terminal = TerminalPrinterEmulator(EmulatedHead(384))
        terminal.head.strike_after_bytes(20_000, Fault.RESET)
        result = self.printer(kind, terminal.path).print_job(job)
        assert (result.outcome, result.reason) == (Outcome.PARTIAL, Reason.CONNECTION_LOST)
        terminal.close()
        gone = self.printer(kind, terminal.path).print_job(job)
        assert (gone.outcome, gone.reason) == (Outcome.NOT_PRINTED, Reason.OFFLINE)


@pytest.mark.skipif(sys.platform == "win32", reason="device files are POSIX")
def test_usb_device_that_is_not_there_or_not_ours(tmp_path: os.PathLike[str], job: bytes) -> None:
    pattern = os.path.join(tmp_path, "lp*")
    assert usblp_printer(pattern).print_job(job).reason is Reason.OFFLINE
    for name in ("lp0", "lp1"):
        with open(os.path.join(tmp_path, name), "wb"):
            pass
    two = usblp_printer(pattern).print_job(job)
    assert two.reason is Reason.OFFLINE
    assert "2 printers" in two.detail
