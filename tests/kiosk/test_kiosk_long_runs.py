"""The promises over many acts: a network that spoils a quarter of all messages, and children in simulated time.

Short here; `KESACH_LONG=1` runs 10,000 acts and 2,000 children (docs/kiosk-setup.md).
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

from flask import Flask
from kiosk_world import Core
from lending_world import STAFF
from long_runs import runs
from simulated_school import School, SimulatedKiosk

from kiosk.api_client import ApiClient
from kiosk.clock import KioskClock, instant_text
from kiosk.journal import Act, ActJournal
from kiosk.sync import JournalSync
from library.foundation.clock import now
from library.foundation.database import transaction
from library.lending.service import check_in
from library.lending.tables import KioskConflict, Loan


def test_exactly_once_over_a_network_that_spoils_a_quarter(core: Core, tmp_path: Path) -> None:
    acts = runs(1_200, 10_000)
    with transaction():
        books = core.world.add_title("Dế Mèn phiêu lưu ký", 10)
        cards = [core.card(name) for name in ("Trần Minh An", "Lê Thanh Bình", "Phạm Chi")]
    begin = now() - timedelta(seconds=2 * acts + 100)
    journal = ActJournal(tmp_path / "journal.db")
    journal._connection.execute("PRAGMA synchronous = OFF")  # ten thousand durable commits are not what is looked at
    for number in range(acts // 2):
        book, card = books[number % 10], cards[number % 3]
        for kind, later in (("checkout", 0), ("return", 1)):
            journal.write(
                Act(key=str(uuid.uuid4()), kind=kind, barcode=book, card=card if kind == "checkout" else None,
                    occurred_at=instant_text(begin + timedelta(seconds=4 * number + later)))
            )  # fmt: skip
    proxy = core.proxy
    proxy.lose_request = proxy.lose_answer = proxy.repeat = proxy.truncate = 0.25
    clock = KioskClock(boot_id="boot-1")
    clock.hear(instant_text(now()), clock.monotonic())
    sync = JournalSync(journal, ApiClient(proxy.url, core.token, read_timeout=30), clock, batch=25)
    for _ in range(40 * acts):
        if not sync.drain().left:
            break
    assert journal.count_pending() == 0
    spoiled = {name: proxy.happened[name] for name in ("lost request", "lost answer", "repeated", "cut answer")}
    assert all(count >= acts / 25 / 10 for count in spoiled.values()), spoiled
    loans = list(Loan.select(Loan.act_key, Loan.loaned_at, Loan.returned_at).order_by(Loan.id))
    assert len(loans) == acts // 2 and all(loan.returned_at is not None for loan in loans)
    assert len({loan.act_key for loan in loans}) == acts // 2
    assert [loan.loaned_at for loan in loans] == sorted(loan.loaned_at for loan in loans)
    assert {one.status for one in journal.list_acts()} <= {"applied", "repeated"}
    assert KioskConflict.select().count() == 0
    journal.close()


def test_children_hold_what_the_core_says(core: Core, app: Flask, tmp_path: Path) -> None:
    children = runs(250, 2_000)
    with transaction():
        names = [f"Nguyễn Em{number}" for number in range(40)]
        for name in names:
            core.world.add_reader(name)
        books = [book for number in range(60) for book in core.world.add_title(f"Cuốn {number}", 3)]
    began = core.world.clock.at
    kiosk = SimulatedKiosk(app, core.token, tmp_path, now(), seed=children)
    kiosk.rest()
    school = School(kiosk, [core.card(name) for name in names], books)
    for number in range(children):
        # A morning with a good network, a bad one, none at all, and a plug that somebody stumbles over.
        spell = number // 12 % 4
        kiosk.network_up = spell != 2
        kiosk.mischief = 0.25 if spell == 1 else 0.0
        kiosk.plug = 0.02 if spell == 3 else 0.0
        school.send_child()
        kiosk.plug = 0.0
        kiosk.rest()
        # The clock of the core goes along, so that nothing is in its future.
        core.world.clock.at = began + timedelta(seconds=kiosk.time)
        # The librarian puts away what children left on the table, as soon as the core knows all.
        if school.table and kiosk.network_up and kiosk.journal.count_pending() == 0 and number % 5 == 0:
            tidy(school)
    kiosk.network_up, kiosk.mischief = True, 0.0
    kiosk.rest()
    assert kiosk.journal.count_pending() == 0
    tidy(school)
    open_loans = {loan.copy.barcode: loan.reader.full_name for loan in Loan.select().where(Loan.returned_at.is_null())}
    held = {book: name for book, card in school.holds.items() for name in names if core.card(name) == card}
    assert open_loans == held
    assert len(held) > 10 and all(kiosk.happened[what] for what in ("lost", "lost answer", "plug pulled")), (
        kiosk.happened
    )
    every = Loan.select(Loan.act_key).where(Loan.act_key.is_null(False))
    assert len({loan.act_key for loan in every}) == every.count()


def tidy(school: School) -> None:
    for book in sorted(school.table):
        check_in(book, actor=STAFF, channel="desk")
        school.shelf.append(book)
    school.table.clear()
