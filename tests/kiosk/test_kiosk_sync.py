"""The journal reaches the core exactly once and in order, over a network that loses and repeats."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from kiosk_world import Core

from kiosk.api_client import ApiClient, CoreRefused, Unreachable
from kiosk.clock import KioskClock, instant_text
from kiosk.journal import Act, ActJournal
from kiosk.sync import JournalSync
from library.foundation.clock import now
from library.lending.tables import KioskConflict, Loan

AN, BINH, CHI = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi"


@pytest.fixture
def journal(tmp_path: Path):
    opened = ActJournal(tmp_path / "journal.db")
    yield opened
    opened.close()


def client(core: Core, token: str | None = None) -> ApiClient:
    return ApiClient(core.proxy.url, token or core.token, read_timeout=10)


def clock_of(core: Core) -> KioskClock:
    clock = KioskClock(boot_id="boot-1")
    clock.hear(instant_text(now()), clock.monotonic())
    return clock


def act(kind: str, barcode: str, card: str | None, minutes: int, **values) -> Act:
    at = instant_text(now() - timedelta(hours=20) + timedelta(minutes=minutes))
    return Act(key=str(uuid.uuid4()), kind=kind, barcode=barcode, card=card, occurred_at=at, **values)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_quarter_of_all_messages_lost_or_cut(core: Core, journal: ActJournal, seed: int) -> None:
    books = core.world.add_title("Dế Mèn phiêu lưu ký", 3)
    cards = [core.card(name) for name in (AN, BINH, CHI)]
    for number in range(60):
        journal.write(act("checkout", books[number % 3], cards[number % 3], 4 * number))
        journal.write(act("return", books[number % 3], None, 4 * number + 2))
    proxy = core.proxy
    proxy.random.seed(seed)
    proxy.lose_request = proxy.lose_answer = proxy.repeat = 0.25
    proxy.truncate = 0.1
    sync = JournalSync(journal, client(core), clock_of(core), batch=7)
    for _ in range(300):
        if not sync.drain().left:
            break
    assert journal.count_pending() == 0
    proxy.lose_request = proxy.lose_answer = proxy.repeat = proxy.truncate = 0.0
    # The bad things really happened: this is no test of a good network.
    assert all(proxy.happened[what] for what in ("lost request", "lost answer", "repeated")), proxy.happened
    loans = list(Loan.select().order_by(Loan.id))
    assert len(loans) == 60 and all(loan.returned_at is not None for loan in loans)
    assert [loan.loaned_at for loan in loans] == sorted(loan.loaned_at for loan in loans)
    assert {one.status for one in journal.list_acts()} <= {"applied", "repeated"}
    assert KioskConflict.select().count() == 0


def test_the_answer_got_lost_but_not_the_act(core: Core, journal: ActJournal) -> None:
    [book] = core.world.add_title("Một")
    api, key = client(core), str(uuid.uuid4())
    core.proxy.lose_answer = 1.0
    with pytest.raises(Unreachable) as caught:
        api.check_out(key, core.card(AN), book)
    assert caught.value.sent
    core.proxy.lose_answer = 0.0
    # The kiosk said yes by its snapshot and wrote the same key down: the core has it already.
    journal.write(Act(key=key, kind="checkout", barcode=book, card=core.card(AN), occurred_at=instant_text(now())))
    assert JournalSync(journal, api, clock_of(core)).drain().left == 0
    assert Loan.select().count() == 1 and journal.list_acts()[0].status == "repeated"


def test_conflict_is_kept_for_the_librarian_and_the_rest_goes_on(core: Core, journal: ActJournal) -> None:
    [one], [two] = core.world.add_title("Một"), core.world.add_title("Hai")
    core_says = client(core).check_out(str(uuid.uuid4()), core.card(BINH), one)
    assert core_says.loan.copy_barcode == one
    journal.write(act("checkout", one, core.card(AN), 0))
    journal.write(act("checkout", "KHONG-CO", core.card(AN), 1))
    journal.write(act("checkout", two, core.card(AN), 2))
    assert JournalSync(journal, client(core), clock_of(core)).drain().left == 0
    found = [(one.status, one.code) for one in journal.list_acts()]
    assert [status for status, _ in found] == ["conflict", "conflict", "applied"] and found[1][1] == "copy_unknown"
    assert KioskConflict.select().count() == 2


def test_a_clock_that_ran_ahead_does_not_put_a_loan_after_its_return(core: Core, journal: ActJournal) -> None:
    """Written in another boot by a machine three days ahead, then the return with a known time."""
    [book] = core.world.add_title("Một")
    ahead, known = instant_text(now() + timedelta(days=3)), instant_text(now() - timedelta(minutes=5))
    journal.write(Act(key=str(uuid.uuid4()), kind="checkout", barcode=book, card=core.card(AN), occurred_at=ahead,
                      clock_ok=False, boot_id="boot-0"))  # fmt: skip
    journal.write(Act(key=str(uuid.uuid4()), kind="return", barcode=book, occurred_at=known, boot_id="boot-0"))
    assert JournalSync(journal, client(core), clock_of(core)).drain().left == 0
    assert [one.status for one in journal.list_acts()] == ["applied", "applied"]
    assert Loan.get().returned_at is not None and KioskConflict.select().count() == 0


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_the_core_s_clock_was_set_forward_between_a_loan_and_its_being_sent(
    core: Core, journal: ActJournal, batch: int
) -> None:
    """Lent before the kiosk knew the time, brought back when it did; then the core's clock was put a minute on. By
    the seconds since, the loan would lie after its return."""
    [book] = core.world.add_title("Một")
    clock = clock_of(core)
    journal.write(Act(key=str(uuid.uuid4()), kind="checkout", barcode=book, card=core.card(AN), clock_ok=False,
                      occurred_at="2026-11-01T00:00:00Z", boot_id="boot-1", monotonic=clock.monotonic()))  # fmt: skip
    journal.write(Act(key=str(uuid.uuid4()), kind="return", barcode=book, occurred_at=instant_text(now())))
    core.world.clock.at += timedelta(seconds=60)
    clock.hear(instant_text(now()), clock.monotonic())
    assert JournalSync(journal, client(core), clock, batch=batch).drain().left == 0
    assert [one.status for one in journal.list_acts()] == ["applied", "applied"]
    assert Loan.get().returned_at is not None and KioskConflict.select().count() == 0


def test_the_core_s_clock_was_set_back_before_the_return_is_sent(core: Core, journal: ActJournal) -> None:
    """The other way round: the return without a known time is not sent as older than the loan before it."""
    [book] = core.world.add_title("Một")
    clock = clock_of(core)
    api = client(core)
    made = now()
    journal.write(Act(key=str(uuid.uuid4()), kind="checkout", barcode=book, card=core.card(AN),
                      occurred_at=instant_text(made)))  # fmt: skip
    assert JournalSync(journal, api, clock).drain().left == 0
    journal.write(Act(key=str(uuid.uuid4()), kind="return", barcode=book, clock_ok=False,
                      occurred_at="2026-11-01T00:00:00Z", boot_id="boot-1", monotonic=clock.monotonic()))  # fmt: skip
    clock.hear(instant_text(made - timedelta(minutes=5)), clock.monotonic())
    assert JournalSync(journal, api, clock).drain().left == 0
    assert [one.status for one in journal.list_acts()] == ["applied", "applied"]
    assert Loan.get().returned_at is not None


def test_dead_network_and_revoked_token_settle_nothing(core: Core, journal: ActJournal) -> None:
    journal.write(act("return", "S1", None, 0))
    clock = clock_of(core)
    refused = JournalSync(journal, client(core, "sai"), clock).drain()
    assert refused.device_refused and refused.left == 1
    core.proxy.dead = True
    away = JournalSync(journal, client(core), clock).drain()
    assert away.left == 1 and not away.device_refused
    with pytest.raises(Unreachable):
        client(core).hello()


def test_act_from_before_the_clock_was_right_is_placed_by_the_time_passed(core: Core, journal: ActJournal) -> None:
    [book] = core.world.add_title("Một")
    clock = clock_of(core)
    journal.write(
        Act(
            key=str(uuid.uuid4()), kind="checkout", barcode=book, card=core.card(AN),
            occurred_at="2026-11-01T00:00:00Z", clock_ok=False, boot_id="boot-1",
            monotonic=clock.monotonic() - 600,
        )
    )  # fmt: skip
    assert JournalSync(journal, client(core), clock).drain().left == 0
    placed = Loan.get().loaned_at
    assert abs((now() - placed).total_seconds() - 600) < 30


def test_no_and_not_there_are_told_apart(core: Core) -> None:
    with pytest.raises(CoreRefused) as caught:
        client(core).get_reader("TV00000000")
    assert caught.value.problem.status == 404 and not caught.value.is_about_device
    with pytest.raises(CoreRefused) as caught:
        client(core, "sai").hello()
    assert caught.value.is_about_device


def test_one_line_is_kept_and_nothing_is_said_twice(core: Core) -> None:
    api = ApiClient(core.proxy.url, core.token)
    for _ in range(5):
        api.hello()
    api.close()
    assert core.proxy.asked == {(core.port, "GET /api/v1/kiosk/hello"): 5} and core.proxy.lines == 1


def test_renewal_and_return_over_http(core: Core) -> None:
    [book] = core.world.add_title("Một")
    api = client(core)
    made = api.check_out(str(uuid.uuid4()), core.card(AN), book)
    longer = api.renew(str(uuid.uuid4()), core.card(AN), book)
    assert longer.loan.due_on > made.loan.due_on
    back = api.take_back(str(uuid.uuid4()), book)
    assert back.was_on_loan and back.title == "Một"
