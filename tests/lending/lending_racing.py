"""Acts that race: the same line of acts done by threads of this process, or by processes of their own.

An act is a small list that can be sent to another process; what it gives is one word: what was done, or the
code of the first reason why not. lending_racer.py is the other process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from library.foundation.audit import Actor
from library.foundation.clock import now
from library.foundation.database import database
from library.foundation.errors import KesachError, Refused
from library.lending import holds
from library.lending.service import check_in, check_out

Act = Sequence[Any]
Result = TypeVar("Result")
RACER = Path(__file__).with_name("lending_racer.py")


def perform(act: Act, name: str = "quầy") -> str:
    """Do one act and say what came of it."""
    kind, *given = act
    actor = Actor("staff", name, 1)
    try:
        if kind == "lend":
            check_out(given[1], reader_card=given[0], actor=actor, channel="desk")
        elif kind == "return":
            check_in(given[0], actor=actor, channel="desk")
        elif kind == "ask":
            holds.place_hold(given[0], given[1], actor=actor)
        elif kind == "cancel":
            holds.cancel_hold(given[0], actor=actor)
        elif kind == "keep":
            holds.keep_ready(given[0], given[1], actor=actor)
        elif kind == "keep_next":
            holds.keep_for_next(given[0], actor=actor)
        else:
            assert kind == "tidy", kind
            return f"tidied {holds.tidy_holds()}"
    except Refused as refusal:
        assert refusal.reasons, "a refusal without a reason"
        return refusal.reasons[0].code
    except KesachError as error:
        return error.code
    return kind


Race = Callable[[Sequence[Act]], list[str]]


def race_threads(acts: Sequence[Act]) -> list[str]:
    """All acts at the same moment, each in a thread with a connection of its own."""
    return run_at_once([partial(perform, act) for act in acts])


def run_at_once(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """What each call gave, all begun at the same moment, each in a thread with a connection of its own."""
    barrier = threading.Barrier(len(calls))
    results: dict[int, Result] = {}

    def run(place: int) -> None:
        barrier.wait()
        try:
            results[place] = calls[place]()
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return [results[place] for place in range(len(calls))]  # KeyError: its thread died with a traceback


@contextmanager
def racing_processes(url: str, count: int) -> Iterator[Callable[[Sequence[Sequence[Act]]], list[list[str]]]]:
    """So many processes on the database; what it yields gives each of them a list of acts at once."""
    racers = [
        subprocess.Popen(
            [sys.executable, str(RACER), url, f"quầy {number}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        )
        for number in range(count)
    ]  # fmt: skip

    def answer(racer: subprocess.Popen[str]) -> Any:
        assert racer.stdout is not None and racer.stderr is not None
        line = racer.stdout.readline()
        assert line, racer.stderr.read()
        return json.loads(line)

    def race(lists: Sequence[Sequence[Act]]) -> list[list[str]]:
        at = now().isoformat()  # they live at the school's time
        running = racers[: len(lists)]
        for racer, acts in zip(running, lists, strict=True):
            assert racer.stdin is not None
            racer.stdin.write(json.dumps([at, acts]) + "\n")
            racer.stdin.flush()
        return [answer(racer) for racer in running]

    try:
        for racer in racers:
            assert answer(racer) == "ready"
        yield race
    finally:
        for racer in racers:
            assert racer.stdin is not None and racer.stdout is not None and racer.stderr is not None
            racer.stdin.close()
            racer.wait(timeout=60)
            racer.stdout.close()
            racer.stderr.close()
