"""kill -9 at the worst moments: every act the screen confirmed is in the core in the end, once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk_world import Core

from kiosk.api_client import ApiClient
from kiosk.clock import KioskClock
from kiosk.journal import ActJournal
from kiosk.sync import JournalSync
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


@contextmanager
def running(path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A kiosk in a process of its own, and the address of its screen; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk.cli", "run", "--config", str(path)], cwd=REPOSITORY, stdin=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    try:
        assert process.stderr is not None
        address = next(line.split()[-1] for line in process.stderr if line.startswith("Màn hình quầy: "))
        yield process, address
    finally:
        process.kill()
        process.communicate()


def test_killed_in_the_middle_of_things(core: Core, tmp_path: Path) -> None:
    path = write_config(tmp_path, core)
    card = core.card("Nguyễn Văn Dũng")  # a teacher: may take ten
    books = [core.world.add_title(f"Cuốn {number}")[0] for number in range(10)]
    chance = random.Random(7)
    confirmed: Counter[str] = Counter()
    for round_ in range(5):
        mine = books[2 * round_ : 2 * round_ + 2]
        # Some rounds online, some with a network that dies after the first book.
        core.proxy.dead = False
        with running(path) as (process, address):
            wait_for(address, lambda view: view["online"] and view["school"] is not None)
            assert process.stdin is not None
            process.stdin.write(f"{card}\n")
            process.stdin.flush()
            wait_for(address, lambda view: view["screen"] == "open")
            process.stdin.write(f"{mine[0]}\n")
            process.stdin.flush()
            wait_for(address, lambda view, book=mine[0]: any(mine_title(view, book, books)))
            confirmed[mine[0]] += 1
            core.proxy.dead = chance.random() < 0.6
            process.stdin.write(f"{mine[1]}\n")
            process.stdin.flush()
            if chance.random() < 0.5:
                seen = wait_for(
                    address, lambda view: len(view["books"]) == 2 or (view["notice"] and view["notice"]["tone"] == "no")
                )
                if len(seen["books"]) == 2:
                    confirmed[mine[1]] += 1
            process.kill()
    core.proxy.dead = False
    journal = ActJournal(tmp_path / "state" / "journal.db")
    api = ApiClient(core.proxy.url, core.token)
    done = JournalSync(journal, api, KioskClock()).drain()
    assert done.left == 0, done.why
    lent = Counter(loan.copy.barcode for loan in Loan.select())
    assert journal.set_aside is None and KioskConflict.select().count() == 0
    assert all(lent[book] == 1 for book in confirmed), (confirmed, lent)
    assert all(count == 1 for count in lent.values())
    journal.close()


def mine_title(view: dict, book: str, books: list[str]) -> list[bool]:
    return [one["title"] == f"Cuốn {books.index(book)}" for one in view["books"]]


def wait_for(address: str, wanted) -> dict:
    """The first screen that is as wanted, from the kiosk's own events."""
    with urllib.request.urlopen(f"{address}events", timeout=30) as events:
        for raw in events:
            if raw.startswith(b"data: "):
                view = json.loads(raw[6:])
                if wanted(view):
                    return view
    raise AssertionError("the kiosk ended")
