"""The USB scanner that types like a keyboard, read through evdev. The only file that uses evdev.

Here: `EvdevScanner`, its device access, and `teach_scanner` ("scan this code to show me which
device is the scanner"). Not here: what keys mean (`keyboard_decoder.py`) and which device to take
(`scanner_choice.py`). evdev is imported when a device is first looked for, so that everything
else works where it is not installed.

Choices that have reasons: opened read-only (mode 0640 is enough, nobody can inject keys); own
select loop (evdev's read_loop spins on end of file, its asyncio methods lose events); exclusive
grab (a barcode may type Ctrl+Alt+F2); event times from the monotonic clock (a Pi without a clock
chip jumps when the time arrives).
"""

from __future__ import annotations

import errno
import os
import select
import struct
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from glob import glob
from typing import Any, Protocol

from hardware.errors import HardwareError
from hardware.keyboard_decoder import EV_KEY, KEY_1, KEY_ENTER, KeyboardDecoder, KeyEvent
from hardware.late_imports import import_when_used
from hardware.scan import Scan, ScannerState
from hardware.scanner_choice import AUTO, InputDeviceFacts, choose_scanner

_EVIOCSCLOCKID = 0x400445A0  # _IOW('E', 0xa0, int): not wrapped by evdev
_LINK_PATTERNS = ("/dev/input/by-id/*", "/dev/input/by-path/*", "/dev/kiosk/*", "/dev/input/kiosk/*")


class KeySource(Protocol):
    """An open, grabbed input device. `read` returns what is there, raises BlockingIOError when
    there is nothing and OSError when the device is gone; an empty result is the end too."""

    @property
    def name(self) -> str: ...
    def fileno(self) -> int: ...
    def read(self) -> Iterable[KeyEvent]: ...
    def close(self) -> None: ...


