"""History with names is kept for a time, then the names go and every figure stays (docs/lending-rules.md L150–L153)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lending_world import STAFF, TODAY, World, prefer

from library.access.devices import add_device
from library.access.tables import Device
from library.foundation.audit import Actor
from library.foundation.clock import clock_at, now
from library.foundation.database import transaction
from library.foundation.errors import Conflict, Refused
from library.foundation.tables import AuditEntry
from library.lending import service as lending
from library.lending.copy_troubles import declare_lost
from library.lending.holds import cancel_hold, place_hold
from library.lending.offline import keep_conflict, list_conflicts, resolve_conflict
from library.lending.tables import Hold, KioskConflict, Loan, LoanEvent, UnitUse, Visit
from library.lending.visits import log_card_visit
from library.operations.housekeeping import Housekeeper
from library.privacy.anonymising import anonymise_history, anonymise_reader, count_due
from library.readers import queries, service
from library.readers.tables import Reader, ReaderBlock
from library.reporting.queries import count_month
from library.reporting.service import window_of
from library.settings import load_settings

LATER = TODAY + timedelta(days=400)


def lend_and_return(school: World, name: str, barcode: str, **more) -> int:
    loan = lending.check_out(barcode, reader_id=school.readers[name], actor=STAFF, channel="desk", **more)
    lending.check_in(barcode, actor=STAFF, channel="desk", comment=f"{name} nhờ bạn trả")
    return loan.loan_id


def everything_kept() -> str:
    """All text of the tables that tell of somebody's reading."""
    rows = [list(model.select().dicts()) for model in (Loan, LoanEvent, Visit, Hold, UnitUse, KioskConflict, AuditEntry)]
    return json.dumps(rows, default=str, ensure_ascii=False)


def test_what_ended_long_ago_loses_its_name_and_what_is_open_keeps_it(school: World) -> None:
    """L150, L151: loans, visits and holds; the open loan and the lost book still owed stay by name."""
    an, chi = school.readers["Trần Minh An"], school.readers["Phạm Chi"]
    first, second, third = (school.add_title(title)[0] for title in ("Dế Mèn", "Đất rừng", "Tuổi thơ dữ dội"))
    old = lend_and_return(school, "Trần Minh An", first)
    open_loan = lending.check_out(second, reader_id=an, actor=STAFF, channel="desk").loan_id
    owed = lending.check_out(third, reader_id=chi, actor=STAFF, channel="desk").loan_id
    declare_lost(third, actor=STAFF)
    log_card_visit(school.cards["Phạm Chi"], actor=STAFF)
    hold = place_hold(school.readers["Lê Thanh Bình"], school.records["Đất rừng"], actor=STAFF, note="Bình cần gấp")
    cancel_hold(hold, actor=STAFF)
    school.clock.set_day(LATER)
    recent = lend_and_return(school, "Phạm Chi", first)

    assert count_due() == 3
    done = anonymise_history(STAFF)
    assert (done.loans, done.visits, done.holds) == (1, 1, 1)
    named = dict(Loan.select(Loan.id, Loan.reader).tuples())
    assert named == {old: None, open_loan: an, owed: chi, recent: chi}
    assert Visit.get().reader_id is None and Hold.get().reader_id is None and Hold.get().note == ""
    row = Loan.get_by_id(old)
    assert (row.class_name, row.grade, row.reader_kind, row.material) == ("6A1", 6, "pupil", "children")
    entry = AuditEntry.get(AuditEntry.action == "privacy.anonymise")
    assert entry.after["loans"] == 1 and entry.actor_name == STAFF.name
    assert anonymise_history(STAFF).total == 0, "a second run finds nothing"
    assert AuditEntry.select().where(AuditEntry.action == "privacy.anonymise").count() == 1


