"""A network that hangs holds up no child: the kiosk decides within seconds, and the core settles it once."""

from __future__ import annotations

import socket
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from kiosk_world import Core, RunningKiosk

from kiosk import serving
from kiosk.api_client import ApiClient
from kiosk.caller import Attempt, CallerThread
from kiosk.session_events import ActAnswer, Event, Refusal
from library.lending.tables import KioskConflict, Loan

Start = Callable[..., RunningKiosk]
AN = "Trần Minh An"


def test_a_call_that_hangs_is_given_up_and_its_answer_comes_late() -> None:
    late: list[Event] = []
    told, freed = threading.Event(), threading.Event()

    def keep(event: Event) -> None:
        late.append(event)
        told.set()

    def hang() -> Event:
        assert freed.wait(30)
        return ActAnswer(7, "Một")

    caller = CallerThread(keep)
    assert caller.call(hang, 0.01) is None
    assert caller.call(lambda: Refusal(8, "copy_lost"), 30) is None  # not behind the one that hangs
    assert not late
    freed.set()
    assert told.wait(30) and late == [ActAnswer(7, "Một")]
    assert caller.call(lambda: Refusal(9, "copy_lost"), 30) == Refusal(9, "copy_lost")
    caller.close()


def test_a_call_that_breaks_is_no_answer_and_the_next_one_is_made() -> None:
    caller = CallerThread(lambda _event: None)

    def broken() -> Event:
        raise ZeroDivisionError

    assert caller.call(broken, 30) is None
    assert caller.call(lambda: Refusal(1, "copy_lost"), 30) == Refusal(1, "copy_lost")
    caller.close()


def test_what_was_given_up_before_it_was_sent_never_is() -> None:
    early, late = Attempt(), Attempt()
    assert early.give_up() is False and early.may_send() is False
    assert late.may_send() is True and late.give_up() is True


def open_loans(book: str) -> list[int]:
    found = Loan.select().where(Loan.returned_at.is_null())
    return [loan.reader_id for loan in found if loan.copy.barcode == book]


def ready(kiosk: RunningKiosk) -> RunningKiosk:
    kiosk.until(lambda view: view["online"] and kiosk.is_ready)
    return kiosk


def is_listed(number: int) -> Callable[[dict[str, Any]], bool]:
    return lambda view: len(view["books"]) == number


def test_the_core_freezes_between_a_card_and_its_books(
    core: Core, start_kiosk: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first book waits for the core and is decided here; the core gets it twice, then thaws: one loan."""
    books = [core.world.add_title(title)[0] for title in ("Một", "Hai")]
    kiosk = ready(start_kiosk(receipts="never"))
    kiosk.scan(core.card(AN))
    kiosk.until(lambda view: view["screen"] == "open" and view["online"])
    core.proxy.freeze()
    kiosk.scan(books[0])
    kiosk.until(is_listed(1))
    monkeypatch.setattr(serving, "PATIENCE", 600.0)
    kiosk.scan(books[1])
    kiosk.until(is_listed(2))  # or it waits for a line that is known to be dead
    assert not kiosk.kiosk.line.is_up and kiosk.kiosk.journal.count_pending() == 2
    core.proxy.thaw()
    kiosk.until(lambda view: view["online"] and not kiosk.kiosk.journal.count_pending())
    assert [open_loans(book) for book in books] == [[core.world.readers[AN]]] * 2
    assert Loan.select().count() == 2 and KioskConflict.select().count() == 0


def test_a_journal_that_is_stuck_on_its_way_holds_up_nobody(core: Core, start_kiosk: Start) -> None:
    """Returns are pending and being sent when the core freezes: the next ones are taken all the same."""
    books = [core.world.add_title(f"Cuốn {number}")[0] for number in range(6)]
    api = ApiClient(core.proxy.url, core.token)
    for book in books:
        api.check_out(str(uuid.uuid4()), core.card("Nguyễn Văn Dũng"), book)
    api.close()
    kiosk = ready(start_kiosk(receipts="never"))
    core.proxy.dead = True
    kiosk.scan(books[0])
    kiosk.until(is_listed(1))
    core.proxy.dead = False
    core.proxy.freeze("/journal")  # everything else is answered
    kiosk.until(lambda view: view["online"] and core.proxy.held)
    for number, book in enumerate(books[1:], start=2):
        kiosk.scan(book)
        kiosk.until(is_listed(number))
    core.proxy.thaw()
    kiosk.until(lambda view: view["online"] and not kiosk.kiosk.journal.count_pending())
    assert all(open_loans(book) == [] for book in books) and Loan.select().count() == 6
    assert KioskConflict.select().count() == 0


def test_a_line_that_takes_calls_and_never_answers(core: Core, start_kiosk: Start) -> None:
    """Half-open: the connection is made by the machine in between, and nobody is behind it."""
    kiosk = ready(start_kiosk(receipts="never"))
    [book] = core.world.add_title("Một")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        kiosk.kiosk._clients[0]._port = silent.getsockname()[1]
        kiosk.kiosk._clients[0].close()
        kiosk.scan(book)
        kiosk.until(is_listed(1))


def test_a_name_server_that_hangs(core: Core, start_kiosk: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    kiosk = ready(start_kiosk(receipts="never"))
    [book] = core.world.add_title("Một")
    freed = threading.Event()
    real = socket.getaddrinfo

    def hang(*arguments: Any, **options: Any) -> Any:
        freed.wait(600)
        return real(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    for client in kiosk.kiosk._clients:
        client.close()
    try:
        kiosk.scan(book)
        kiosk.until(is_listed(1))
    finally:
        freed.set()


def test_a_core_that_answers_after_two_seconds_is_waited_for(
    core: Core, start_kiosk: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow is not away: the core decides card and book."""
    [book] = core.world.add_title("Một")
    kiosk = ready(start_kiosk(receipts="never"))
    core.proxy.lag = 2.0
    assert core.proxy.lag * 2 <= min(serving.PATIENCE, kiosk.kiosk._clients[0]._read_timeout)
    # What this machine takes beside it is not the core's slowness.
    monkeypatch.setattr(serving, "PATIENCE", 60.0)
    kiosk.kiosk._clients[0]._read_timeout = 60.0
    kiosk.scan(core.card(AN))
    kiosk.until(lambda view: view["screen"] == "open" and view["online"])
    kiosk.scan(book)
    kiosk.until(is_listed(1))
    assert [act.status for act in kiosk.kiosk.journal.list_acts()] == ["applied"]
    assert open_loans(book) == [core.world.readers[AN]]
