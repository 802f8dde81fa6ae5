"""Short sounds that need no browser: their notes, and what every way of playing them looks like from outside.

Here: `NOTES` (the page's are the same: kiosk/screen/sounds.js), the `SoundPlayer` port, `SoundTrouble`. Not here: any
device (`sound_speaker.py`, `sound_buzzer.py`, the head's own in `head_buzzer.py`), and which sound says what (the
kiosk's).
"""

from __future__ import annotations

from typing import Protocol

NOTES: dict[str, tuple[tuple[float, float, float], ...]] = {
    "hello": ((523.25, 0, 0.12), (783.99, 0.1, 0.2)),
    "ok": ((659.25, 0, 0.1), (987.77, 0.09, 0.22)),
    "attention": ((587.33, 0, 0.16),),
    "no": ((329.63, 0, 0.16), (261.63, 0.16, 0.24)),
    "bye": ((783.99, 0, 0.14), (659.25, 0.13, 0.14), (523.25, 0.26, 0.28)),
}
"""Pitch in hertz, begin and length in seconds. A yes climbs, a no falls and is low, so that nobody turns round."""


class SoundTrouble(Exception):
    """A sound was not played. `code`: "missing" (nothing to play it with is there) or "failed"."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class SoundPlayer(Protocol):
    """One way of playing. Called from one thread, which may wait for it: some seconds at most."""

    def play(self, name: str, volume: int) -> None:
        """A sound of `NOTES`, `volume` from 1 to 100 (heeded where the device can). Raises SoundTrouble."""
        ...