def test_audit_comments_and_kiosk_payloads_forget_too(school: World) -> None:
    """L153: nothing that is left in the tables of history names the child or their card."""
    name, card = "Trần Minh An", school.cards["Trần Minh An"]
    reader_id = school.readers[name]
    lend_and_return(school, name, school.add_title("Dế Mèn")[0], comment=f"mẹ của {name} xin mượn")
    log_card_visit(card, actor=STAFF)
    add_device("Quầy 1", "kiosk", STAFF)
    device = Actor("device", "Quầy 1", Device.get().id)
    with transaction():
        for key in ("a", "b"):
            payload = {"kind": "checkout", "reader_card": card, "copy_barcode": "STN.999999"}
            keep_conflict(key, "checkout", "copy_unknown", payload, now(), actor=device)
    resolve_conflict(list_conflicts()[0]["id"], f"Đã hỏi {name}", actor=STAFF)
    service.block_reader(reader_id, "Làm ướt sách", STAFF, until=TODAY + timedelta(days=7))
    assert card in everything_kept() and f'"reader": {reader_id}' in everything_kept()

    school.clock.set_day(LATER)
    anonymise_history(STAFF)
    left = everything_kept()
    assert name not in left and f'"reader": {reader_id}' not in left and "Làm ướt sách" not in left
    assert left.count(card) == 1, "only the entry that nobody has worked off yet keeps its card"
    assert ReaderBlock.select().count() == 0
    kinds = {row.action for row in AuditEntry.select()}
    assert {"loan.check_out", "loan.check_in", "visit.card", "reader.block"} <= kinds, "who did what stays"


_ACT = st.tuples(
    st.sampled_from(("borrow", "return", "read_here", "visit", "wait", "hold", "lose")),
    st.integers(0, 2), st.integers(0, 3), st.integers(0, 40),
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(_ACT, min_size=4, max_size=14), days=st.integers(0, 120))
def test_figures_before_are_figures_after(school: World, acts: list[tuple[str, int, int, int]], days: int) -> None:
    """Whatever happened and whatever the school's number of days: no count of a report moves (but C9, said there)."""
    prefer(history_days=days)
    school.clock.set_day(date(2026, 9, 7))
    names = ("Trần Minh An", "Lê Thanh Bình", "Nguyễn Văn Dũng")
    titles = [f"Sách {len(school.records)}-{number}" for number in range(4)]
    books = [school.add_title(title)[0] for title in titles]
    day = date(2026, 9, 7)
    for what, who, which, wait in acts:
        reader = school.readers[names[who]]
        try:
            if what == "borrow":
                lending.check_out(books[which], reader_id=reader, actor=STAFF, channel="desk")
            elif what == "read_here":
                lending.check_out(books[which], reader_id=reader, actor=STAFF, channel="desk", purpose="in_library")
            elif what == "return":
                lending.check_in(books[which], actor=STAFF, channel="desk")
            elif what == "visit":
                log_card_visit(school.cards[names[who]], actor=STAFF)
            elif what == "hold":
                place_hold(reader, school.records[titles[which]], actor=STAFF)
            elif what == "lose":
                declare_lost(books[which], actor=STAFF)
            else:
                day += timedelta(days=wait)
                school.clock.set_day(day)
        except (Refused, Conflict):
            continue  # the rules said no: nothing happened
    on = day + timedelta(days=30)
    school.clock.set_day(on)
    months = [(2026, month) for month in (9, 10, 11, 12)] + [(2027, month) for month in (1, 2, 3)]

    def figures() -> list[object]:
        counted = [count_month(window_of(*month), on) for month in months]
        return [
            replace(one, readers=tuple(replace(row, distinct=0) for row in one.readers)) for one in counted
        ] + [model.select().count() for model in (Loan, LoanEvent, Visit, Hold)]

    still_open = set(Loan.select(Loan.id, Loan.reader).where(Loan.returned_at.is_null()).tuples())
    before = figures()
    anonymise_history(STAFF)
    assert figures() == before
    assert set(Loan.select(Loan.id, Loan.reader).where(Loan.returned_at.is_null()).tuples()) == still_open
    cut = on - timedelta(days=days)
    named = Loan.select().where(Loan.reader.is_null(False), Loan.returned_on < cut)
    assert all(row.ended_as == "lost" for row in named)
    assert not Visit.select().where(Visit.reader.is_null(False), Visit.visited_on < cut).exists()


