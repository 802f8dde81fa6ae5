"""The same copy, the same limit, the same hold, asked for at once by threads and by processes.

Never two open loans of a copy, never a reader over the limit, and whoever loses is told why (behaviour B3).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

import pytest
from lending_racing import racing_processes, run_at_once
from lending_world import STAFF, World, prefer

from library.foundation.errors import Refused
from library.lending.holds import place_hold
from library.lending.idempotency import hash_request, run_keyed
from library.lending.service import check_in, check_out
from library.lending.tables import Hold, Loan

AN, BINH, CHI, DUNG = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi", "Nguyễn Văn Dũng"


def race(*acts: Callable[[], object]) -> list[object]:
    """What each act gave, all begun at the same moment; a refusal counts by its code."""

    def answered(act: Callable[[], object]) -> object:
        try:
            return act()
        except Refused as refusal:
            return refusal.code

    return run_at_once([partial(answered, act) for act in acts])


def lend(school: World, who: str, barcode: str, **more: object):
    def act() -> str:
        check_out(barcode, reader_card=school.cards[who], actor=STAFF, channel="desk", **more)
        return "lent"

    return act


@pytest.mark.parametrize("racers", [2, 4, 8])
def test_one_copy_many_readers(school: World, racers: int) -> None:
    (book,) = school.add_title("A")
    names = [f"Em {number}" for number in range(racers)]
    for name in names:
        school.add_reader(name)
    results = race(*(lend(school, name, book) for name in names))
    assert sorted(map(str, results)) == ["copy_on_loan"] * (racers - 1) + ["lent"]
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 1


@pytest.mark.parametrize("racers", [2, 4, 8])
def test_b3_one_reader_at_many_terminals_keeps_the_limit(school: World, racers: int) -> None:
    limit = racers // 2
    prefer(max_loans_pupil=limit)
    books = [school.add_title(f"Truyện {number}")[0] for number in range(racers)]
    results = race(*(lend(school, AN, book) for book in books))
    assert sorted(map(str, results)) == ["lent"] * limit + ["loan_limit"] * (racers - limit)


@pytest.mark.parametrize("racers", [2, 4, 8])
def test_one_return_serves_one_hold(school: World, racers: int) -> None:
    (book,) = school.add_title("A")
    lend(school, AN, book)()
    names = [f"Em {number}" for number in range(racers)]
    for name in names:
        school.add_reader(name)
        place_hold(school.readers[name], school.records["A"], actor=STAFF)
    race(*([lambda: check_in(book, actor=STAFF, channel="desk").was_on_loan] * racers))
    assert sorted(hold.status for hold in Hold.select()) == ["ready"] + ["waiting"] * (racers - 1)
    results = race(*(lend(school, name, book) for name in names))
    assert results[0] == "lent"  # whoever came first or last: the copy is kept for the first in the queue
    assert set(results[1:]) <= {"held_for_other", "copy_on_loan"}


@pytest.mark.parametrize("racers", [2, 4, 8])
def test_the_last_copy_of_a_title_goes_to_one_request_only(school: World, racers: int) -> None:
    """Everybody asks for the same title at once, one of them twice: one hold each, in one order, none lost."""
    school.add_title("A")
    names = [f"Em {number}" for number in range(racers - 1)]
    for name in names:
        school.add_reader(name)

    def ask(name: str):
        def act() -> str:
            place_hold(school.readers[name], school.records["A"], actor=STAFF)
            return "waits"

        return act

    results = race(*(ask(name) for name in (*names, names[0])))
    assert sorted(map(str, results)) == sorted(["waits"] * (racers - 1) + ["hold_twice"])
    assert Hold.select().count() == racers - 1


def test_one_key_a_thousand_times_is_one_loan(school: World) -> None:
    (book,) = school.add_title("A")
    key, wanted = str(uuid.uuid4()), hash_request("checkouts", book)

    def once() -> tuple[int, dict[str, object]]:
        done = check_out(book, reader_card=school.cards[AN], actor=STAFF, channel="kiosk", act_key=key)
        return 201, {"loan": done.loan_id}

    def act() -> set[object]:
        return {run_keyed(key, "device:1", wanted, once).answer["loan"] for _ in range(125)}

    found = race(*([act] * 8))
    assert len({loan for answers in found for loan in answers}) == 1
    assert Loan.select().count() == 1


@pytest.mark.parametrize("processes", [2, 4, 8])
def test_processes_race_for_copies_and_for_a_limit(school: World, database: str, processes: int) -> None:
    """Many processes, three books, three readers: the constraint and the write lock hold across processes."""
    prefer(max_loans_pupil=2)
    books = [school.add_title(f"Truyện {number}")[0] for number in range(3)]
    who = [school.cards[name] for name in (AN, BINH, CHI)]
    with racing_processes(database, processes) as race_lists:
        lists = [
            [("lend", card, book) for book in books for card in (*who[number % 3 :], *who[: number % 3])]
            for number in range(processes)
        ]
        results = sum(race_lists(lists), [])
    assert results.count("lend") == 3
    assert set(results) <= {"lend", "copy_on_loan", "copy_on_loan_same_reader", "loan_limit"}
    open_loans = list(Loan.select().where(Loan.returned_at.is_null()))
    assert len({loan.copy_id for loan in open_loans}) == len(open_loans) == 3
    assert max(sum(loan.reader_id == reader for loan in open_loans) for reader in school.readers.values()) <= 2
