"""A kiosk that starts while the core is away: with what it had, and with nothing at all."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

from kiosk_world import Core, RunningKiosk
from test_kiosk_bad_input import AN, BINH, HELP, ask_for, open_loans, ready, settled

from kiosk.clock import instant_text
from kiosk.words import STAFF_CAUSES
from library.foundation.audit import SYSTEM
from library.foundation.clock import now
from library.foundation.preferences import set_preferences
from library.lending.service import check_out
from library.lending.tables import KioskConflict

Start = Callable[..., RunningKiosk]
QUIET = {"receipts": "never", "printer": {"driver": "none"}}
MAY = "em cứ mượn trả nhé"


def test_with_what_it_had_it_shows_its_school_and_works(core: Core, start_kiosk: Start) -> None:
    set_preferences({"school_name": "Trường Tiểu học Cẩm Lâm", "library_greeting": "Chào các em!"}, SYSTEM)
    [lent], [back] = core.world.add_title("Một"), core.world.add_title("Hai")
    check_out(back, reader_card=core.card(BINH), actor=SYSTEM, channel="staff")
    before = ready(start_kiosk(**QUIET))
    before.until(lambda view: view["school"])
    before.stop()
    core.proxy.dead = True
    kiosk = start_kiosk(**QUIET)
    view = kiosk.until(lambda view: not view["online"])
    assert (view["school"], view["greeting"], view["screen"]) == ("Trường Tiểu học Cẩm Lâm", "Chào các em!", "idle")
    assert MAY in view["offline_hint"] and view["staff_hint"] == ""
    assert ask_for(kiosk, core.card(AN), lent) == (True, "")
    kiosk.scan(back)
    kiosk.until(lambda view: view["screen"] == "returning" and view["books"])
    core.world.clock.at += timedelta(hours=1)  # the school's clock stands still in tests
    core.proxy.dead = False
    settled(kiosk)
    assert open_loans() == {lent: core.world.readers[AN]} and KioskConflict.select().count() == 0


def test_with_nothing_at_all_it_says_so_takes_books_back_and_recovers(core: Core, start_kiosk: Start) -> None:
    [lent], [back] = core.world.add_title("Một"), core.world.add_title("Hai")
    check_out(back, reader_card=core.card(BINH), actor=SYSTEM, channel="staff")
    core.proxy.dead = True
    kiosk = start_kiosk(**QUIET)
    view = kiosk.until(lambda view: view["staff_hint"])
    assert view["staff_hint"] == STAFF_CAUSES["no_data"] and view["screen"] == "idle"
    assert "Em trả sách ở đây" in view["offline_hint"] and HELP in view["offline_hint"]
    said_yes, sentence = ask_for(kiosk, core.card(AN), lent)
    assert not said_yes and HELP in sentence
    kiosk.scan(back)
    kiosk.until(lambda view: view["screen"] == "returning" and view["books"])
    core.world.clock.at += timedelta(hours=1)  # the school's clock stands still in tests
    core.proxy.dead = False
    settled(kiosk)
    view = kiosk.until(lambda view: view["online"] and kiosk.kiosk.snapshot.version is not None and not view["staff_hint"])
    assert view["offline_hint"] == "" and open_loans() == {}
    assert ask_for(kiosk, core.card(AN), lent) == (True, "")
    core.proxy.dead = True
    assert MAY in kiosk.until(lambda view: not view["online"])["offline_hint"], "now it has what it needs"


def test_with_data_too_old_it_does_not_promise_loans(core: Core, start_kiosk: Start) -> None:
    before = ready(start_kiosk(**QUIET))
    before.stop()
    made = json.dumps(instant_text(now() - timedelta(days=30)))
    with closing(sqlite3.connect(before.config.state_dir / "snapshot.db", isolation_level=None)) as store:
        store.execute("UPDATE fact SET value = ? WHERE name = 'generated_at'", (made,))
    core.proxy.dead = True
    kiosk = start_kiosk(**QUIET)
    view = kiosk.until(lambda view: view["staff_hint"])
    assert view["staff_hint"] == STAFF_CAUSES["old_data"] and "Em trả sách ở đây" in view["offline_hint"]