def test_a_leaver_is_forgotten_after_the_same_time_but_not_with_books_at_home(school: World) -> None:
    """L152: name, code, birth date go; the class history stays for the figures; the card opens nothing."""
    gone, owing = school.readers["Trần Minh An"], school.readers["Phạm Chi"]
    service.change_status(gone, "transferred", STAFF)
    lending.check_out(school.add_title("Dế Mèn")[0], reader_id=owing, actor=STAFF, channel="desk")
    Reader.update(status="left").where(Reader.id == owing).execute()  # as an old program might have left it
    school.clock.set_day(LATER)
    assert anonymise_history(STAFF).readers == 1
    row = Reader.get_by_id(gone)
    assert (row.full_name, row.sort_key, row.education_id, row.born_on) == ("", "", None, None)
    assert row.anonymised_at is not None and Reader.get_by_id(owing).full_name == "Phạm Chi"
    assert [stay.class_name for stay in queries.get_reader_details(gone).enrolments] == ["6A1"]
    assert queries.search_readers("", status=None, limit=50)[1] == 3, "a row without a name is in no list"
    assert "Trần Minh An" not in json.dumps(list(AuditEntry.select().dicts()), default=str, ensure_ascii=False)


def test_one_person_may_ask_to_be_forgotten_at_once(school: World) -> None:
    """Refused while they are served, or with every reason while something is open; then all of it goes."""
    reader_id = school.readers["Trần Minh An"]
    book = school.add_title("Dế Mèn")[0]
    lend_and_return(school, "Trần Minh An", book)
    with pytest.raises(Conflict) as here:
        anonymise_reader(reader_id, STAFF)
    assert here.value.code == "reader_still_here"
    lending.check_out(book, reader_id=reader_id, actor=STAFF, channel="desk")
    Reader.update(status="left").where(Reader.id == reader_id).execute()
    with pytest.raises(Refused) as tied:
        anonymise_reader(reader_id, STAFF)
    assert [reason.code for reason in tied.value.reasons] == ["reader_has_loans"]
    assert Loan.select().where(Loan.reader == reader_id).count() == 2
    lending.check_in(book, actor=STAFF, channel="desk")
    anonymise_reader(reader_id, STAFF)
    assert Loan.select().where(Loan.reader == reader_id).count() == 0 and Loan.select().count() == 2
    assert f'"reader": {reader_id}' not in everything_kept() and "Trần Minh An" not in everything_kept()
    with pytest.raises(Conflict) as twice:
        anonymise_reader(reader_id, STAFF)
    assert twice.value.code == "reader_forgotten"


def test_a_running_server_forgets_once_a_day_by_itself(school: World, data_dir) -> None:
    lend_and_return(school, "Trần Minh An", school.add_title("Dế Mèn")[0])
    keeper = Housekeeper(load_settings({"KESACH_DATA": str(data_dir)}))
    keeper.look_round()
    assert Loan.get().reader_id is not None, "nothing is due yet"
    school.clock.set_day(LATER)
    keeper.look_round()
    assert Loan.get().reader_id is None


def test_the_command_counts_first_and_then_forgets(sqlite_database: str, run_kesach, data_dir) -> None:
    from lending_world import open_school

    with open_school() as school:
        school.clock.set_day(date(2020, 10, 5))
        lend_and_return(school, "Trần Minh An", school.add_title("Dế Mèn")[0])
    counted = json.loads(run_kesach("anonymise", "--dry-run", "--json").stdout)
    assert counted["due"] == 1 and counted["dry_run"] is True and Loan.get().reader_id is not None
    done = run_kesach("anonymise", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["loans"] == 1
    assert Loan.get().reader_id is None
    with clock_at(lambda: now()):
        assert json.loads(run_kesach("anonymise", "--json").stdout)["loans"] == 0
