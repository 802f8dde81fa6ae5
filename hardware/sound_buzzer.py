"""Sounds from a buzzer that Linux knows as an input device: the one on a PC's board, some on a Pi's header.

Here: finding it (one that takes tones, SND_TONE) and writing its events. Not through the evdev package: four lines of
the kernel's format are all that is asked, and that package belongs to the scanner.
"""

from __future__ import annotations

import os
import struct
import time
from contextlib import suppress
from glob import glob

from hardware.sounds import NOTES, SoundTrouble

_EVENT = struct.Struct("llHHi")  # struct input_event: seconds, microseconds, type, code, value
_EV_SYN, _EV_SND, _SND_TONE = 0x00, 0x12, 0x02
_LISTED, _NODES = "/sys/class/input", "/dev/input"


class Buzzer:
    """`device`: a path or pattern; empty: the first that takes tones. It has no volume: 1 is as loud as 100.
    `listed`, `nodes` (where the kernel keeps them) and `pace` (of the waiting) are for tests."""

    def __init__(self, device: str = "", *, listed: str = _LISTED, nodes: str = _NODES, pace: float = 1.0) -> None:
        self._device, self._listed, self._nodes, self._pace = device, listed, nodes, pace

    def play(self, name: str, volume: int) -> None:
        """See `SoundPlayer.play`."""
        path = self._find()
        try:
            node = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            raise SoundTrouble("failed", f"{path}: {error.strerror}") from error
        try:
            notes = NOTES[name]
            for number, (pitch, begin, length) in enumerate(notes):
                following = notes[number + 1][1] if number + 1 < len(notes) else begin + length
                self._tone(node, round(pitch))
                # The note's own length: the driver only knows on and off. In the thread of sounds (kiosk/sounds.py).
                time.sleep(self._pace * (following - begin))
        except OSError as error:
            raise SoundTrouble("failed", f"{path}: {error.strerror}") from error
        finally:
            with suppress(OSError):  # pulled out: then it is quiet too
                self._tone(node, 0)
            os.close(node)

    def _find(self) -> str:
        if self._device:
            found = sorted(glob(self._device))
        else:
            inputs = sorted(glob(f"{self._listed}/event*"))
            found = [f"{self._nodes}/{os.path.basename(one)}" for one in inputs if _takes_tones(one)]
        if not found:
            raise SoundTrouble("missing", f"no buzzer: {self._device or 'no input device takes tones'}")
        return found[0]

    @staticmethod
    def _tone(node: int, hertz: int) -> None:
        """0 is silence."""
        os.write(node, _EVENT.pack(0, 0, _EV_SND, _SND_TONE, hertz) + _EVENT.pack(0, 0, _EV_SYN, 0, 0))


def _takes_tones(listed: str) -> bool:
    try:
        with open(f"{listed}/device/capabilities/snd", encoding="ascii") as file:
            return bool(int(file.read().split()[-1], 16) >> _SND_TONE & 1)
    except (OSError, ValueError, IndexError):
        return False
