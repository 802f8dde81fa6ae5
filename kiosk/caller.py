"""Asks the core in a thread of its own, and waits for it only as long as a child may be left waiting.

Here: one call at a time, given up by whoever waits after some seconds, while it goes on until it ends by itself: a
name server that hangs, a core that is frozen, a line that swallows everything. Not here: what is asked
(`serving.py`), what its time-outs are (`api_client.py`).
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from kiosk.session_events import Event

_log = logging.getLogger(__name__)


class Attempt:
    """Whether an act may still be sent, settled between who waits and who sends: given up before it was sent it
    never is; sent before it was given up it may have happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent = self._given_up = False

    def may_send(self) -> bool:
        """Asked right before sending."""
        with self._lock:
            self._sent = not self._given_up
            return self._sent

    def not_sent(self) -> None:
        """It was tried, and nothing left this machine."""
        with self._lock:
            self._sent = False

    def give_up(self) -> bool:
        """True when it may have been sent."""
        with self._lock:
            self._given_up = True
            return self._sent


class _Call:
    def __init__(self, work: Callable[[], Event | None]) -> None:
        self.work = work
        self.lock = threading.Lock()
        self.done = threading.Event()
        self.answer: Event | None = None
        self.is_late = False


class CallHere:
    """In the caller's own thread: for tests in simulated time, where nothing hangs."""

    def call(self, work: Callable[[], Event | None], seconds: float) -> Event | None:
        return work()

    def start(self, work: Callable[[], Event | None]) -> None:
        work()


class CallerThread:
    """See the module. `late` gets an answer that came after it was given up."""

    def __init__(self, late: Callable[[Event], None]) -> None:
        self._late = late
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._last: _Call | None = None
        self._thread = threading.Thread(target=self._run, name="caller", daemon=True)
        self._thread.start()

    def call(self, work: Callable[[], Event | None], seconds: float) -> Event | None:
        """What `work` came to; None when it came to nothing, is not there within `seconds`, or when the call before
        it still hangs."""
        call = self._put(work)
        if call is None or call.done.wait(seconds):
            return call.answer if call is not None else None
        with call.lock:
            call.is_late = not call.done.is_set()
        return call.answer

    def start(self, work: Callable[[], Event | None]) -> None:
        """Nobody waits for it. Not done while another call hangs."""
        self._put(work)

    def close(self) -> None:
        """What hangs is left to itself."""
        self._calls.put(None)

    def _put(self, work: Callable[[], Event | None]) -> _Call | None:
        if self._last is not None and not self._last.done.is_set():
            return None
        self._last = _Call(work)
        self._calls.put(self._last)
        return self._last

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            answer = None
            try:
                answer = call.work()
            except Exception:  # noqa: BLE001  whatever it is, whoever waits decides without it
                _log.exception("call to the core failed")
            with call.lock:
                call.answer = answer
                call.done.set()
            if call.is_late and answer is not None:
                self._late(answer)
