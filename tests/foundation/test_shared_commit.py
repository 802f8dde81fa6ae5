"""Acts that arrive together share one durable commit (docs/adr/0004): never an answer before it, each
undone alone, and a commit that fails is heard of by everybody. On SQLite; PostgreSQL keeps one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.foundation.audit import request_id
from library.foundation.database import _writers, after_commit, in_shared_commit, read_once, transaction
from library.foundation.database import database as bound
from library.foundation.errors import Conflict
from library.foundation.tables import Meta


class Line:
    """Holds the writers' turn while acts queue up behind it, then lets them go; notes the order of things."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.failed: dict[str, BaseException] = {}
        bound.obj.shared_connection().set_trace_callback(self._heard)

    def _heard(self, statement: str) -> None:
        if statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            self.order.append(statement.split()[0])

    def run(self, acts: dict[str, Callable[[], None]]) -> None:
        threads = []
        with transaction():
            for name, act in acts.items():
                threads.append(threading.Thread(target=self._one, args=(name, act)))
                threads[-1].start()
                while len(_writers._waiting) < len(threads):  # in this order
                    threads[-1].join(timeout=0.001)
        for thread in threads:
            thread.join(timeout=30)
            assert not thread.is_alive()

    def _one(self, name: str, act: Callable[[], None]) -> None:
        try:
            in_shared_commit(act)
            self.order.append(f"answered {name}")
        except Exception as error:  # noqa: BLE001  looked at by the test
            self.failed[name] = error
            self.order.append(f"failed {name}")
        finally:
            bound.close()


