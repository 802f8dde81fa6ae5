"""A printer that is a file: raw jobs for a print spooler, a shared queue, or to look at later.

Here: `FilePrinter`. A directory gets one `.bin` file a job, whole or not at all; any other path is
appended to. For a device that can answer or stall (/dev/usb/lp0, /dev/ttyUSB0) use the USB or
serial printer instead: this one believes whatever the operating system accepts.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from hardware.printer import Outcome, PrinterStatus, PrintResult, Reason


class FilePrinter:
    """`path`: a directory (or a name ending in a slash) or a file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        text = os.fspath(path)
        self._path = Path(text)
        self._is_directory = text.endswith(("/", os.sep)) or self._path.is_dir()
        self._number = 0

    @property
    def description(self) -> str:
        return f"file: {self._path}"

    def status(self) -> PrinterStatus:
        folder = self._path if self._is_directory else self._path.parent
        return PrinterStatus.OK if folder.exists() or self._is_directory else PrinterStatus.OFFLINE

    def print_job(self, job: bytes) -> PrintResult:
        """See `Printer.print_job`. Unconfirmed: a file cannot say that paper came out."""
        if not job:
            return PrintResult(Outcome.NOT_PRINTED, Reason.BAD_JOB)
        try:
            return self._write_new_file(job) if self._is_directory else self._append(job)
        except PermissionError as error:
            return PrintResult(Outcome.NOT_PRINTED, Reason.NO_ACCESS, detail=str(error))
        except OSError as error:
            return PrintResult(Outcome.NOT_PRINTED, Reason.DISK_ERROR, detail=str(error))

    def close(self) -> None:
        """Nothing is held open."""

    def _write_new_file(self, job: bytes) -> PrintResult:
        self._path.mkdir(parents=True, exist_ok=True)
        self._number += 1
        moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        path = self._path / f"job-{moment}-{self._number:04d}.bin"
        unfinished = path.with_suffix(".part")
        try:
            with open(unfinished, "wb") as stream:
                stream.write(job)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(unfinished, path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        return PrintResult(Outcome.PRINTED, bytes_sent=len(job))

    def _append(self, job: bytes) -> PrintResult:
        with open(self._path, "ab", buffering=0) as stream:
            sent = 0
            try:
                while sent < len(job):
                    sent += stream.write(job[sent:]) or 0
            except OSError as error:
                outcome = Outcome.PARTIAL if sent else Outcome.NOT_PRINTED
                return PrintResult(outcome, Reason.DISK_ERROR, bytes_sent=sent, detail=str(error))
        return PrintResult(Outcome.PRINTED, bytes_sent=sent)
