"""The sounds of a kiosk where no page plays them: one thread beside the core loop, and whether it can be heard.

Here: when which way plays, what is too old to be played, the state for staff. Not here: notes and devices
(`hardware/sounds.py`), which act has which sound (`session.py`), the page's own sounds (`screen/sounds.js`).
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from hardware.sounds import NOTES, SoundPlayer, SoundTrouble
from kiosk.device_config import SoundConfig

_log = logging.getLogger(__name__)
STALE_SECONDS = 1.5
"""A sound that comes later speaks of something else than what the child just did."""


class HeadBuzzer:
    """A `SoundPlayer` by the receipt head: the printer's process sends it. `send(name)`: False where there is none."""

    def __init__(self, send: Callable[[str], bool]) -> None:
        self._send = send

    def play(self, name: str, volume: int) -> None:
        """See `SoundPlayer.play`. Whether the head took it is told later (Sounds.note)."""
        if not self._send(name):
            raise SoundTrouble("failed", "no printer process takes it")


def open_player(config: SoundConfig, send_to_head: Callable[[str], bool]) -> SoundPlayer | None:
    """None: this kiosk itself makes no sound."""
    if config.way == "speaker":
        from hardware.sound_speaker import Speaker

        return Speaker(config.device, program=config.program)
    if config.way == "buzzer":
        from hardware.sound_buzzer import Buzzer

        return Buzzer(config.device)
    return HeadBuzzer(send_to_head) if config.way == "printer" else None


class Sounds:
    """`play` returns at once and never raises. `state`: ok, missing, failed, or unknown before the first sound."""

    def __init__(self, config: SoundConfig, player: SoundPlayer | None) -> None:
        self._config, self._player = config, player
        self._waiting: queue.SimpleQueue[tuple[str, int, float] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._own_answer = not isinstance(player, HeadBuzzer)
        self.state = "unknown"

    def play(self, name: str, volume: int, *, watched: bool) -> bool:
        """A sound of NOTES for what just happened; `watched`: a page is there. True: the page is to play it."""
        if self._config.way in ("page", "none"):
            return self._config.way == "page"
        if watched and self._config.when == "no_page":
            return True
        if self._player is not None and volume > 0 and name in NOTES:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sounds", daemon=True)
                self._thread.start()
            self._waiting.put((name, volume, time.monotonic()))
        return False

    def report(self, *, watched: bool) -> str:
        """For staff and the core: none, page, or how the last sound of our own went."""
        if self._config.way in ("page", "none"):
            return self._config.way
        return "page" if watched and self._config.when == "no_page" else self.state

    def note(self, state: str, detail: str = "") -> None:
        """How a sound went; the log has it when that changes."""
        if state == self.state:
            return
        if state != "ok":
            _log.error("sounds: %s %s", state, detail)
        elif self.state != "unknown":
            _log.info("sounds: heard again")
        self.state = state

    def close(self) -> None:
        """What is still waiting is not played."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(6.0)

    def _run(self) -> None:
        assert self._player is not None
        while (sound := self._waiting.get()) is not None:
            name, volume, at = sound
            if time.monotonic() - at > STALE_SECONDS:
                continue
            try:
                self._player.play(name, volume)
            except SoundTrouble as error:
                self.note(error.code, str(error))
            else:
                if self._own_answer:
                    self.note("ok")
