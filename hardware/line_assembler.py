"""Bytes in, scans out: what serial scanners and `stdin` have in common.

Here: `LineAssembler`, pure. A scan is a line; the terminators are the caller's choice. Not here:
ports and streams (`serial_scanner.py`, `stdin_scanner.py`).
"""

from __future__ import annotations

from hardware.scan import MAX_CHARACTERS, Scan, ScanProblem

_MAX_BYTES = MAX_CHARACTERS * 4  # UTF-8 needs at most four bytes a character


class LineAssembler:
    """Collects bytes until a terminator. Memory stays bounded whatever arrives.

    `gap`: seconds of silence after which the rest of a line will not come; None = no limit
    (a person typing at a terminal). Control bytes inside a line are not text and are left out,
    as the GS separators of GS1 codes are.
    """

    def __init__(self, source: str, terminators: bytes = b"\r\n\t", gap: float | None = 0.150) -> None:
        self._source = source
        self._terminators = frozenset(terminators)
        self._gap = gap
        self._start_line()

    def _start_line(self) -> None:
        self._bytes = bytearray()
        self._received = 0
        self._last_at: float | None = None

    @property
    def deadline(self) -> float | None:
        """Monotonic time after which `pause` gives up on the line in the middle, if any."""
        if self._gap is None or self._last_at is None or not self._received:
            return None
        return self._last_at + self._gap

    def feed(self, data: bytes, at: float) -> list[Scan]:
        """Take bytes read at monotonic time `at`; returns the scans they completed."""
        scans = self.pause(at)
        for byte in data:
            if byte in self._terminators:
                if self._received:
                    scans.append(self._finish(at))
            elif byte >= 0x20 and byte != 0x7F:
                self._received += 1
                if len(self._bytes) <= _MAX_BYTES:
                    self._bytes.append(byte)
        if self._received:
            self._last_at = at
        return scans

    def pause(self, now: float) -> list[Scan]:
        """Say that nothing came until `now`. Call it only after everything readable was fed."""
        if self.deadline is None or now <= self.deadline:
            return []
        return [self._broken(now, ScanProblem.PARTIAL)]

    def end(self, now: float, problem: ScanProblem) -> list[Scan]:
        """The source is gone: a line without its end is not a code."""
        return [self._broken(now, problem)] if self._received else []

    def _broken(self, at: float, problem: ScanProblem) -> Scan:
        scan = Scan("", at, self._source, problem, self._received)
        self._start_line()
        return scan

    def _finish(self, at: float) -> Scan:
        try:
            text = self._bytes.decode("utf-8")
        except UnicodeDecodeError:
            # A cut at the byte limit may split a character, but then the length is the news.
            too_long = len(self._bytes) > _MAX_BYTES
            return self._broken(at, ScanProblem.TOO_LONG if too_long else ScanProblem.UNKNOWN_KEY)
        if len(text) > MAX_CHARACTERS:
            return self._broken(at, ScanProblem.TOO_LONG)
        scan = Scan(text, at, self._source, received=len(text))
        self._start_line()
        return scan
