"""Key events in, scans out: the pure heart of a keyboard-wedge scanner.

Here: `KeyboardDecoder`, a state machine without device, clock or thread: everything it knows
arrives as `KeyEvent` values with their kernel time. Not here: opening devices
(`evdev_scanner.py`). The key codes are the kernel's (linux/input-event-codes.h, a stable ABI),
written out so that nothing needs evdev to be tested.

The rule above all others: a code is delivered whole or not at all. The kernel keeps 64 events per
reader, so six unread shifted characters of a USB scanner overflow it, and a reader that ignores
SYN_DROPPED delivers a silently wrong code.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.scan import MAX_CHARACTERS, Scan, ScanProblem

EV_SYN, EV_KEY = 0x00, 0x01
SYN_REPORT, SYN_DROPPED = 0, 3
KEY_UP, KEY_DOWN = 0, 1  # value 2 is autorepeat

KEY_1, KEY_TAB, KEY_ENTER, KEY_KPENTER = 2, 15, 28, 96
KEY_CAPSLOCK, KEY_NUMLOCK, KEY_SCROLLLOCK = 58, 69, 70
_SHIFTS = frozenset({42, 54})
_CONTROLS = frozenset({29, 97})
_ALTS = frozenset({56, 100})
_METAS = frozenset({125, 126})
_TERMINATORS = frozenset({KEY_ENTER, KEY_KPENTER, KEY_TAB})
_SILENT = frozenset({0, KEY_NUMLOCK, KEY_SCROLLLOCK})

# US layout: the set-up sheet switches every scanner to it, and codes are plain ASCII.
_LETTERS = {
    code: letter
    for first, row in ((16, "qwertyuiop"), (30, "asdfghjkl"), (44, "zxcvbnm"))
    for code, letter in enumerate(row, first)
}
_OTHERS = {
    **{code: pair for code, pair in enumerate(zip("1234567890-=", "!@#$%^&*()_+", strict=True), 2)},
    26: ("[", "{"),
    27: ("]", "}"),
    39: (";", ":"),
    40: ("'", '"'),
    41: ("`", "~"),
    43: ("\\", "|"),
    51: (",", "<"),
    52: (".", ">"),
    53: ("/", "?"),
    57: (" ", " "),
}
_KEYPAD_DIGITS = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"}
_KEYPAD = {**_KEYPAD_DIGITS, 83: ".", 74: "-", 78: "+", 55: "*", 98: "/", 117: "=", 121: ","}
_ALT_TERMINATORS = frozenset({9, 10, 13})
_ALT_DIGITS_MAX = 5


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """One kernel input event. `at` is seconds on the monotonic clock."""

    type: int
    code: int
    value: int
    at: float


class KeyboardDecoder:
    """Turns one device's key events into scans. Not thread-safe: one device, one decoder.

    `gap` (seconds): a pause longer than this inside a code means the rest will not come.
    """

    def __init__(self, source: str, gap: float = 0.150) -> None:
        self._source = source
        self._gap = gap
        self._caps = False
        self._dropping = False
        self._start_code()
        self._release_modifiers()

    def _start_code(self) -> None:
        self._characters: list[str] = []
        self._received = 0
        self._problem: ScanProblem | None = None
        self._last_at: float | None = None

    def _release_modifiers(self) -> None:
        self._shifts: set[int] = set()
        self._controls: set[int] = set()
        self._alts: set[int] = set()
        self._alt_digits = ""

    # --- what the reader calls -------------------------------------------------------------
    def feed(self, event: KeyEvent) -> list[Scan]:
        """Take one event; returns the scans it completed (usually none, at most two)."""
        if event.type == EV_SYN and event.code == SYN_DROPPED:
            return self._overrun(event.at)
        if self._dropping:
            # Until the next SYN_REPORT the events belong to the time of the loss.
            if event.type == EV_SYN and event.code == SYN_REPORT:
                self._dropping = False
            self._last_at = event.at
            return []
        if event.type != EV_KEY or event.value not in (KEY_UP, KEY_DOWN):
            return []
        scans = self.pause(event.at)
        if event.value == KEY_UP:
            scans += self._key_up(event)
        else:
            scans += self._key_down(event)
        if self._is_pending():
            self._last_at = event.at
        return scans

    def pause(self, now: float) -> list[Scan]:
        """Say that no event came until `now`; a code waiting longer than the gap is given up.

        Call it only after everything readable was fed: a slow reader is not a slow scanner.
        """
        if not self._is_pending() or self._last_at is None or now - self._last_at <= self._gap:
            return []
        self._dropping = False
        self._alt_digits = ""
        return [self._finish(self._last_at, ScanProblem.PARTIAL)]

    def unplug(self, now: float) -> list[Scan]:
        """The device went away: nothing is held any more, and a code in the middle is lost."""
        pending = self._is_pending()
        scans = [self._finish(now, ScanProblem.UNPLUGGED)] if pending else []
        self._start_code()
        self._release_modifiers()
        self._caps = False
        self._dropping = False
        return scans

    @property
    def deadline(self) -> float | None:
        """Monotonic time after which `pause` will give up on the code in the middle, if any."""
        if self._is_pending() and self._last_at is not None:
            return self._last_at + self._gap
        return None

    # --- inside ----------------------------------------------------------------------------
    def _is_pending(self) -> bool:
        return bool(self._received or self._problem is not None or self._alt_digits)

    def _overrun(self, at: float) -> list[Scan]:
        self._problem = ScanProblem.OVERRUN
        self._dropping = True
        # Key-ups may be among the lost events: nothing is known to be held.
        self._release_modifiers()
        self._caps = False
        self._last_at = at
        return []

    def _finish(self, at: float, problem: ScanProblem | None) -> Scan:
        problem = self._problem or problem
        text = "" if problem else "".join(self._characters)
        received = self._received
        self._start_code()
        return Scan(text, at, self._source, problem, received)

    def _terminate(self, at: float) -> list[Scan]:
        """End of a code. A terminator with nothing before it (CR LF, Tab Enter) is no scan."""
        return [self._finish(at, None)] if self._is_pending() else []

    def _type(self, character: str) -> None:
        self._received += 1
        if self._problem is not None:
            return
        if self._received > MAX_CHARACTERS:
            self._problem = ScanProblem.TOO_LONG
            return
        self._characters.append(character)

    def _key_down(self, event: KeyEvent) -> list[Scan]:
        code = event.code
        if code in _SHIFTS:
            self._shifts.add(code)
        elif code in _CONTROLS or code in _METAS:
            self._controls.add(code)
        elif code in _ALTS:
            self._alts.add(code)
            self._alt_digits = ""
        elif code == KEY_CAPSLOCK:
            self._caps = not self._caps
        elif code in _TERMINATORS:
            return self._terminate(event.at)
        elif self._controls or code in _SILENT:
            pass  # GS1 separators arrive as Ctrl+], attacks as Ctrl+Alt+F2: neither is text
        elif self._alts:
            if code in _KEYPAD_DIGITS:
                # One digit too many is kept, so that key-up sees an impossible number.
                self._alt_digits = (self._alt_digits + _KEYPAD_DIGITS[code])[: _ALT_DIGITS_MAX + 1]
            else:
                self._problem = self._problem or ScanProblem.UNKNOWN_KEY
        elif code in _LETTERS:
            upper = bool(self._shifts) != self._caps
            self._type(_LETTERS[code].upper() if upper else _LETTERS[code])
        elif code in _OTHERS:
            self._type(_OTHERS[code][1 if self._shifts else 0])
        elif code in _KEYPAD:
            self._type(_KEYPAD[code])
        else:
            self._problem = self._problem or ScanProblem.UNKNOWN_KEY
        return []

    def _key_up(self, event: KeyEvent) -> list[Scan]:
        code = event.code
        self._shifts.discard(code)
        self._controls.discard(code)
        if code not in self._alts:
            return []
        self._alts.discard(code)
        digits, self._alt_digits = self._alt_digits, ""
        if not digits:
            return []
        number = int(digits)
        if len(digits) <= _ALT_DIGITS_MAX and 32 <= number <= 126:
            self._type(chr(number))
        elif len(digits) <= _ALT_DIGITS_MAX and number in _ALT_TERMINATORS:
            return self._terminate(event.at)
        else:
            self._received += 1
            self._problem = self._problem or ScanProblem.UNKNOWN_KEY
        return []
