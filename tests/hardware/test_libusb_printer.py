"""The libusb transport against a USB device made of the emulated head: one packet at a time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import ImageChops
from sample_receipt import loan_receipt

from hardware.emulator.head import EmulatedHead, Fault
from hardware.errors import HardwareError
from hardware.escpos_encoder import encode_job
from hardware.printer import Deadlines, Outcome, PrinterStatus, Reason
from hardware.receipt_layout import Paper, render_receipt
from hardware.transport_libusb import libusb_printer

PATIENT = Deadlines(connect=10, status_answer=10, stall=20, total=60, confirm=20, paper_pause=0.05)
RECEIPT = render_receipt(loan_receipt(), Paper(384))
JOB = encode_job(RECEIPT)


class UsbTimeout(OSError):
    pass


class FakePrinterDevice:
    """What pyusb shows of a printer: a device, its interfaces and endpoints."""

    idVendor, idProduct = 0x0416, 0x5011

    def __init__(self, *, two_way: bool = True, class_status: int | None = None) -> None:
        self.head = EmulatedHead(384)
        self.answers: queue.Queue[bytes] = queue.Queue()
        self.unplugged = threading.Event()
        self.status_byte = class_status
        self.driver_attached = True
        self.claimed = False
        self.head.connect(self.answers.put, self.unplugged.set)
        bulk_out = SimpleNamespace(bEndpointAddress=0x02, bmAttributes=2, wMaxPacketSize=64, write=self.write)
        bulk_in = SimpleNamespace(bEndpointAddress=0x81, bmAttributes=2, wMaxPacketSize=64, read=self.read)
        endpoints = [bulk_out, bulk_in] if two_way else [bulk_out]
        self.interface = Interface(7, endpoints)

    def __iter__(self) -> Iterator[list[Any]]:
        yield [Interface(3, []), self.interface]

    def write(self, data: bytes, timeout: int) -> int:
        assert self.claimed and not self.driver_attached
        assert len(data) <= 64, "more than a packet could be taken in part"
        if self.unplugged.is_set():
            raise OSError(19, "No such device")
        if self.head.wait_for_room(timeout / 1000) < len(data):
            raise UsbTimeout(110, "Operation timed out")
        self.head.receive(bytes(data))
        return len(data)

    def read(self, size: int, timeout: int) -> bytes:
        if self.unplugged.is_set():
            raise OSError(19, "No such device")
        try:
            return self.answers.get(timeout=timeout / 1000)
        except queue.Empty:
            raise UsbTimeout(110, "Operation timed out") from None

    def ctrl_transfer(self, kind: int, request: int, value: int, index: int, length: int) -> bytes:
        if self.status_byte is None:
            raise OSError(32, "Pipe error")
        return bytes([self.status_byte])

    def is_kernel_driver_active(self, number: int) -> bool:
        return self.driver_attached

    def detach_kernel_driver(self, number: int) -> None:
        self.driver_attached = False

    def attach_kernel_driver(self, number: int) -> None:
        self.driver_attached = True


class Interface(list[Any]):
    def __init__(self, kind: int, endpoints: list[Any]) -> None:
        super().__init__(endpoints)
        self.bInterfaceClass, self.bInterfaceNumber, self.bAlternateSetting = kind, 1, 0


def bus(*devices: FakePrinterDevice) -> Any:
    def claim(device: FakePrinterDevice, number: int) -> None:
        device.claimed = True

    def release(device: FakePrinterDevice, number: int) -> None:
        device.claimed = False

    return SimpleNamespace(
        core=SimpleNamespace(find=lambda find_all: iter(devices), USBTimeoutError=UsbTimeout),
        util=SimpleNamespace(claim_interface=claim, release_interface=release, dispose_resources=lambda device: None),
    )


@pytest.fixture
def device() -> Iterator[FakePrinterDevice]:
    device = FakePrinterDevice()
    yield device
    device.head.stop()


def test_prints_confirmed_and_gives_the_kernel_driver_back(device: FakePrinterDevice) -> None:
    printer = libusb_printer("0416:5011", deadlines=PATIENT, usb=bus(device))
    assert printer.status() is PrinterStatus.OK
    result = printer.print_job(JOB)
    assert (result.outcome, result.confirmed) == (Outcome.PRINTED, True)
    ticket = device.head.wait_for_tickets(1, 60)[0]
    assert ImageChops.logical_xor(ticket.crop((0, 0, *RECEIPT.size)), RECEIPT).getbbox() is None
    assert device.driver_attached
    assert not device.claimed


def test_paper_out_in_the_middle(device: FakePrinterDevice) -> None:
    device.head.strike_after_rows(200, Fault.PAPER_OUT)
    result = libusb_printer(deadlines=PATIENT, usb=bus(device)).print_job(JOB)
    assert (result.outcome, result.reason) == (Outcome.PARTIAL, Reason.PAPER_OUT)


def test_hangs(device: FakePrinterDevice) -> None:
    device.head.strike_after_bytes(5000, Fault.HANG)
    printer = libusb_printer(deadlines=replace(PATIENT, stall=0.3), usb=bus(device))
    assert printer.print_job(JOB).reason is Reason.STALLED


def test_unplugged_in_the_middle(device: FakePrinterDevice) -> None:
    device.head.strike_after_bytes(20_000, Fault.RESET)
    result = libusb_printer(deadlines=PATIENT, usb=bus(device)).print_job(JOB)
    assert (result.outcome, result.reason) == (Outcome.PARTIAL, Reason.CONNECTION_LOST)


def test_a_one_way_head_tells_paper_out_by_the_usb_class_alone() -> None:
    device = FakePrinterDevice(two_way=False, class_status=0x18)
    printer = libusb_printer(deadlines=PATIENT, asks_status=False, usb=bus(device))
    result = printer.print_job(JOB)
    assert (result.outcome, result.confirmed) == (Outcome.PRINTED, False)
    device.status_byte = 0x30
    assert printer.status() is PrinterStatus.PAPER_OUT
    assert printer.print_job(JOB).reason is Reason.PAPER_OUT
    device.head.stop()


def test_a_head_that_only_knows_the_usb_class_is_not_taken_for_one_that_answers(device: FakePrinterDevice) -> None:
    device.status_byte, device.head.mute = 0x18, True
    deadlines = replace(PATIENT, status_answer=0.1, confirm=0.1)
    printer = libusb_printer(deadlines=deadlines, usb=bus(device))
    assert printer.status() is PrinterStatus.OK
    result = printer.print_job(JOB)
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, Reason.NO_ANSWER)


def test_none_or_two_printers_are_not_guessed_at(device: FakePrinterDevice) -> None:
    second = FakePrinterDevice()
    for devices in ((), (device, second)):
        result = libusb_printer(deadlines=PATIENT, usb=bus(*devices)).print_job(JOB)
        assert (result.outcome, result.reason) == (Outcome.NOT_PRINTED, Reason.OFFLINE)
    second.head.stop()


def test_a_malformed_device_number_is_refused() -> None:
    with pytest.raises(HardwareError, match="0416:5011"):
        libusb_printer("lp0", usb=bus())
