"""A printer that prints PNG files, through the very bytes a real head would get.

Here: `PngPrinter` (setting `driver = "png"`). What it draws is what the emulator's decoder reads
from the job, so a wrong byte shows. Next: `emulator/decoder.py`, `ticket_files.py`.
"""

from __future__ import annotations

import os

from PIL import Image

from hardware.emulator.decoder import Decoder
from hardware.printer import Outcome, PrinterStatus, PrintResult, Reason
from hardware.ticket_files import TicketFolder


class PngPrinter:
    """Each ticket becomes one file in `folder` (see `TicketFolder`)."""

    def __init__(self, folder: str | os.PathLike[str], width_dots: int = 384, *, keep: int = 500) -> None:
        self._folder = folder
        self._width_dots = width_dots
        self._files = TicketFolder(folder, keep=keep)

    @property
    def description(self) -> str:
        return f"png: {os.fspath(self._folder)}"

    def status(self) -> PrinterStatus:
        return PrinterStatus.OK

    def print_job(self, job: bytes) -> PrintResult:
        """See `Printer.print_job`. BAD_JOB where the bytes put nothing on paper."""
        tickets: list[Image.Image] = []
        decoder = Decoder(self._width_dots, on_ticket=tickets.append)
        decoder.feed(job)
        decoder.tear_off()
        if not tickets:
            return PrintResult(Outcome.NOT_PRINTED, Reason.BAD_JOB, bytes_sent=len(job))
        saved = 0
        try:
            for ticket in tickets:
                self._files.save(ticket)
                saved += 1
        except OSError as error:
            outcome = Outcome.PARTIAL if saved else Outcome.NOT_PRINTED
            return PrintResult(outcome, Reason.DISK_ERROR, bytes_sent=len(job), detail=str(error))
        return PrintResult(Outcome.PRINTED, confirmed=True, bytes_sent=len(job))

    def close(self) -> None:
        """Nothing is held open."""
