"""The same hold, wanted at once by two, four and eight: at terminals of one server (threads) and by processes of
their own, on both databases. Never two winners, nobody jumps the line, and whoever loses is told why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from lending_racing import Act, Race, race_threads, racing_processes
from lending_world import STAFF, TODAY, World

from library.cataloguing.tables import Copy
from library.foundation.database import transaction
from library.foundation.tables import AuditEntry
from library.lending.holds import keep_ready, place_hold
from library.lending.tables import Hold, Loan

LOSES = {"held_for_other", "copy_on_loan"}
SIZES = (2, 4, 8)


class Line:
    """A title of its own with its copies, and readers of its own who may wait for it."""

    def __init__(self, school: World, size: int, copies: int = 1) -> None:
        self.school = school
        school._serial += 1
        self.name = f"Truyện {school._serial}"
        self.names = [f"Em {school._serial}-{number}" for number in range(size)]
        with transaction():  # one durable commit, not one a row
            self.books = school.add_title(self.name, copies)
            self.record = school.records[self.name]
            for name in self.names:
                school.add_reader(name)
        self.cards = [school.cards[name] for name in self.names]
        self.readers = [school.readers[name] for name in self.names]

    def wait(self, *places: int) -> list[int]:
        """These readers stand in line, in this order. The ids of their holds."""
        with transaction():
            return [place_hold(self.readers[place], self.record, actor=STAFF) for place in places]

    def states(self) -> list[str]:
        return [hold.status for hold in Hold.select().where(Hold.record == self.record).order_by(Hold.id)]

    def has(self) -> list[int]:
        """Places of the readers who have a copy now."""
        query = Loan.select(Loan.reader).join(Copy).where(Copy.record == self.record, Loan.returned_at.is_null())
        return sorted(self.readers.index(reader) for (reader,) in query.tuples())


def last_copy_with_holders_in_line(school: World, race: Race, size: int) -> None:
    line = Line(school, size)
    line.wait(*range(size))
    results = race([("lend", card, line.books[0]) for card in line.cards])
    assert results[0] == "lend" and set(results[1:]) <= LOSES
    assert line.has() == [0] and line.states() == ["filled", *["waiting"] * (size - 1)]


def half_as_many_copies_as_holders(school: World, race: Race, size: int) -> None:
    line, copies = Line(school, size, size // 2), size // 2
    line.wait(*range(size))
    results = race([("lend", card, line.books[place % copies]) for place, card in enumerate(line.cards)])
    assert results[:copies] == ["lend"] * copies and set(results[copies:]) <= LOSES
    assert line.has() == list(range(copies))


def pickup_while_expiry_runs(school: World, race: Race, size: int) -> None:
    """Its pickup day has passed and somebody waits behind: the first may not have it any more, the second may."""
    school.clock.set_day(TODAY)
    line = Line(school, 2)
    first, second = line.wait(0, 1)
    keep_ready(first, line.books[0], actor=STAFF)
    school.clock.set_day(Hold.get_by_id(first).pickup_until_on + timedelta(days=1))
    acts: list[Act] = [("lend", line.cards[0], line.books[0]), ("lend", line.cards[1], line.books[0])]
    results = race([*acts, *[("tidy",)] * (size - 2)])
    assert results[0] in LOSES and results[1] == "lend"
    assert line.has() == [1] and line.states() == ["expired", "filled"]
    ended = (AuditEntry.action == "hold.expired") & (AuditEntry.subject_id == str(first))
    assert AuditEntry.select().where(ended).count() == 1
    assert sum(int(said.removeprefix("tidied ")) for said in results[2:]) <= 1
    assert Hold.get_by_id(second).ended_at is not None


def pickup_too_late_and_nobody_waits(school: World, race: Race, size: int) -> None:
    school.clock.set_day(TODAY)
    line = Line(school, 1)
    (hold,) = line.wait(0)
    keep_ready(hold, line.books[0], actor=STAFF)
    school.clock.set_day(Hold.get_by_id(hold).pickup_until_on + timedelta(days=1))
    results = race([("lend", line.cards[0], line.books[0]), *[("tidy",)] * (size - 1)])
    assert results[0] == "lend" and line.states() == ["expired"] and line.has() == [0]


def pickup_while_it_is_cancelled(school: World, race: Race, size: int) -> None:
    line = Line(school, size)
    kept, *_ = line.wait(0, 1)
    keep_ready(kept, line.books[0], actor=STAFF)
    acts: list[Act] = [("lend", line.cards[0], line.books[0]), ("cancel", kept)]
    acts += [("lend", card, line.books[0]) for card in line.cards[1 : size - 1]]
    results = race(acts)
    if results[0] == "lend":  # then there was nothing to cancel
        assert results[1] == "hold_unknown" and line.has() == [0] and line.states() == ["filled", "waiting"]
    else:
        assert results[:2] == ["held_for_other", "cancel"] or results[:2] == ["copy_on_loan", "cancel"]
        assert line.has() in ([], [1]) and line.states() == ["cancelled", "filled" if line.has() else "ready"]
    assert set(results[2:]) <= LOSES | {"lend"} and len(line.has()) <= 1


def the_same_hold_twice(school: World, race: Race, size: int) -> None:
    line = Line(school, 1)
    results = race([("ask", line.readers[0], line.record)] * size)
    assert sorted(results) == sorted(["ask", *["hold_twice"] * (size - 1)])
    assert line.states() == ["waiting"]


def hold_against_checkout_of_the_same_copy(school: World, race: Race, size: int) -> None:
    line, half = Line(school, size), size // 2
    acts: list[Act] = [("lend", card, line.books[0]) for card in line.cards[:half]]
    results = race([*acts, *[("ask", reader, line.record) for reader in line.readers[half:]]])
    assert results[half:] == ["ask"] * half and line.states() == ["waiting"] * half
    lent = results[:half].count("lend")
    assert lent == len(line.has()) <= 1 and set(results[:half]) <= LOSES | {"lend"}
    if not lent:  # whoever asked was quicker: the copy on the shelf is theirs
        assert set(results[:half]) == {"held_for_other"}


def one_reader_asks_and_borrows(school: World, race: Race, size: int) -> None:
    line = Line(school, 1)
    results = race([("lend", line.cards[0], line.books[0]), *[("ask", line.readers[0], line.record)] * (size - 1)])
    assert results[0] == "lend" and line.has() == [0]
    assert set(results[1:]) <= {"ask", "hold_twice", "hold_has_it"} and results.count("ask") <= 1
    assert line.states() in ([], ["filled"])  # nobody waits for what they have


def many_copies_fetched_for_one_hold(school: World, race: Race, size: int) -> None:
    line = Line(school, 1, size)
    (hold,) = line.wait(0)
    results = race([("keep", hold, book) for book in line.books])
    assert sorted(results) == sorted(["hold_ready"] * (size - 1) + ["keep"])
    assert Hold.get_by_id(hold).ready_copy.barcode == line.books[results.index("keep")]
    again = Line(school, 1, size)
    again.wait(0)
    results = race([("keep_next", book) for book in again.books])
    assert sorted(results) == sorted(["hold_nobody_waits"] * (size - 1) + ["keep_next"])


def one_copy_fetched_for_many_holds(school: World, race: Race, size: int) -> None:
    line = Line(school, size)
    results = race([("keep", hold, line.books[0]) for hold in line.wait(*range(size))])
    assert sorted(results) == sorted(["held_for_other"] * (size - 1) + ["keep"])
    assert sorted(line.states()) == sorted(["ready", *["waiting"] * (size - 1)])


def the_kept_copy_is_fetched_and_given_back(school: World, race: Race, size: int) -> None:
    """The first takes it while others scan it as returned: it is lent once, and kept or lent in one place."""
    line = Line(school, 2)
    first, second = line.wait(0, 1)
    keep_ready(first, line.books[0], actor=STAFF)
    results = race([("lend", line.cards[0], line.books[0]), *[("return", line.books[0])] * (size - 1)])
    assert results == ["lend", *["return"] * (size - 1)]
    states = line.states()
    assert (line.has(), states) in (([0], ["filled", "waiting"]), ([], ["filled", "ready"]))
    assert Hold.get_by_id(second).ready_copy_id is not None or states[1] == "waiting"


SCENES: list[Callable[[World, Race, int], None]] = [
    last_copy_with_holders_in_line,
    half_as_many_copies_as_holders,
    pickup_while_expiry_runs,
    pickup_too_late_and_nobody_waits,
    pickup_while_it_is_cancelled,
    the_same_hold_twice,
    hold_against_checkout_of_the_same_copy,
    one_reader_asks_and_borrows,
    many_copies_fetched_for_one_hold,
    one_copy_fetched_for_many_holds,
    the_kept_copy_is_fetched_and_given_back,
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_threads_race_for_a_hold(school: World, scene: Callable[[World, Race, int], None]) -> None:
    for size in SIZES:
        for _ in range(2):
            scene(school, race_threads, size)


@pytest.fixture
def race_processes(database: str) -> Iterator[Race]:
    with racing_processes(database, max(SIZES)) as race_lists:

        def race(acts: Sequence[Act]) -> list[str]:
            return [given for (given,) in race_lists([[act] for act in acts])]

        yield race


def test_processes_race_for_a_hold(school: World, race_processes: Race) -> None:
    for scene in SCENES:
        for size in SIZES:
            scene(school, race_processes, size)