class EvdevScanner:
    """A `Scanner` over one input device; finds it again after an unplug.

    `device`: "auto", "VID:PID", a path or a pattern such as "/dev/input/by-id/*-event-kbd".
    `gap`: seconds of silence that end a code in the middle. `retry`: seconds between looks for a
    missing device. `open_source` is for tests: returns an open source, or None while none is there.
    """

    def __init__(
        self,
        device: str = AUTO,
        *,
        gap: float = 0.150,
        retry: float = 0.2,
        source: str = "evdev",
        open_source: Callable[[], KeySource | None] | None = None,
    ) -> None:
        self._open_source = open_source or (lambda: open_keyboard(device))
        self._description = device
        self._retry = retry
        self._decoder = KeyboardDecoder(source, gap)
        self._source: KeySource | None = None
        self._ready: list[Scan] = []
        self._closed = False
        # Held by a running `read`; re-entrant, as `close` may come from a signal handler.
        self._reading = threading.RLock()
        self._wake_read, self._wake_write = os.pipe()

    @property
    def state(self) -> ScannerState:
        if self._closed:
            return ScannerState.CLOSED
        return ScannerState.CONNECTED if self._source else ScannerState.DISCONNECTED

    @property
    def description(self) -> str:
        return self._description

    def read(self, timeout: float) -> Scan | None:
        """See `Scanner.read`. Also raises HardwareError where evdev is not installed, access is
        refused, or several devices could be the scanner."""
        until = time.monotonic() + timeout
        with self._reading:
            while not self._closed:
                if self._ready:
                    return self._ready.pop(0)
                if self._source is None:
                    self._source = self._open_source()
                    if self._source is not None:
                        self._description = self._source.name
                # Look at the device at least once, even with timeout 0.
                self._wait_and_read(until)
                if not self._ready and time.monotonic() >= until:
                    return None
        return None

    def close(self) -> None:
        """See `Scanner.close`."""
        if self._closed:
            return
        self._closed = True
        os.write(self._wake_write, b"x")
        with self._reading:
            self._let_go()

    def __del__(self) -> None:
        for fd in (self._wake_read, self._wake_write):
            with suppress(OSError):
                os.close(fd)

    def _wait_and_read(self, until: float) -> None:
        now = time.monotonic()
        limits = [until - now]
        fds = [self._wake_read]
        source = self._source
        if source is None:
            limits.append(self._retry)
        else:
            fds.append(source.fileno())
            if self._decoder.deadline is not None:
                limits.append(self._decoder.deadline - now + 0.001)
        readable, _, _ = select.select(fds, [], [], max(0.0, min(limits)))
        if source is None or self._wake_read in readable:
            return
        if not readable:
            self._ready += self._decoder.pause(time.monotonic())
            return
        try:
            # All that is there, before any pause is judged: a slow reader is not a slow scanner.
            events = list(source.read())
            if not events:
                raise OSError(errno.ENODEV, "end of input")
        except BlockingIOError:
            return
        except OSError:
            self._ready += self._decoder.unplug(time.monotonic())
            self._let_go()
            return
        for event in events:
            self._ready += self._decoder.feed(event)

    def _let_go(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            source.close()


class _EvdevSource:
    """A real device: opened read-only, monotonic times where the kernel gives them, grabbed."""

    def __init__(self, path: str) -> None:
        evdev = _import_evdev()
        self._device = evdev.InputDevice(path, readonly=True)
        try:
            self._kernel_times = self._use_monotonic_clock()
            self._device.grab()
        except OSError:
            self._device.close()
            raise

    @property
    def name(self) -> str:
        return f"{self._device.name} ({self._device.path})"

    def fileno(self) -> int:
        return int(self._device.fd)

    def read(self) -> list[KeyEvent]:
        now = time.monotonic()
        return [
            KeyEvent(e.type, e.code, e.value, e.sec + e.usec / 1e6 if self._kernel_times else now)
            for e in self._device.read()
        ]

    def close(self) -> None:
        # Closing releases the grab; an explicit ungrab fails on a device that is gone.
        with suppress(OSError):
            self._device.close()

    def _use_monotonic_clock(self) -> bool:
        import fcntl  # Linux only, like evdev itself

        try:
            fcntl.ioctl(self._device.fd, _EVIOCSCLOCKID, struct.pack("i", time.CLOCK_MONOTONIC))
        except OSError:
            return False
        return True


def list_keyboards() -> list[InputDeviceFacts]:
    """Every readable input device that can type digits and Enter, with its stable names.

    Raises HardwareError `scanner_no_access` where devices exist but none may be read.
    """
    evdev = _import_evdev()
    links: dict[str, list[str]] = {}
    for pattern in _LINK_PATTERNS:
        for link in sorted(glob(pattern)):
            links.setdefault(os.path.realpath(link), []).append(link)
    found = []
    # writable=False: the default hides devices that may only be read.
    for path in sorted(evdev.list_devices(writable=False)):
        try:
            device = evdev.InputDevice(path, readonly=True)
        except OSError:
            continue  # went away between listing and opening
        try:
            keys = set(device.capabilities(absinfo=False).get(EV_KEY, ()))
            if {KEY_ENTER, KEY_1} <= keys:
                info = device.info
                names = tuple(links.get(os.path.realpath(path), ()))
                found.append(InputDeviceFacts(path, device.name, info.vendor, info.product, names))
        finally:
            with suppress(OSError):
                device.close()
    if not found and glob("/dev/input/event*") and not evdev.list_devices(writable=False):
        raise HardwareError(
            "scanner_no_access",
            "Không được phép đọc thiết bị trong /dev/input. Hãy thêm tài khoản chạy quầy vào nhóm "
            "input (sudo usermod -aG input TÊN) rồi khởi động lại.",
        )
    return found


def open_keyboard(wanted: str) -> KeySource | None:
    """Open and grab the device `wanted` means (see `choose_scanner`); None while it is not there
    or another program holds it (both pass; the caller tries again)."""
    chosen = choose_scanner(wanted, list_keyboards())
    if chosen is None:
        return None
    try:
        return _EvdevSource(chosen.path)
    except OSError:
        return None  # unplugged in this moment, or grabbed by another program (EBUSY)


def teach_scanner(
    code: str,
    timeout: float,
    *,
    sources: Sequence[tuple[InputDeviceFacts, KeySource]] | None = None,
    gap: float = 0.150,
) -> InputDeviceFacts | None:
    """Grab every keyboard and wait until one of them types `code`; that one is the scanner.

    Returns its facts (store the first of `links`, else `path`), None after `timeout` seconds.
    All devices are let go before it returns. `sources` is for tests.
    """
    opened = list(sources) if sources is not None else _open_all()
    until = time.monotonic() + timeout
    watched = {source.fileno(): (facts, source, KeyboardDecoder(facts.path, gap)) for facts, source in opened}
    try:
        while watched and (left := until - time.monotonic()) > 0:
            readable, _, _ = select.select(list(watched), [], [], left)
            for fd in readable:
                facts, source, decoder = watched[fd]
                try:
                    events = list(source.read())
                except BlockingIOError:
                    continue
                except OSError:
                    events = []
                if not events:
                    del watched[fd]
                if any(scan.text == code for event in events for scan in decoder.feed(event)):
                    return facts
        return None
    finally:
        for _, source in opened:
            source.close()


def _open_all() -> list[tuple[InputDeviceFacts, KeySource]]:
    opened: list[tuple[InputDeviceFacts, KeySource]] = []
    for facts in list_keyboards():
        with suppress(OSError):
            opened.append((facts, _EvdevSource(facts.path)))
    return opened


def _import_evdev() -> Any:
    import_when_used("asyncio")  # evdev's own readers want it; ours is a select loop
    try:
        import evdev
    except ImportError as error:
        raise HardwareError(
            "evdev_missing",
            "Chưa cài thư viện evdev để đọc máy quét USB. Trên Raspberry Pi hãy chạy lại bộ cài đặt quầy; "
            'khi chạy thử hãy đặt [scanner] driver = "stdin".',
        ) from error
    return evdev
