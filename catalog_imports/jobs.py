"""Imports that a page has started, running beside the requests: what they are at, and what came of them.

In memory only: the truth about an import is its batch in the database, which survives the process. One runs at a
time, because there is one writer anyway. Next: pages.py.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from library.contract.codes import word
from library.foundation.database import database
from library.foundation.errors import KesachError

log = logging.getLogger(__name__)
KEPT = 50


@dataclass(slots=True)
class Progress:
    """`result` once it went well, `error` (a Vietnamese sentence) once it did not; neither while it runs."""

    key: str
    source: str
    done: int = 0
    total: int = 0
    result: dict[str, Any] | None = None
    error: str | None = None
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def share(self) -> int:
        """Per cent done, 0–100."""
        return min(100, self.done * 100 // self.total) if self.total else 0


_jobs: OrderedDict[str, Progress] = OrderedDict()
_lock = threading.Lock()
_one_at_a_time = threading.Lock()


def start_job(source: str, work: Callable[[Callable[[int, int], None]], dict[str, Any]]) -> Progress:
    """Run `work(progress)` in a thread of its own; answers at once."""
    job = Progress(secrets.token_urlsafe(12), source)
    with _lock:
        _jobs[job.key] = job
        while len(_jobs) > KEPT:
            _jobs.popitem(last=False)
    threading.Thread(target=_run, args=(job, work), name=f"import {source}", daemon=True).start()
    return job


def find_job(key: str) -> Progress | None:
    """The job, None when the server was restarted since or it is long gone."""
    return _jobs.get(key)


def running_sources() -> frozenset[str]:
    """Names of the files this server is bringing in right now: their batches run, they were not cut short."""
    with _lock:
        return frozenset(job.source for job in _jobs.values() if not job.finished.is_set())


def _run(job: Progress, work: Callable[[Callable[[int, int], None]], dict[str, Any]]) -> None:
    def progress(done: int, total: int) -> None:
        job.done, job.total = done, total

    try:
        with _one_at_a_time:
            job.result = work(progress)
    except KesachError as error:
        job.error = word(error.code, error.params)
    except Exception:  # a thread has nobody above it: logged, said on the page, the batch stays to go on or undo
        log.exception("import of %s failed", job.source)
        job.error = "Đợt nhập dừng giữa chừng vì lỗi hệ thống. Phần đã ghi còn nguyên; có thể nhập tiếp hoặc hoàn tác."
    finally:
        if not database.is_closed():
            database.close()
        job.finished.set()
