"""`python -m hardware.emulator.scanner`: a scanner in serial mode on a pseudo terminal, that does as it is told.

Here: `TerminalScannerEmulator` and its little script language. A kiosk opens it as any serial scanner
(`[scanner] driver = "serial"`, `device` = the link), so the whole way from the port to the screen is the real one.
POSIX only. For tests inside one process: hardware/scripted_scanner.py.

A line is scanned as it stands. Lines that begin with ! make what real scanners do wrong:
!partial TEXT (the end never comes) · !twice TEXT (the beam meets it again at once) · !garbage (bytes of no code) ·
!long (200 characters) · !unplug · !plug · !wait SECONDS · !quit. Lines that begin with # are remarks.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

GARBAGE = bytes(range(128, 160)) + b"\x00\x1b[2J\r"


class TerminalScannerEmulator:
    """Plugged in from the moment it is made until `close`. `link` always names the present terminal, as a udev link
    does: after unplug and plug the terminal may be another one."""

    def __init__(self, link: str | os.PathLike[str] | None = None) -> None:
        self._link = Path(link) if link is not None else None
        self._master = self._slave = -1
        self.path = ""
        self.plug()

    def __enter__(self) -> TerminalScannerEmulator:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def plugged(self) -> bool:
        return self._master >= 0

    def plug(self) -> None:
        """Put the cable in; nothing where it is in."""
        if self.plugged:
            return
        import tty

        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        if self._link is not None:
            beside = self._link.with_name(f".{self._link.name}.new")
            beside.unlink(missing_ok=True)
            beside.symlink_to(self.path)
            beside.replace(self._link)

    def unplug(self) -> None:
        """Pull the cable: whoever reads notices at once."""
        if self.plugged:
            if self._link is not None:
                self._link.unlink(missing_ok=True)
            for descriptor in (self._slave, self._master):
                os.close(descriptor)
            self._master = self._slave = -1

    def close(self) -> None:
        self.unplug()

    def scan(self, text: str) -> None:
        """The whole code and the end of line. Lost where it is unplugged."""
        self.type(text.encode() + b"\r")

    def type(self, data: bytes) -> None:
        """Bytes as they are."""
        if self.plugged:
            os.write(self._master, data)

    def obey(self, line: str) -> str:
        """One line of a script; returns what was done, in Vietnamese. ValueError for what is no command."""
        line = line.rstrip("\r\n")
        if not line.strip() or line.startswith("#"):
            return ""
        if not line.startswith("!"):
            self.scan(line)
            return f"Đã quét: {line}"
        word, _, rest = line[1:].partition(" ")
        match word:
            case "partial":
                self.type(rest.encode())
            case "twice":
                self.scan(rest)
                self.scan(rest)
            case "garbage":
                self.type(GARBAGE)
            case "long":
                self.scan("X" * 200)
            case "unplug":
                self.unplug()
            case "plug":
                self.plug()
            case "wait":
                seconds = float(rest)  # ValueError for what is no number
                if not 0 <= seconds <= 3600:
                    raise ValueError(rest)
                time.sleep(seconds)  # the person at the emulator asked for this pause
            case _:
                raise ValueError(word)
        return f"Đã làm: {line[1:]}"


def run_script(scanner: TerminalScannerEmulator, lines: Iterable[str]) -> bool:
    """Obey line after line, saying what was done. False once "!quit" was among them."""
    for line in lines:
        if line.strip() == "!quit":
            return False
        try:
            said = scanner.obey(line)
        except ValueError:
            said = f"Không hiểu «{line.strip()}». Xem: python -m hardware.emulator.scanner --help"
        if said:
            print(said, flush=True)
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done, 2 a script that cannot be read, 3 no pseudo terminals here."""
    parser = argparse.ArgumentParser(
        prog="python -m hardware.emulator.scanner",
        description="Máy quét giả lập (chế độ nối tiếp) cho quầy: mỗi dòng là một lần quét.",
        epilog="Lệnh đặc biệt: !partial CHỮ, !twice CHỮ, !garbage, !long, !unplug, !plug, !wait GIÂY, !quit.",
    )
    parser.add_argument("script", nargs="*", metavar="TỆP", help="tệp kịch bản; không có: gõ từng dòng")
    parser.add_argument("--link", default="kesach-scanner", metavar="TỆP", help="liên kết luôn trỏ tới thiết bị")
    chosen = parser.parse_args(arguments)
    try:
        scripts = [Path(name).read_text(encoding="utf-8").splitlines() for name in chosen.script]
    except (OSError, UnicodeDecodeError) as error:
        print(f"Không đọc được kịch bản: {error}.", file=sys.stderr)
        return 2
    try:
        scanner = TerminalScannerEmulator(Path(chosen.link).absolute())
    except (ImportError, AttributeError, OSError) as error:
        print(f"Không mở được thiết bị giả ({error}). Máy này không có pseudo terminal.", file=sys.stderr)
        return 3
    with scanner, suppress(KeyboardInterrupt):
        print(f"Máy quét giả lập ở {Path(chosen.link).absolute()}. Trong kiosk.toml: driver = \"serial\".", flush=True)
        if not all(run_script(scanner, lines) for lines in scripts) or not run_script(scanner, sys.stdin):
            return 0
        threading.Event().wait()  # standard input ended (started in the background): serve until stopped
    return 0


if __name__ == "__main__":
    sys.exit(main())
