"""USB printers through the kernel's usblp driver: /dev/usb/lp*. Next: `stream_printer.py`.

Preferred over libusb: nothing to detach, unplugging gives a clean error, and the driver passes on
the USB class' own paper sensor, which also works for heads that answer no ESC/POS question.
"""

from __future__ import annotations

import errno
import os
from glob import glob

from hardware.link import DescriptorLink
from hardware.printer import Deadlines
from hardware.stream_printer import StreamPrinter


def usblp_printer(
    device: str = "/dev/usb/lp*", *, deadlines: Deadlines | None = None, asks_status: bool = True
) -> StreamPrinter:
    """The printer at `device`, a path or a pattern (the number changes with every replug)."""

    def open_link(timeout: float) -> DescriptorLink:
        paths = sorted(glob(device))
        if not paths:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), device)
        if len(paths) > 1:
            # Which of them is the receipt printer is not for us to guess.
            raise OSError(f"{len(paths)} printers fit {device}: {', '.join(paths)}")
        flags = os.O_RDWR | os.O_NONBLOCK | getattr(os, "O_NOCTTY", 0)
        return DescriptorLink(os.open(paths[0], flags), usb_class=True)

    return StreamPrinter(device, open_link, deadlines=deadlines, asks_status=asks_status)
