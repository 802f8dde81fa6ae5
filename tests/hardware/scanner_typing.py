"""How a scanner types: text to key events, for the tests of this folder."""

from __future__ import annotations

import string
from collections.abc import Iterator

from hardware.keyboard_decoder import EV_KEY, EV_SYN, SYN_DROPPED, SYN_REPORT, KeyEvent

SHIFT, CAPS, ALT, CTRL, ENTER, KPENTER, TAB, F2 = 42, 58, 56, 29, 28, 96, 15, 60
# Written out by hand from a photograph of a US keyboard, not taken from the decoder.
PLAIN = {
    **dict(zip("1234567890-=", range(2, 14), strict=True)),
    **dict(zip("qwertyuiop[]", range(16, 28), strict=True)),
    **dict(zip("asdfghjkl;'`", range(30, 42), strict=True)),
    **dict(zip("\\zxcvbnm,./", range(43, 54), strict=True)),
    " ": 57,
}
SHIFTED = {
    **dict(zip("!@#$%^&*()_+", range(2, 14), strict=True)),
    **dict(zip("QWERTYUIOP{}", range(16, 28), strict=True)),
    **dict(zip('ASDFGHJKL:"~', range(30, 42), strict=True)),
    **dict(zip("|ZXCVBNM<>?", range(43, 54), strict=True)),
}
KEYPAD = dict(zip("7894561230.", (71, 72, 73, 75, 76, 77, 79, 80, 81, 82, 83), strict=True))
TYPEABLE = string.digits + string.ascii_letters + string.punctuation + " "


class Typist:
    """Makes the events of key presses, `step` seconds apart, from the moment `at` on."""

    def __init__(self, at: float = 100.0, step: float = 0.002) -> None:
        self.at = at
        self.step = step
        self.caps = False

    def event(self, type_: int, code: int, value: int) -> KeyEvent:
        self.at += self.step
        return KeyEvent(type_, code, value, self.at)

    def report(self) -> KeyEvent:
        return self.event(EV_SYN, SYN_REPORT, 0)

    def down(self, code: int) -> Iterator[KeyEvent]:
        yield self.event(EV_KEY, code, 1)
        yield self.report()

    def up(self, code: int) -> Iterator[KeyEvent]:
        yield self.event(EV_KEY, code, 0)
        yield self.report()

    def press(self, code: int) -> Iterator[KeyEvent]:
        yield from self.down(code)
        yield from self.up(code)

    def toggle_caps(self) -> Iterator[KeyEvent]:
        self.caps = not self.caps
        yield from self.press(CAPS)

    def character(self, character: str) -> Iterator[KeyEvent]:
        shifted = character in SHIFTED
        if self.caps and character in string.ascii_letters:
            shifted = not shifted
            character = character.swapcase()
        code = SHIFTED[character] if shifted else PLAIN[character]
        if shifted:
            yield from self.down(SHIFT)
        yield from self.press(code)
        if shifted:
            yield from self.up(SHIFT)

    def text(self, text: str) -> Iterator[KeyEvent]:
        for character in text:
            yield from self.character(character)

    def keypad(self, digits: str) -> Iterator[KeyEvent]:
        for digit in digits:
            yield from self.press(KEYPAD[digit])

    def alt_code(self, number: str) -> Iterator[KeyEvent]:
        yield from self.down(ALT)
        yield from self.keypad(number)
        yield from self.up(ALT)

    def line(self, text: str, end: int = ENTER) -> list[KeyEvent]:
        return [*self.text(text), *self.press(end)]

    def dropped(self) -> KeyEvent:
        return self.event(EV_SYN, SYN_DROPPED, 0)

    def wait(self, seconds: float) -> None:
        self.at += seconds
