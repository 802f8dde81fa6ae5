"""kill -9 at random moments: every act the screen confirmed is in the core in the end, once.

Short here; `KESACH_LONG=1` kills 200 times (docs/kiosk-setup.md).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from kiosk_world import Core
from long_runs import runs

from kiosk.api_client import ApiClient
from kiosk.clock import KioskClock
from kiosk.journal import ActJournal
from kiosk.sync import JournalSync
from library.foundation.database import transaction
from library.lending.tables import KioskConflict, Loan

REPOSITORY = Path(__file__).resolve().parents[2]


def write_config(folder: Path, core: Core) -> Path:
    path = folder / "kiosk.toml"
    path.write_text(
        f'[server]\nurl = "{core.proxy.url}"\ntoken = "{core.token}"\n'
        '[kiosk]\nstate_dir = "state"\nscreen_port = 0\nmode = "mobile_desk"\n[scanner]\ndriver = "stdin"\n',
        encoding="utf-8",
    )
    return path


class Watched:
    """A kiosk in a process of its own, and everything its screen confirms until it is killed."""

    def __init__(self, path: Path, confirmed: set[tuple[str, str]]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kiosk.cli", "run", "--config", str(path)], cwd=REPOSITORY, stdin=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        assert self._process.stderr is not None
        self._address = next(line.split()[-1] for line in self._process.stderr if line.startswith("Màn hình quầy: "))
        self._confirmed = confirmed
        self._changed = threading.Condition()
        self._view: dict = {}
        self._reader = threading.Thread(target=self._watch)
        self._reader.start()

    def _watch(self) -> None:
        try:
            with urllib.request.urlopen(f"{self._address}events", timeout=60) as events:
                for raw in events:
                    if not raw.startswith(b"data: "):
                        continue
                    view = json.loads(raw[6:])
                    with self._changed:
                        self._confirmed.update((book["kind"], book["title"]) for book in view["books"])
                        self._view = view
                        self._changed.notify_all()
        except (OSError, ValueError):
            pass  # killed in the middle of a line

    def scan(self, *codes: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{code}\n" for code in codes))
        self._process.stdin.flush()

    def until(self, wanted) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._view and wanted(self._view), 90), self._view

    def kill(self, after: float) -> None:
        """At a moment nobody chose: `after` seconds from now."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(after)
        self._process.kill()
        self._process.communicate()
        self._reader.join(10)


def test_killed_at_random_moments(core: Core, tmp_path: Path) -> None:
    rounds = runs(8, 200)
    path = write_config(tmp_path, core)
    card = core.card("Nguyễn Văn Dũng")  # a teacher: may take ten
    with transaction():
        books = [core.world.add_title(f"Cuốn {number}")[0] for number in range(2 * rounds)]
    chance = random.Random(rounds)
    confirmed: set[tuple[str, str]] = set()
    for number in range(rounds):
        core.proxy.dead = False
        # The core's time stands still in tests. It must go on: an act written before the clock was known is placed
        # by the seconds since, and would lie before a loan of a round that took no time.
        core.world.clock.at += timedelta(seconds=60)
        kiosk = Watched(path, confirmed)
        if number == 0 or chance.random() < 0.5:
            kiosk.until(lambda view: view["online"] and view["school"])
        # Two of earlier rounds come back, two go out; somewhere in the middle the network may die.
        back = books[2 * number - 4 : 2 * number - 2] if number > 1 else []
        kiosk.scan(*back)
        if chance.random() < 0.4:
            core.proxy.dead = True
        kiosk.scan(card, *books[2 * number : 2 * number + 2])
        if chance.random() < 0.7:
            kiosk.until(lambda view: view["screen"] == "open" or (view["notice"] and view["notice"]["tone"] == "no"))
        kiosk.kill(chance.uniform(0.0, 0.4))
    core.proxy.dead = False
    journal = ActJournal(tmp_path / "state" / "journal.db")
    done = JournalSync(journal, ApiClient(core.proxy.url, core.token), KioskClock()).drain()
    assert done.left == 0, done.why
    assert journal.set_aside is None
    loans = Counter(loan.copy.record.title for loan in Loan.select())
    returned = {loan.copy.record.title for loan in Loan.select() if loan.returned_at is not None}
    lent_here = {title for kind, title in confirmed if kind == "checkout"}
    back_here = {title for kind, title in confirmed if kind == "return"}
    assert lent_here, "nothing was ever confirmed"
    assert all(loans[title] == 1 for title in lent_here), (lent_here, loans)
    # A return is confirmed also for a book whose loan never came about: then there is no loan to end.
    assert all(title in returned for title in back_here if loans[title]), (back_here, returned)
    assert all(count == 1 for count in loans.values())
    assert KioskConflict.select().count() == 0
    journal.close()
