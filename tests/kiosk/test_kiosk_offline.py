"""Without the core: the same rules on the last snapshot, within limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.journal import Act
from kiosk.offline import Lent, OfflineDesk, TakenBack
from kiosk.snapshot import SnapshotStore
from library.contract.kiosk_api import (
    Snapshot,
    SnapshotCopy,
    SnapshotLoan,
    SnapshotReader,
    SnapshotRemoved,
)
from library.contract.scans import make_card_number
from library.foundation.schoolyear import Calendar
from library.lending.model import CheckoutFacts, CopyFacts, Granted, Policy, PolicyRow, ReaderFacts
from library.lending.policy_json import policy_to_json
from library.lending.rules import decide_checkout

AN, BINH, LATE, GONE = (make_card_number(number) for number in (1, 2, 3, 4))
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
POLICY = Policy(rows=(PolicyRow(reader_kind="pupil", length_value=7),), limits={"pupil": 3}, offline_limit=2)


def reader(card: str, name: str, **values) -> SnapshotReader:
    return SnapshotReader(
        card=card, display_name=name, class_name="3A", kind="pupil", grade=3, loans_open=0, **values
    )


def copy(barcode: str, title: str = "Dế Mèn phiêu lưu ký", **values) -> SnapshotCopy:
    values.setdefault("loanable", True)
    values.setdefault("record_id", int(barcode[1:]))
    return SnapshotCopy(barcode=barcode, title=title, material="book", collection="TN", **values)


def lent_to(card: str, due_on: str = "2026-11-30") -> SnapshotLoan:
    return SnapshotLoan(reader_card=card, due_on=due_on)


WHOLE = Snapshot(
    version=7,
    generated_at="2026-11-23T01:00:00Z",
    full=True,
    readers=(
        reader(AN, "An"),
        reader(BINH, "Bình"),
        reader(LATE, "Lan"),
        reader(GONE, "Giang", blocks=("reader_expired",)),
    ),
    copies=(
        copy("S1"),
        copy("S2", "Mắt biếc"),
        copy("S3", "Hai vạn dặm dưới đáy biển"),
        copy("S4", open_loan=lent_to(BINH)),
        copy("S5", open_loan=lent_to(LATE, "2026-11-01")),
        copy("S6", loanable=False, reason="reference_only"),
        copy("S7", loanable=False, reason="copy_in_class_corner", unit="3A"),
        copy("S8", held=True),
    ),
    policy=policy_to_json(POLICY),
    closed_days={"weekly": [7], "days": ["2026-11-30", "2026-12-01"]},
)


@pytest.fixture
def store(tmp_path: Path):
    opened = SnapshotStore(tmp_path / "snapshot.db")
    opened.apply(WHOLE)
    yield opened
    opened.close()


def lend(desk: OfflineDesk, card: str, barcode: str, lent_offline: int = 0, now: datetime = NOW):
    return desk.check_out(card, barcode, lent_offline, now, clock_ok=True)


def codes(answer) -> list[str]:
    assert isinstance(answer, tuple), answer
    return [reason.code for reason in answer]


def act(kind: str, card: str | None, barcode: str) -> Act:
    return Act(key=f"{kind}-{barcode}", kind=kind, barcode=barcode, card=card, due_on="2026-12-07",
               occurred_at="2026-11-23T01:30:00Z")  # fmt: skip


def test_loan_offline_is_what_the_core_would_say(store: SnapshotStore) -> None:
    answer = lend(OfflineDesk(store), AN, "S1")
    calendar = Calendar(frozenset({7}), frozenset({date(2026, 11, 30), date(2026, 12, 1)}))
    core = decide_checkout(
        CheckoutFacts(
            card=AN, barcode="S1", reader=ReaderFacts(id=9, name="An", kind="pupil", grade=3),
            copy=CopyFacts(id=5, barcode="S1", record_id=1, material="book", collection="TN"),
        ),
        POLICY, calendar, date(2026, 11, 23),
    )  # fmt: skip
    assert isinstance(answer, Lent) and isinstance(core, Granted)
    # A week on is 30/11; it and 1/12 are closed.
    assert answer.due_on == core.due_on == date(2026, 12, 2)


@pytest.mark.parametrize(
    ("card", "barcode", "code"),
    [
        (AN, "S4", "copy_on_loan"),
        (BINH, "S4", "copy_on_loan_same_reader"),
        (LATE, "S1", "has_overdues"),
        (GONE, "S1", "reader_expired"),
        (AN, "S6", "reference_only"),
        (AN, "S7", "copy_in_class_corner"),
        (AN, "S8", "held_for_other"),
        (AN, "S9", "copy_unknown"),
        (make_card_number(99), "S1", "reader_unknown"),
    ],
)
def test_refusals(store: SnapshotStore, card: str, barcode: str, code: str) -> None:
    assert codes(lend(OfflineDesk(store), card, barcode))[0] == code


def test_second_book_counts_the_first(store: SnapshotStore) -> None:
    desk = OfflineDesk(store, limited=False)
    for barcode in ("S1", "S2", "S3"):
        assert isinstance(lend(desk, AN, barcode), Lent)
        store.note_act(act("checkout", AN, barcode))
    assert codes(lend(desk, AN, "S4"))[0] in ("loan_limit", "copy_on_loan")
    assert codes(lend(desk, BINH, "S1")) == ["copy_on_loan"]
    store.note_act(act("return", None, "S1"))
    assert isinstance(lend(desk, BINH, "S1"), Lent)


def test_kiosk_lends_less_while_away_and_a_mobile_desk_does_not(store: SnapshotStore) -> None:
    assert codes(lend(OfflineDesk(store), AN, "S1", lent_offline=2)) == ["offline_limit"]
    assert isinstance(lend(OfflineDesk(store, limited=False), AN, "S1", lent_offline=2), Lent)


def test_old_snapshot_lends_nothing_but_takes_books_back(store: SnapshotStore) -> None:
    desk, later = OfflineDesk(store), NOW + timedelta(days=8)
    assert codes(lend(desk, AN, "S1", now=later)) == ["offline_stale"]
    assert isinstance(desk.find_reader(AN, 0, later), tuple)
    assert isinstance(desk.take_back("S4", later), TakenBack)


def test_never_fetched_lends_nothing_but_takes_books_back(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "empty.db")
    desk = OfflineDesk(store)
    assert codes(lend(desk, AN, "S1")) == ["offline_stale"]
    assert isinstance(desk.take_back("S1", NOW), TakenBack)
    store.close()


def test_no_due_date_while_the_clock_is_not_trusted(store: SnapshotStore) -> None:
    answer = OfflineDesk(store).check_out(AN, "S1", 0, NOW, clock_ok=False)
    assert isinstance(answer, Lent) and answer.due_on is None


def test_returns(store: SnapshotStore) -> None:
    desk = OfflineDesk(store)
    back = desk.take_back("S4", NOW)
    assert isinstance(back, TakenBack) and back.was_on_loan
    unlent = desk.take_back("S1", NOW)
    assert isinstance(unlent, TakenBack) and not unlent.was_on_loan
    # A book newer than the snapshot is noted (nobody thanks for what may be no book), a packet of noodles is not.
    newer = desk.take_back("TN-99999", NOW)
    assert isinstance(newer, TakenBack) and not newer.was_on_loan
    assert codes(desk.take_back("8934563138165", NOW)) == ["copy_unknown"]
    assert codes(desk.take_back("TV0000O042", NOW)) == ["copy_unknown"]  # a card, a letter crept into its number


def test_returning_the_late_book_frees_the_child(store: SnapshotStore) -> None:
    desk = OfflineDesk(store)
    store.note_act(act("return", None, "S5"))
    assert isinstance(lend(desk, LATE, "S1"), Lent)


def test_reader_as_the_child_sees_it(store: SnapshotStore) -> None:
    found = OfflineDesk(store).find_reader(BINH, 0, NOW)
    assert not isinstance(found, tuple)
    assert (found.display_name, found.remaining) == ("Bình", 2)
    assert [(loan.copy_barcode, loan.renewable) for loan in found.loans] == [("S4", False)]


def test_changes_replace_only_what_changed(store: SnapshotStore) -> None:
    change = Snapshot(
        version=8, generated_at="2026-11-23T01:50:00Z", full=False, copies=(copy("S4"),),
        removed=SnapshotRemoved(readers=(GONE,), copies=("S8",)),
    )  # fmt: skip
    store.apply(change)
    assert store.version == 8 and store.count() == (3, 7)
    assert isinstance(lend(OfflineDesk(store), AN, "S4"), Lent)
    assert store.policy == WHOLE.policy


def test_acts_the_core_has_not_seen_outlive_a_new_snapshot(store: SnapshotStore) -> None:
    store.apply(WHOLE, lambda: [act("checkout", AN, "S1")])
    assert codes(lend(OfflineDesk(store), BINH, "S1")) == ["copy_on_loan"]


def test_damaged_or_foreign_snapshot_is_fetched_anew(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.db"
    path.write_bytes(b"not a database" * 300)
    store = SnapshotStore(path)
    assert store.version is None
    store.close()


def test_policy_of_a_newer_core_that_cannot_be_read_falls_back(store: SnapshotStore) -> None:
    odd = Snapshot(version=9, generated_at=WHOLE.generated_at, full=True, readers=WHOLE.readers, copies=WHOLE.copies,
                   policy={"rows": [{"reader_kind": "pupil", "length_value": "một tuần"}], "limits": 3})  # fmt: skip
    store.apply(odd)
    assert isinstance(lend(OfflineDesk(store), AN, "S1"), Lent)


def test_l120_the_last_copies_a_lesson_needs_stay_offline_too(tmp_path: Path) -> None:
    """Two of three copies are wanted for a lesson on the day the loan would be due: one may go, no more."""
    store = SnapshotStore(tmp_path / "lessons.db")
    copies = tuple(copy(f"T{number}", "Toán 3", record_id=40) for number in (1, 2, 3))
    policy = policy_to_json(POLICY) | {"lessons": [{"record_id": 40, "on": "2026-11-30", "needed": 2}]}
    store.apply(replace(WHOLE, copies=copies, policy=policy, closed_days={"weekly": [7], "days": []}))
    desk = OfflineDesk(store)
    assert isinstance(lend(desk, AN, "T1"), Lent)  # due on 30/11, the lesson's day
    store.note_act(replace(act("checkout", AN, "T1"), due_on="2026-11-30"))
    assert codes(lend(desk, BINH, "T2")) == ["booked_for_lesson"]
    store.note_act(act("return", None, "T1"))
    assert isinstance(lend(desk, BINH, "T2"), Lent)
    store.apply(replace(WHOLE, full=False, readers=(), copies=(), policy=policy | {"lessons": "?"}))
    store.note_act(replace(act("checkout", AN, "T1"), due_on="2026-11-30"))
    assert isinstance(lend(desk, BINH, "T2"), Lent)  # a core that says it another way stops no kiosk
    store.close()
