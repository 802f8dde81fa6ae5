"""No printer: a kiosk that only has a screen (setting `driver = "none"`)."""

from __future__ import annotations

from hardware.printer import Outcome, PrinterStatus, PrintResult, Reason


class NullPrinter:
    """Says plainly of every job that nothing was printed."""

    description = "none"

    def status(self) -> PrinterStatus:
        return PrinterStatus.UNKNOWN

    def print_job(self, job: bytes) -> PrintResult:
        """See `Printer.print_job`."""
        return PrintResult(Outcome.NOT_PRINTED, Reason.NO_PRINTER)

    def close(self) -> None:
        """Nothing to close."""
