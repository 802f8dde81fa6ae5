"""Sounds from a loudspeaker, played by ALSA's `aplay` (package alsa-utils).

A program of its own and not a library: it needs no compiler, no sound server and no memory of ours, and one that
hangs can be ended.
"""

from __future__ import annotations

import math
import struct
import subprocess
from array import array
from functools import lru_cache

from hardware.sounds import NOTES, SoundTrouble

RATE = 22050
"""Samples a second."""
_ATTACK, _LEVEL, _SILENCE, _TAIL = 0.012, 0.3, 0.001, 0.02
LONGEST = 4.0
"""Seconds until a player that does not come back is ended. No sound is longer than 0.6 s."""


class Speaker:
    """`device`: an ALSA device as `aplay -L` lists them; empty: the system's choice. `program`: for tests."""

    def __init__(self, device: str = "", *, program: str = "aplay") -> None:
        self._command = [program, "-q", *(["-D", device] if device else []), "-"]

    def play(self, name: str, volume: int) -> None:
        """See `SoundPlayer.play`."""
        try:
            process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        except FileNotFoundError as error:
            raise SoundTrouble("missing", f"{self._command[0]} is not installed") from error
        except OSError as error:
            raise SoundTrouble("failed", str(error)) from error
        with process:
            try:
                _, said = process.communicate(wave(name, volume), LONGEST)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise SoundTrouble("failed", f"{self._command[0]} hangs") from error
        if process.returncode:
            words = said.decode(errors="replace").strip().splitlines()
            raise SoundTrouble("failed", words[0] if words else f"{self._command[0]} ended with {process.returncode}")


@lru_cache(maxsize=len(NOTES))
def wave(name: str, volume: int) -> bytes:
    """The sound as a WAV file: one channel, 16 bits. The volume is in the samples: `aplay` knows none."""
    notes = NOTES[name]
    samples = [0.0] * int(RATE * (max(begin + length for _, begin, length in notes) + _TAIL))
    loudest = _LEVEL * min(max(volume, 0), 100) / 100
    for pitch, begin, length in notes if loudest else ():
        first = int(begin * RATE)
        for number in range(int(length * RATE)):
            at = number / RATE
            if at < _ATTACK:
                level = loudest * at / _ATTACK
            else:
                level = loudest * (_SILENCE / loudest) ** ((at - _ATTACK) / (length - _ATTACK))
            # a triangle, as in the page
            samples[first + number] += level * 2 / math.pi * math.asin(math.sin(2 * math.pi * pitch * at))
    data = array("h", (round(32767 * max(-1.0, min(1.0, one))) for one in samples)).tobytes()
    layout = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    body = b"WAVE" + layout + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body
