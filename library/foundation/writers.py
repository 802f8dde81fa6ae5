"""Who writes next, and which short acts share one durable commit (docs/adr/0004-one-writer.md).

Only threads are known here; what a connection is and how it commits is database.py's.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any

MOST_ACTS = 64
LONGEST_SECONDS = 0.05
"""A shared commit is not put off for longer than this, however many writers wait."""


class SharedCommit:
    """Acts whose writes become durable together. `connection` is theirs, one after another; `settle` is called when
    the commit has happened, or has failed with `error`. `known`: what its acts have read that none of them changes
    (database.read_once)."""

    __slots__ = ("_waiting", "acts", "connection", "error", "known", "started")

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.acts = 0
        self.error: Exception | None = None
        self.known: dict[object, Any] = {}
        self._waiting: list[threading.Lock] = []
        self.started = time.monotonic()

    def join(self) -> threading.Lock:
        """For whoever has the turn, before handing it on: acquiring this lock waits until `settle`. One lock a waiter:
        those of an Event all wake up to queue for its one lock again."""
        lock = threading.Lock()
        lock.acquire()
        self._waiting.append(lock)
        return lock

    def settle(self) -> None:
        """Let all go on that have joined."""
        for lock in self._waiting:
            lock.release()

    def may_wait(self) -> bool:
        """May one more act join before the commit?"""
        return self.acts < MOST_ACTS and time.monotonic() - self.started < LONGEST_SECONDS


class _Waiting:
    __slots__ = ("shared", "shares", "turn")

    def __init__(self, shares: bool) -> None:
        self.shares = shares
        self.shared: SharedCommit | None = None
        self.turn = threading.Lock()
        self.turn.acquire()


class WriterQueue:
    """First come, first served: a plain lock lets one of many writers wait for seconds."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._busy = False

    def acquire(self, *, shares: bool = False) -> SharedCommit | None:
        """Wait for the turn. One that `shares` may be handed an open commit to join; else None."""
        with self._mutex:
            if not self._busy:
                self._busy = True
                return None
            waiting = _Waiting(shares)
            self._waiting.append(waiting)
        waiting.turn.acquire()
        return waiting.shared

    def try_acquire(self) -> bool:
        """Take the turn if nobody has it."""
        with self._mutex:
            if self._busy:
                return False
            self._busy = True
            return True

    def next_shares(self) -> bool:
        """Is the next in line one that could join an open commit? Only the holder of the turn may ask:
        nobody else takes from the line, so the answer still holds when it is handed on."""
        with self._mutex:
            return bool(self._waiting) and self._waiting[0].shares

    def release(self, shared: SharedCommit | None = None) -> None:
        """Hand the turn on, with the open commit the next one joins."""
        with self._mutex:
            if self._waiting:
                following = self._waiting.popleft()
                following.shared = shared
                following.turn.release()
            else:
                self._busy = False
