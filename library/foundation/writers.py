"""Who writes next, and which short acts share one durable commit (docs/adr/0004-one-writer.md).

Only threads are known here; what a connection is and how it commits is database.py's.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

MOST_ACTS = 64
LONGEST_SECONDS = 0.05
"""A shared commit is not put off for longer than this, however many writers wait."""


class Act:
    """A short act of one thread, run by that thread or by the one that has the turn (`run`), with the context
    variables of its own. `result` or `error` when it has been; `waiting`: what it wants called after the commit."""

    __slots__ = ("_context", "_work", "error", "result", "waiting")

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._context = copy_context()
        self.result: Any = None
        self.error: BaseException | None = None
        self.waiting: list[Callable[[], object]] = []

    def run(self) -> Any:
        """What the act gives; what it raises is passed on."""
        return self._context.run(self._work)


class Waiting:
    """One thread in line. `turn` is released when it has the turn, or when its act has been run and is durable."""

    __slots__ = ("act", "has_turn", "turn")

    def __init__(self, act: Act | None) -> None:
        self.act = act
        self.has_turn = False
        self.turn = threading.Lock()
        self.turn.acquire()


class WriterQueue:
    """First come, first served: a plain lock lets one of many writers wait for seconds."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[Waiting] = deque()
        self._busy = False

    def acquire(self, act: Act | None = None) -> bool:
        """Wait for the turn; True with it. False, for a given act only: whoever had the turn has run it, and its
        commit is over."""
        with self._mutex:
            if not self._busy:
                self._busy = True
                return True
            waiting = Waiting(act)
            self._waiting.append(waiting)
        waiting.turn.acquire()
        return waiting.has_turn

    def try_acquire(self) -> bool:
        """Take the turn if nobody has it."""
        with self._mutex:
            if self._busy:
                return False
            self._busy = True
            return True

    def take_next(self) -> Waiting | None:
        """For the holder of the turn: the next in line, out of the line, when that is an act to be run; whoever takes
        it calls `settle` for it."""
        with self._mutex:
            if self._waiting and self._waiting[0].act is not None:
                return self._waiting.popleft()
            return None

    def release(self) -> None:
        """Hand the turn on."""
        with self._mutex:
            if self._waiting:
                following = self._waiting.popleft()
                following.has_turn = True
                following.turn.release()
            else:
                self._busy = False

    @staticmethod
    def settle(taken: Waiting) -> None:
        """Its act is over: that thread goes on."""
        taken.turn.release()


class Patience:
    """How long a shared commit may still be put off."""

    __slots__ = ("_acts", "_until")

    def __init__(self) -> None:
        self._acts = 0
        self._until = time.monotonic() + LONGEST_SECONDS

    def one_more(self) -> bool:
        """May one more act join?"""
        self._acts += 1
        return self._acts < MOST_ACTS and time.monotonic() < self._until
