"""Settings -> scanner and printer. The one place of the kiosk that knows which drivers exist.

Imported by the workers only: drivers drag in drawing and device libraries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.device_config import PrinterConfig, ScannerConfig

if TYPE_CHECKING:
    import os

    from hardware.printer import Printer
    from hardware.scan import Scanner


def open_scanner(config: ScannerConfig) -> Scanner:
    """Raises HardwareError for what a person has to put right."""
    if config.driver == "evdev":
        from hardware.evdev_scanner import EvdevScanner

        return EvdevScanner(config.device)
    if config.driver == "serial":
        from hardware.serial_scanner import SerialScanner

        return SerialScanner(config.device, baud=config.baud)
    if config.driver == "stdin":
        from hardware.stdin_scanner import StdinScanner

        return StdinScanner()
    from hardware.scripted_scanner import ScriptedScanner

    return ScriptedScanner("web")


def open_printer(config: PrinterConfig, receipts_dir: str | os.PathLike[str]) -> Printer:
    """Nothing is connected before the first job. Raises HardwareError for a missing driver package."""
    asks = config.status == "auto"
    if config.driver == "usb":
        from hardware.transport_usblp import usblp_printer

        return usblp_printer(config.device, asks_status=asks)
    if config.driver == "network":
        from hardware.transport_network import network_printer

        return network_printer(config.host, config.port, asks_status=asks)
    if config.driver == "serial":
        from hardware.transport_serial import serial_printer

        return serial_printer(config.device, baud=config.baud, asks_status=asks)
    if config.driver == "file":
        from hardware.transport_file import FilePrinter

        return FilePrinter(config.device)
    if config.driver == "png":
        from hardware.png_printer import PngPrinter

        return PngPrinter(receipts_dir, config.width_dots)
    from hardware.null_printer import NullPrinter

    return NullPrinter()
