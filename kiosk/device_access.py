"""Whether this account may open a device at all: a missing group looks like a missing cable otherwise.

For the commands a person types (`check`, `print`); the running kiosk has its groups from its unit.
"""

from __future__ import annotations

import os
from glob import glob

from kiosk.device_config import PrinterConfig, ScannerConfig


def refused_printer(config: PrinterConfig) -> str | None:
    """The sentence for a printer that is there but closed to this account; None where that is not what is wrong."""
    path = _refused(config.device) if config.driver in ("usb", "serial") else None
    return path and _say("máy in", path)


def refused_scanner(config: ScannerConfig) -> str | None:
    """The same for a serial scanner; the driver of USB keyboards says it itself."""
    path = _refused(config.device) if config.driver == "serial" else None
    return path and _say("máy quét", path)


def _say(device: str, path: str) -> str:
    return f"Tài khoản chạy quầy không có quyền mở {device} {path}: chạy lại sudo ./install.sh"


def _refused(pattern: str) -> str | None:
    """The first path that is there and may not be opened (EACCES, EPERM); None where one can be."""
    refused = None
    for path in sorted(glob(pattern)):
        try:
            os.close(os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)))
        except PermissionError:
            refused = refused or path
        except OSError:
            continue  # in use, asleep, gone: the driver's own words say it
        else:
            return None
    return refused
