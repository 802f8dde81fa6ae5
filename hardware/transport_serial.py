"""Printers on a serial port (RS-232 or a USB adapter), opened through pyserial.

A serial line is slow: a 44-kB receipt takes 46 s at 9,600 baud and 4 s at 115,200, so the total
deadline grows with the job. Next: `stream_printer.py`.
"""

from __future__ import annotations

import os
from typing import Literal

from hardware.errors import HardwareError
from hardware.link import DescriptorLink
from hardware.printer import Deadlines
from hardware.stream_printer import StreamPrinter

FlowControl = Literal["none", "rtscts", "dsrdtr", "xonxoff"]
_BITS_PER_BYTE = 10  # start, eight data, stop
_ROOM = 1.5


def serial_printer(
    device: str,
    *,
    baud: int = 115200,
    flow_control: FlowControl = "rtscts",
    deadlines: Deadlines | None = None,
    asks_status: bool = True,
) -> StreamPrinter:
    """The printer at serial port `device` (POSIX). Raises HardwareError where pyserial is missing.

    `xonxoff` must not be used for pictures by heads that do not escape 11/13; it is offered for
    those that have nothing else.
    """
    try:
        import serial
    except ImportError as error:
        raise HardwareError(
            "pyserial_missing",
            "Chưa cài thư viện pyserial để in qua cổng nối tiếp. Hãy chạy lại bộ cài đặt quầy.",
        ) from error

    def open_link(timeout: float) -> DescriptorLink:
        port = serial.Serial(
            device,
            baud,
            timeout=0,
            exclusive=True,
            rtscts=flow_control == "rtscts",
            dsrdtr=flow_control == "dsrdtr",
            xonxoff=flow_control == "xonxoff",
        )
        try:
            # pyserial sets the line up; writing is ours, as its own write hides how much was taken.
            descriptor = os.dup(port.fileno())
            os.set_blocking(descriptor, False)
        finally:
            port.close()
        return DescriptorLink(descriptor)

    per_byte = _BITS_PER_BYTE / baud * _ROOM
    return StreamPrinter(
        device, open_link, deadlines=deadlines, asks_status=asks_status, line_seconds_per_byte=per_byte
    )
