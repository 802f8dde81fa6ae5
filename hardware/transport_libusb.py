"""USB printers through libusb, for systems whose kernel has no usblp driver. Needs pyusb.

Second choice after `transport_usblp.py`: the kernel driver has to be detached and is given back
after each job. Next: `stream_printer.py`.

One USB packet is sent at a time. A longer transfer that times out half-way would not say how much
was taken, and a byte sent twice turns the rest of a receipt into garbage.
"""

from __future__ import annotations

import errno
import re
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from hardware.errors import HardwareError
from hardware.link import Link
from hardware.printer import Deadlines
from hardware.stream_printer import StreamPrinter

_PRINTER_CLASS = 7
_IN, _BULK = 0x80, 0x02
_GET_PORT_STATUS = 1  # USB printer class request; the byte is that of LPGETSTATUS
_FROM_INTERFACE = 0xA1  # device to host, class, interface
_PACKET_TIMEOUT_MS = 200
_SHORT_MS, _LONG_MS = 2, 100
_LISTEN_EVERY = 0.05  # seconds
_GONE = frozenset({errno.ENODEV, errno.EIO, errno.EPIPE, errno.ENOENT})


def libusb_printer(
    device: str = "auto", *, deadlines: Deadlines | None = None, asks_status: bool = True, usb: Any = None
) -> StreamPrinter:
    """The one printer-class USB device, or the one with the given "VID:PID" in hexadecimal.

    Raises HardwareError where pyusb is missing or `device` is malformed. `usb` is the pyusb
    package, for tests.
    """
    if device != "auto" and not re.fullmatch(r"[0-9a-fA-F]{4}:[0-9a-fA-F]{4}", device):
        raise HardwareError(
            "bad_usb_device",
            f'Không hiểu mã thiết bị USB "{device}". Hãy ghi "auto" hoặc VID:PID, ví dụ "0416:5011" (xem lsusb).',
            device=device,
        )
    backend = usb if usb is not None else _import_usb()
    numbers = None if device == "auto" else (int(device[:4], 16), int(device[5:], 16))

    def open_link(timeout: float) -> Link:
        return _open(backend, numbers)

    return StreamPrinter(f"libusb {device}", open_link, deadlines=deadlines, asks_status=asks_status)


def _import_usb() -> Any:
    try:
        import usb.core
        import usb.util
    except ImportError as error:
        raise HardwareError(
            "pyusb_missing",
            "Chưa cài thư viện pyusb để in qua libusb. Hãy dùng /dev/usb/lp0, hoặc cài pyusb rồi thử lại.",
        ) from error
    return usb


def _open(usb: Any, numbers: tuple[int, int] | None) -> Link:
    try:
        devices = list(usb.core.find(find_all=True))
    except ValueError as error:  # NoBackendError: libusb itself is not installed
        raise OSError(errno.ENOSYS, str(error)) from error
    found = [
        (device, interface)
        for device in devices
        if numbers is None or (device.idVendor, device.idProduct) == numbers
        for interface in _printer_interfaces(device)
    ]
    if len(found) != 1:
        raise OSError(errno.ENODEV, f"{len(found)} USB printers fit")
    device, interface = found[0]
    number = interface.bInterfaceNumber
    detached = False
    try:
        # No reset and no set_configuration: both upset heads that are already set up.
        if device.is_kernel_driver_active(number):
            device.detach_kernel_driver(number)
            detached = True
    except NotImplementedError:
        detached = False  # a system without kernel drivers to detach (Windows, macOS)
    try:
        usb.util.claim_interface(device, number)
        return _UsbLink(usb, device, interface, detached)
    except OSError:
        if detached:
            with suppress(OSError):
                device.attach_kernel_driver(number)
        raise


def _printer_interfaces(device: Any) -> Iterable[Any]:
    for configuration in device:
        for interface in configuration:
            if interface.bInterfaceClass == _PRINTER_CLASS and interface.bAlternateSetting == 0:
                yield interface


class _UsbLink:
    """One claimed printer interface with its bulk endpoints (the first out is often not 0x01)."""

    def __init__(self, usb: Any, device: Any, interface: Any, reattach: bool) -> None:
        bulk = [endpoint for endpoint in interface if endpoint.bmAttributes & 0x03 == _BULK]
        outs = [endpoint for endpoint in bulk if not endpoint.bEndpointAddress & _IN]
        ins = [endpoint for endpoint in bulk if endpoint.bEndpointAddress & _IN]
        if not outs:
            raise OSError(errno.ENODEV, "a printer interface without a bulk out endpoint")
        self._usb, self._device, self._reattach = usb, device, reattach
        self._number = interface.bInterfaceNumber
        self._out, self._in = outs[0], ins[0] if ins else None
        self._heard = b""
        self._listened_at = 0.0
        self._never = threading.Event()

    def wait(self, *, write: bool, timeout: float) -> tuple[bool, bool]:
        now = time.monotonic()
        if write:
            # Listening costs a USB frame or more: often enough to hear "paper out", not at each packet.
            if self._in is not None and not self._heard and now - self._listened_at >= _LISTEN_EVERY:
                self._listen(_SHORT_MS)
            return bool(self._heard), True
        until = now + max(0.0, timeout)
        while not self._heard:
            self._listen(max(_SHORT_MS, min(_LONG_MS, int(1000 * (until - time.monotonic())))))
            if time.monotonic() >= until:
                break
        return bool(self._heard), False

    def _listen(self, milliseconds: int) -> None:
        if self._in is None:
            self._never.wait(milliseconds / 1000)  # a one-way head says nothing, ever
            return
        with suppress(self._usb.core.USBTimeoutError):
            self._heard = bytes(self._in.read(self._in.wMaxPacketSize, milliseconds))
        self._listened_at = time.monotonic()

    def send(self, data: bytes) -> int:
        try:
            return int(self._out.write(data[: self._out.wMaxPacketSize], _PACKET_TIMEOUT_MS))
        except self._usb.core.USBTimeoutError:
            return 0

    def receive(self) -> bytes:
        heard, self._heard = self._heard, b""
        return heard

    def is_drained(self) -> bool:
        return True  # a packet counts as sent only when the device took it

    def class_status(self) -> int | None:
        try:
            answer = self._device.ctrl_transfer(_FROM_INTERFACE, _GET_PORT_STATUS, 0, self._number, 1)
        except OSError as error:
            if error.errno in _GONE - {errno.EPIPE}:
                raise
            return None  # a stall: a head without this request
        return int(answer[0]) if len(answer) else None

    def close(self) -> None:
        with suppress(OSError):
            self._usb.util.release_interface(self._device, self._number)
        if self._reattach:
            # Otherwise /dev/usb/lp0 stays away until the next replug.
            with suppress(OSError):
                self._device.attach_kernel_driver(self._number)
        with suppress(OSError):
            self._usb.util.dispose_resources(self._device)
