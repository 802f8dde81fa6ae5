"""A kiosk without a clock of its own that starts again in the same boot, the core away, still knows the time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiosk_program import KioskProgram
from kiosk_world import Core
from test_kiosk_bad_input import AN, BINH, CHI, has_snapshot

from kiosk.clock import KioskClock, instant_text, read_boot_id
from kiosk.journal import Act, ActJournal
from kiosk.kept_time import HEARD, LAST_SEEN, keep_time, read_instant, resume_time
from kiosk.receipt_content import ReceiptContent
from kiosk.staff_desk import receipt_label

LATE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
IMAGE = datetime(2024, 3, 1, tzinfo=UTC)
"""What a Pi believes when it starts."""


class Machine:
    """One boot after another, each with a monotonic clock of its own."""

    def __init__(self, journal: ActJournal, boot_id: str = "boot-1") -> None:
        self.journal, self.boot_id, self.monotonic = journal, boot_id, 100.0
        self.keeps_time = False
        self.wall = IMAGE

    def start(self) -> KioskClock:
        """The program starts."""
        clock = KioskClock(
            wall=lambda: self.wall.timestamp(), monotonic=lambda: self.monotonic, boot_id=self.boot_id,
            keeps_time=lambda: self.keeps_time, last_seen=read_instant(self.journal.recall(LAST_SEEN)),
        )  # fmt: skip
        resume_time(self.journal, clock)
        return clock

    def meet_core(self, at: datetime = LATE) -> KioskClock:
        """A program that started hears the time, and keeps it."""
        clock = self.start()
        assert clock.hear(instant_text(at), self.monotonic)
        keep_time(self.journal, clock)
        return clock


@pytest.fixture(scope="module")
def one_journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ActJournal]:
    """For many examples; each empties it."""
    with closing(ActJournal(tmp_path_factory.mktemp("kept") / "journal.db")) as opened:
        yield opened


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[ActJournal]:
    with closing(ActJournal(tmp_path / "journal.db")) as opened:
        yield opened


def test_a_program_that_starts_again_in_the_same_boot_goes_on(journal: ActJournal) -> None:
    machine = Machine(journal)
    assert not machine.start().trusted
    machine.meet_core()
    machine.monotonic += 3 * 3600
    clock = machine.start()
    assert clock.trusted and clock.now() == LATE + timedelta(hours=3)
    assert clock.hear(instant_text(LATE + timedelta(hours=4)), machine.monotonic), "the core's word is newer"
    assert clock.now() == LATE + timedelta(hours=4)


def test_a_card_is_not_worn_out_by_the_time(journal: ActJournal) -> None:
    """The core tells it twice a minute, all day."""
    machine = Machine(journal)
    clock = machine.meet_core()
    written = set()
    for _ in range(120):
        machine.monotonic += 30
        assert clock.hear(instant_text(clock.now() + timedelta(seconds=0.5)), machine.monotonic)
        keep_time(journal, clock)
        written.add((journal.recall(LAST_SEEN), journal.recall(HEARD)))
    assert 2 <= len(written) <= 13
    journal.trouble = "database or disk is full"
    keep_time(journal, clock)
    assert journal.trouble == "", "whether a disk that was full takes something again is tried each time"
    machine.boot_id, machine.monotonic = "boot-2", 5.0
    machine.meet_core(LATE + timedelta(hours=1, minutes=1))
    assert machine.start().trusted, "what is kept of a new boot is of that boot at once"


def test_another_boot_begins_without_a_time(journal: ActJournal) -> None:
    machine = Machine(journal)
    machine.meet_core()
    machine.boot_id = "boot-2"
    machine.monotonic += 60  # not even where its monotonic clock happens to fit
    assert not machine.start().trusted
    machine.meet_core(LATE + timedelta(days=1))
    machine.monotonic += 60
    assert machine.start().now() == LATE + timedelta(days=1, seconds=60)


def test_where_a_boot_has_no_id_nothing_is_kept(journal: ActJournal) -> None:
    machine = Machine(journal, boot_id="")
    assert machine.meet_core().trusted
    assert journal.recall(HEARD) is None and journal.recall(LAST_SEEN) == instant_text(LATE)
    assert not machine.start().trusted


@pytest.mark.parametrize(
    "kept",
    [
        "", "null", "[]", "7", "{", "{}", '{"boot_id": "boot-1"}', '{"boot_id": "boot-1", "offset": "x"}',
        '{"boot_id": "boot-1", "offset": NaN}', '{"boot_id": "boot-1", "offset": 1e999}',
        '{"boot_id": "boot-1", "offset": -5}', '{"boot_id": "boot-1", "offset": 0}',
        f'{{"boot_id": "boot-1", "offset": {LATE.timestamp() - 3600}}}',  # it would be earlier now than it was
        f'{{"boot_id": "boot-1", "offset": {LATE.timestamp() + 3600}}}',  # seen an hour before the machine started
    ],
)  # fmt: skip
def test_what_cannot_be_is_not_believed(journal: ActJournal, kept: str) -> None:
    machine = Machine(journal)
    machine.meet_core()
    journal.remember(HEARD, kept)
    machine.monotonic += 60
    assert not machine.start().trusted


def test_a_time_before_the_last_act_is_not_believed(journal: ActJournal) -> None:
    machine = Machine(journal)
    machine.meet_core()
    machine.monotonic += 60

    def write(key: str, at: datetime, known: bool) -> None:
        journal.write(
            Act(
                key=key, kind="return", card=None, barcode="LIB1", title="", due_on=None, occurred_at=instant_text(at),
                clock_ok=known, boot_id="boot-1", monotonic=0.0, status="pending",
            )
        )  # fmt: skip

    write("a", LATE + timedelta(seconds=30), True)
    write("b", LATE + timedelta(days=9), False)  # a guess is no measure
    assert machine.start().trusted
    write("c", LATE + timedelta(hours=1), True)
    assert not machine.start().trusted
    machine.monotonic += 3600
    assert machine.start().trusted


def test_a_machine_with_a_clock_of_its_own_knows_better(journal: ActJournal) -> None:
    """A laptop that slept: its monotonic clock slept too."""
    machine = Machine(journal)
    machine.keeps_time, machine.wall = True, LATE
    machine.meet_core()
    machine.wall = LATE + timedelta(days=2)
    machine.monotonic += 60
    assert machine.start().now() == LATE + timedelta(days=2)
    machine.wall = IMAGE  # its battery is empty
    clock = machine.start()
    assert clock.trusted and clock.now() == LATE + timedelta(seconds=60)


starts = st.lists(st.tuples(st.floats(0, 1e6), st.booleans(), st.booleans()), max_size=6)


@given(starts, st.floats(1, 1e7))
def test_trusted_exactly_while_the_core_was_heard_in_this_boot_and_then_right(
    one_journal: ActJournal, runs: list[tuple[float, bool, bool]], up: float
) -> None:
    """Each start: after so many seconds, perhaps in a new boot, perhaps with a core to hear."""
    for name in (HEARD, LAST_SEEN):
        one_journal.remember(name, "")
    machine, true, heard = Machine(one_journal), LATE, False
    machine.monotonic = up
    for number, (passed, rebooted, core) in enumerate(runs):
        true += timedelta(seconds=passed)
        machine.monotonic += passed
        if rebooted:
            machine.boot_id, machine.monotonic, heard = f"boot-{number}-again", 1.0, False
        clock = machine.meet_core(true) if core else machine.start()
        heard = heard or core
        assert clock.trusted == heard
        # A core says seconds, and what changed by less than one is not written again.
        assert not heard or abs((clock.now() - true).total_seconds()) <= 2.0


def receipts(folder: Path) -> list[dict[str, Any]]:
    """What was printed, the newest first."""
    with closing(ActJournal(folder / "state" / "journal.db", owner=False)) as found:
        return [json.loads(content) for _, content in found.list_receipts(10)]


@pytest.mark.skipif(not read_boot_id(), reason="Linux only")
def test_a_kiosk_killed_and_started_without_the_core_still_prints_due_dates(core: Core, tmp_path: Path) -> None:
    books = core.world.add_title("Dế Mèn phiêu lưu ký", 3)

    def start() -> KioskProgram:
        printer = 'driver = "png"\nreceipts = "always"'
        return KioskProgram(core, tmp_path, printer=printer, module="tests.kiosk.clockless_kiosk")

    def borrow(program: KioskProgram, name: str, book: str) -> str:
        """When the screen says that it is due."""
        [line] = program.borrow(core.card(name), book, lambda view: view["books"])["books"]
        program.press("done")
        program.until(lambda view: view["receipt"] == "Em nhớ lấy phiếu nhé.")
        return str(line["due"])

    program = start()
    program.until(lambda view: view["school"] and has_snapshot(tmp_path / "state"))
    due = borrow(program, AN, books[0])
    core.proxy.dead = True
    program.kill()

    program = start()
    assert program.report["clock_ok"]
    assert borrow(program, BINH, books[1]) == due
    program.kill()
    newest, first = receipts(tmp_path)
    [printed], [known] = newest["lines"], first["lines"]
    assert printed["due_on"] == known["due_on"] is not None and newest["made_at"]

    # Switched off and on: all that differs is the id of the boot.
    with closing(sqlite3.connect(tmp_path / "state" / "journal.db", isolation_level=None)) as store:
        store.execute(
            "UPDATE remembered SET value = json_set(value, '$.boot_id', 'boot-before') WHERE name = ?", (HEARD,)
        )
    program = start()
    try:
        assert not program.report["clock_ok"]
        assert borrow(program, CHI, books[2]) == "Cô thủ thư sẽ báo hạn trả"
    finally:
        program.close()
    newest = receipts(tmp_path)[0]
    assert newest["lines"][0]["due_on"] is None and newest["made_at"] is None
    with closing(ActJournal(tmp_path / "state" / "journal.db", owner=False)) as found:
        kept = found.list_receipts(10)
    labels = [receipt_label(ReceiptContent.from_json(content), number) for number, content in kept]
    assert labels[0].startswith("Trước khi biết giờ, số\u00a03\u00a0· Mượn"), "the staff's list, the newest first"
    assert all("/" in label[:5] for label in labels[1:]) and len(labels) == 3