@pytest.fixture
def line(sqlite_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    # A busy machine must not end a shared commit early: these tests are about who shares it, not for how long.
    monkeypatch.setattr("library.foundation.writers.LONGEST_SECONDS", 60.0)
    made = Line()
    yield made
    bound.obj.shared_connection().set_trace_callback(None)


def write(key: str, value: str = "1") -> Callable[[], None]:
    def act() -> None:
        Meta.create(key=key, value=value)

    return act


def kept() -> set[str]:
    return {row.key for row in Meta.select() if row.key.startswith("act")}


def test_eight_that_wait_are_one_commit_and_nobody_is_answered_before_it(line: Line) -> None:
    names = [f"act{number}" for number in range(8)]
    line.run({name: write(name) for name in names})
    assert kept() == set(names) and not line.failed
    assert line.order[:2] == ["BEGIN", "COMMIT"]
    assert sorted(line.order[2:]) == sorted(f"answered {name}" for name in names)


def test_an_act_that_fails_is_undone_alone_and_waits_like_the_others(line: Line) -> None:
    def fail(key: str) -> Callable[[], None]:
        def act() -> None:
            Meta.create(key=key, value="half")
            raise Conflict("undo_nothing")

        return act

    line.run({"act1": fail("act1"), "act2": write("act2"), "act3": fail("act3"), "act4": write("act4")})
    assert kept() == {"act2", "act4"}
    assert {name: type(error) for name, error in line.failed.items()} == {"act1": Conflict, "act3": Conflict}
    assert line.order.index("COMMIT") < min(line.order.index(f"failed {name}") for name in ("act1", "act3"))


def test_each_sees_what_those_before_it_did(line: Line) -> None:
    seen: list[int] = []

    def count() -> None:
        seen.append(len(kept()))
        Meta.create(key=f"act{len(seen)}", value="1")

    line.run({f"n{number}": count for number in range(4)})
    assert seen == [0, 1, 2, 3]


def test_each_runs_as_the_request_it_belongs_to_whatever_thread_runs_it(line: Line) -> None:
    seen: dict[str, str | None] = {}
    threads: set[int] = set()

    def ask(name: str) -> None:
        request_id.set(name)  # as the web floor does at the start of a request

        def look() -> None:
            seen[name] = request_id.get()
            threads.add(threading.get_ident())

        in_shared_commit(look)

    asking = [threading.Thread(target=ask, args=(f"request {number}",)) for number in range(4)]
    with transaction():
        for number, thread in enumerate(asking, 1):
            thread.start()
            while len(_writers._waiting) < number:
                thread.join(timeout=0.001)
    for thread in asking:
        thread.join(timeout=30)
    assert seen == {f"request {number}": f"request {number}" for number in range(4)}
    assert len(threads) == 1


def test_what_no_act_changes_is_read_once_a_commit_and_anew_in_the_next(line: Line) -> None:
    Meta.create(key="rule", value="old")
    seen: list[str] = []

    def look() -> None:
        seen.append(read_once("rule", lambda: str(Meta.get_by_id("rule").value)))
        Meta.update(value=f"after {len(seen)}").where(Meta.key == "rule").execute()

    line.run({f"n{number}": look for number in range(3)})
    assert seen == ["old", "old", "old"]
    line.run({"n4": look})
    assert seen[3:] == ["after 3"]
    with transaction():
        assert read_once("rule", lambda: "whatever stands there now") == "whatever stands there now"


def test_what_could_not_be_read_is_read_by_the_next(line: Line) -> None:
    answers = iter([Conflict("undo_nothing"), "found"])

    def read() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    seen: list[str] = []
    line.run(
        {"act1": lambda: seen.append(read_once("rule", read)), "act2": lambda: seen.append(read_once("rule", read))}
    )
    assert seen == ["found"] and list(line.failed) == ["act1"]


def test_a_commit_that_fails_is_nobodys_success(line: Line) -> None:
    """A foreign key checked at the commit only: the real thing fails, for all who share it."""

    def doomed() -> None:
        bound.execute_sql("PRAGMA defer_foreign_keys = ON")
        bound.execute_sql("INSERT INTO loan_event(loan_id, kind, at, actor_name) VALUES (999, 'x', 'x', 'x')")

    called: list[str] = []

    def hopeful() -> None:
        Meta.create(key="act1", value="1")
        after_commit(lambda: called.append("act1"))

    line.run({"act1": hopeful, "act2": doomed, "act3": write("act3")})
    assert kept() == set() and called == []
    assert set(line.failed) == {"act1", "act2", "act3"}
    line.run({"act4": write("act4")})  # and the next ones are served
    assert kept() == {"act4"}


def test_others_do_not_join_and_keep_their_place(line: Line) -> None:
    """An act that does not share (an import) begins after the commit of those before it."""
    at: list[str] = []

    def alone() -> None:
        with transaction():
            at.append("alone")
            assert kept() == {"act1"}
        bound.close()

    with transaction():
        first = threading.Thread(target=line._one, args=("act1", write("act1")))
        first.start()
        while len(_writers._waiting) < 1:
            first.join(timeout=0.001)
        second = threading.Thread(target=alone)
        second.start()
        while len(_writers._waiting) < 2:
            second.join(timeout=0.001)
    for thread in (first, second):
        thread.join(timeout=30)
    assert at == ["alone"] and line.order.count("COMMIT") == 1


@pytest.mark.slow
def test_a_full_disk_never_makes_an_answer_a_lie(line: Line) -> None:
    """Whatever SQLite undoes when it runs out of room: who was answered is there, who was not is not."""

    full: list[int] = []

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(sizes=st.lists(st.sampled_from([10, 3_000, 40_000]), min_size=2, max_size=5), room=st.integers(0, 12))
    def check(sizes: list[int], room: int) -> None:
        Meta.delete().where(Meta.key.startswith("act")).execute()
        shared = bound.obj.shared_connection()
        shared.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = shared.execute("PRAGMA page_count").fetchone()[0]
        free = shared.execute("PRAGMA freelist_count").fetchone()[0]
        shared.execute(f"PRAGMA max_page_count = {max(pages - free, 1) + room}")
        line.failed.clear()
        line.order.clear()
        try:
            line.run({f"act{number}": write(f"act{number}", "x" * size) for number, size in enumerate(sizes)})
        finally:
            shared = bound.obj.shared_connection()
            shared.execute("PRAGMA max_page_count = 1000000")
        answered = {entry.split()[1] for entry in line.order if entry.startswith("answered")}
        assert kept() == answered
        full.append(len(line.failed))
        assert answered | set(line.failed) == {f"act{number}" for number in range(len(sizes))}

    check()
    assert any(full) and not all(full)


def test_many_threads_many_acts_none_lost(database: str) -> None:
    """On both databases: shared and not shared, mixed, each adds one."""
    with transaction():
        Meta.create(key="counter", value="0")

    def add_many(shared: bool) -> None:
        def add() -> None:
            value = int(Meta.get_by_id("counter").value)
            Meta.update(value=str(value + 1)).where(Meta.key == "counter").execute()

        for _ in range(30):
            if shared:
                in_shared_commit(add)
                continue
            with transaction():
                add()
        bound.close()

    threads = [threading.Thread(target=add_many, args=(number % 3 != 0,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Meta.get_by_id("counter").value == "240"
