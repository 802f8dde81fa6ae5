"""Another school's core at the core's address: two real cores with data of their own, and a kiosk between them.

What the children do meanwhile stays at the kiosk, is never said to the wrong school, and settles at the right one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kiosk_world import Core, RunningKiosk
from test_kiosk_bad_input import AN, BINH, HELP, ask_for, open_loans, ready, settled

from kiosk.check import check_all
from kiosk.words import STAFF_CAUSES
from library.foundation.audit import SYSTEM
from library.foundation.schema import school_uuid
from library.foundation.tables import Meta
from library.lending.service import check_out
from library.lending.tables import KioskConflict
from tests.running_school import kesach, serving

Start = Callable[..., RunningKiosk]
QUIET = {"receipts": "never", "printer": {"driver": "none"}}
HARMLESS = {"GET /api/v1/health", "GET /api/v1/kiosk/hello"}


class OtherSchool:
    """A core of its own; `rows` of its tables tell whether anything ever reached it."""

    def __init__(self, port: int, data: Path) -> None:
        self.port, self._data = port, data

    def rows(self) -> list[int]:
        with closing(sqlite3.connect(f"file:{self._data / 'kesach.db'}?mode=ro", uri=True)) as found:
            return [
                found.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
                for table in ("loan", "kiosk_conflict", "idempotency_key", "device")
            ]


@pytest.fixture
def other(tmp_path: Path) -> Iterator[OtherSchool]:
    data = tmp_path / "other"
    kesach(data, "init", "--admin", "thuthu")
    with serving(data) as (port, _):
        yield OtherSchool(port, data)


def test_children_are_served_and_nothing_reaches_the_other_school(core: Core, start_kiosk: Start, other: OtherSchool) -> None:
    one, two, back = (core.world.add_title(title)[0] for title in ("Một", "Hai", "Ba"))
    check_out(back, reader_card=core.card(BINH), actor=SYSTEM, channel="staff")
    kiosk = ready(start_kiosk(**QUIET))
    kiosk.until(lambda view: view["school"])
    school, right = kiosk.kiosk.state.school, core.proxy.target
    core.proxy.dead = True
    assert ask_for(kiosk, core.card(AN), one) == (True, "")
    core.proxy.plug_into(other.port)
    core.proxy.dead = False
    view = kiosk.until(lambda view: view["staff_hint"])
    assert view["staff_hint"] == STAFF_CAUSES["other_school"] and view["screen"] == "idle" and view["school"] == school
    assert ask_for(kiosk, core.card(AN), two) == (True, "")
    kiosk.scan(back)
    kiosk.until(lambda view: view["screen"] == "returning" and view["books"])
    tried = core.proxy.asked[other.port, "GET /api/v1/health"]
    kiosk.kiosk.house.hurry()
    kiosk.until(lambda _: core.proxy.asked[other.port, "GET /api/v1/health"] > tried)
    [network] = [row for row in kiosk.kiosk._describe_status() if row.label == "Mạng"]
    assert network.good is False and "trường khác" in network.said
    assert "trường khác" in next(one for one in check_all(kiosk.config) if one.part == "server").said
    assert {asked for port, asked in core.proxy.asked if port == other.port} <= HARMLESS
    assert kiosk.kiosk.journal.count_pending() == 3 and other.rows() == [0, 0, 0, 0]
    assert open_loans() == {back: core.world.readers[BINH]}

    core.proxy.plug_into(right)
    settled(kiosk)
    kiosk.until(lambda view: view["online"] and not view["staff_hint"] and not kiosk.kiosk.state.concerns)
    assert open_loans() == {one: core.world.readers[AN], two: core.world.readers[AN]}
    assert KioskConflict.select().count() == 0 and other.rows() == [0, 0, 0, 0]


def test_a_kiosk_that_never_met_its_core(core: Core, start_kiosk: Start, other: OtherSchool) -> None:
    right = core.proxy.target
    core.proxy.plug_into(other.port)
    kiosk = start_kiosk(**QUIET)
    view = kiosk.until(lambda view: view["screen"] == "out_of_order")
    assert HELP in view["hint"] and view["staff_hint"] == STAFF_CAUSES["unauthorised"]
    assert {asked for port, asked in core.proxy.asked if port == other.port} <= HARMLESS
    core.proxy.plug_into(right)
    ready(kiosk)
    kiosk.until(lambda view: view["screen"] == "idle" and not view["staff_hint"])
    [book] = core.world.add_title("Một")
    assert ask_for(kiosk, core.card(AN), book) == (True, "")


def test_a_school_set_up_anew_that_still_knows_the_kiosk_is_its_own(core: Core, start_kiosk: Start) -> None:
    """Restored from a backup of before schools had an id: another id, the same tokens."""
    kiosk = ready(start_kiosk(**QUIET))
    kiosk.until(lambda _: kiosk.kiosk._find_school() == school_uuid())
    Meta.update(value="11111111-2222-3333-4444-555555555555").where(Meta.key == "school_uuid").execute()
    core.proxy.plug_into(core.proxy.target)
    [book] = core.world.add_title("Một")
    assert ask_for(kiosk, core.card(AN), book) == (True, "") and kiosk.kiosk.state.concerns == ()
    kiosk.until(lambda _: kiosk.kiosk._find_school() == school_uuid())
    settled(kiosk)
    assert list(open_loans()) == [book]


def test_the_right_core_behind_a_kept_line_that_was_switched(core: Core, start_kiosk: Start, other: OtherSchool) -> None:
    """A gateway leads elsewhere though the line to it never broke: found out at the first no, and not before."""
    kiosk = ready(start_kiosk(**QUIET))
    right, core.proxy.target = core.proxy.target, other.port
    kiosk.until(lambda view: view["staff_hint"] == STAFF_CAUSES["other_school"] and view["screen"] == "idle")
    core.proxy.target = right
    kiosk.until(lambda view: view["online"] and not view["staff_hint"])
