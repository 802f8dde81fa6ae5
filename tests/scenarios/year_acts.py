"""Acts on single copies, done on the real core and on the model alike; the core must answer what the model says.

Each act goes one of three ways in: straight to the service, through the desk's page, or through the kiosk's
HTTP with a key. Sets of copies: year_units.py; acts done while the network was away: year_kiosk.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from year_figures import Visit
from year_model import LOST, MISSING, REPAIR, WITHDRAWN, Copy, Debt, Lent, Person, Wish
from year_school import School, learn_copies

from library.cataloguing.copies import change_copy, withdraw_copy
from library.foundation.errors import Refused
from library.lending import charges, copy_troubles, holds, service, visits
from library.lending.corrections import recall, undo_last
from library.lending.tables import Charge

IN_UNIT = {"copy_in_class_corner", "copy_on_mobile_shelf"}


def codes_of(call: Callable[..., Any], *arguments: Any, **more: Any) -> tuple[Any, set[str]]:
    """(the answer, no codes) or (None, every code of the refusal)."""
    try:
        return call(*arguments, **more), set()
    except Refused as refusal:
        return None, {"copy_in_unit" if reason.code in IN_UNIT else reason.code for reason in refusal.reasons}


def lend(school: School, person: Person, copy: Copy, via: str = "service", *, purpose: str = "home") -> Lent | None:
    """Ask for a copy; lent, or refused for exactly the reasons of the model."""
    model, day = school.model, school.day
    school.clock.later(20)
    expected = model.refusals(person, copy, day, purpose)
    due_on = model.due_on(person, copy, day, purpose)
    told: date | None = None
    if via == "kiosk":
        body = {"reader_card": person.card, "copy_barcode": copy.barcode}
        key = str(school.uuid())
        answer = school.kiosk().post("checkouts", body, key)
        got = {"copy_in_unit" if one["code"] in IN_UNIT else one["code"] for one in answer.json.get("reasons", ())}
        assert (answer.status_code == 201) == (not expected), (answer.json, expected)
        if not expected:
            told = date.fromisoformat(answer.json["loan"]["due_on"])
            loan_id = answer.json["loan"]["id"]
            if school.random.random() < 0.1:  # the answer was lost on the way, the kiosk asks again
                again = school.kiosk().post("checkouts", body, key)
                assert (again.status_code, again.json) == (201, answer.json)
    elif via == "desk" and copy.place != "loan":  # the desk would take a copy on loan back
        school.scan(person.card)
        answer = school.scan(copy.barcode, person, mode="in_library" if purpose == "in_library" else "smart")
        assert (answer["outcome"] == "lent") == (not expected), (answer["sentence"], expected)
        got = expected
        loan_id = 0
    else:
        done, got = codes_of(
            service.check_out, copy.barcode, reader_id=person.id, actor=school.staff, channel="desk", purpose=purpose
        )
        if done is not None:
            told, loan_id = done.due_on, done.loan_id
    assert got == expected, f"{person.name} asks for {copy.barcode} ({copy.place}): {got} instead of {expected}"
    if expected:
        model.kept_back += "booked_for_lesson" in expected
        return None
    if not loan_id:
        loan_id = service.find_copy(barcode=copy.barcode).facts.loan.id  # type: ignore[union-attr]  # it was just lent
    assert told in (None, due_on), f"{copy.barcode} due {told}, not {due_on}"
    loan = make_loan(school, loan_id, person, copy, purpose, due_on)
    if copy.place in (MISSING, LOST):
        copy.changed_on = day
    model.lend(loan)
    model.audit["loan.check_out"] += 1
    return loan


def make_loan(school: School, loan_id: int, person: Person, copy: Copy, purpose: str, due_on: date) -> Lent:
    return Lent(loan_id, copy, person, purpose, school.day, due_on, person.kind, person.grade, person.class_name,
                copy.material, school.clock.at, back_on=school.day)  # fmt: skip


def give_back(school: School, copy: Copy, via: str = "service") -> None:
    """Whoever brings it: the copy lies on the counter."""
    model, day = school.model, school.day
    school.clock.later(15)
    loan = copy.loan
    late = max((day - loan.due_on).days, 0) if loan else 0
    name = loan.person.name if loan else None
    if via == "kiosk":
        answer = school.kiosk().post("returns", {"copy_barcode": copy.barcode})
        assert answer.status_code == 200, answer.json
        back = answer.json["return"]
        seen = (back["was_on_loan"], back["overdue_days"], back["held_for_other"])
    elif via == "desk":
        answer = school.scan(copy.barcode, mode="return")
        assert answer["outcome"] == ("returned" if loan else "not_on_loan"), answer["sentence"]
        if name:
            assert name in answer["sentence"]
        seen = None
    else:
        done = service.check_in(copy.barcode, actor=school.staff, channel="desk")
        seen = (done.was_on_loan, done.overdue_days, done.held_for is not None)
        assert done.reader_name == (name or "")
    _, kept = model.take_back(copy, day)
    model.audit["loan.check_in" if loan else "copy.check_in"] += 1
    assert seen in (None, (loan is not None, late, kept is not None)), (copy.barcode, seen, late, kept)


def renew(school: School, loan: Lent, via: str = "service") -> bool:
    model, day = school.model, school.day
    school.clock.later(15)
    expected, due_on = model.renewal(loan, day)
    if via == "kiosk":
        answer = school.kiosk().post(
            "renewals", {"reader_card": loan.person.card, "copy_barcode": loan.copy.barcode}
        )
        got = {one["code"] for one in answer.json.get("reasons", ())}
        told = None if got else date.fromisoformat(answer.json["loan"]["due_on"])
    else:
        done, got = codes_of(service.renew, loan.copy.barcode, reader_id=loan.person.id, actor=school.staff)
        told = done.due_on if done else None
    assert got == expected, f"renewal of {loan.copy.barcode}: {got} instead of {expected}"
    if expected:
        return False
    assert told == due_on
    loan.due_on, loan.renewals = due_on, loan.renewals + 1
    model.audit["loan.renew"] += 1
    return True


def undo(school: School, loan: Lent) -> None:
    """The librarian takes back the loan just made at the desk."""
    assert undo_last(actor=school.staff).loan_id == loan.id
    school.model.end(loan, school.day, "corrected")
    school.model.audit["loan.undo"] += 1


def lend_against(school: School, person: Person, copy: Copy, codes: set[str]) -> Lent | None:
    """Staff set named reasons aside, with a comment that the log keeps (L5)."""
    day = school.day
    if school.model.refusals(person, copy, day) != codes:
        return None
    done = service.check_out(
        copy.barcode, reader_id=person.id, actor=school.staff, channel="desk", overrides=codes,
        comment="cô chủ nhiệm đề nghị",
    )  # fmt: skip
    assert set(done.set_aside) == codes
    due_on = school.model.due_on(person, copy, day)
    assert done.due_on == due_on
    loan = make_loan(school, done.loan_id, person, copy, "home", due_on)
    school.model.lend(loan)
    school.model.audit["loan.check_out"] += 1
    return loan


def call_back(school: School, loan: Lent) -> None:
    """A teacher needs it: due in three days, never later than it was."""
    wanted = school.model.days.next_open(school.day + timedelta(days=3))
    loan.due_on = min(loan.due_on, wanted)
    loan.recalled = True
    assert recall(loan.id, actor=school.staff) == loan.due_on
    school.model.audit["loan.recall"] += 1


# --- holds ----------------------------------------------------------------------------------------


def wish(school: School, person: Person, record: int) -> None:
    """Ask for a title (L70, L71)."""
    model = school.model
    school.clock.later(10)
    expected = model.own_reasons(person, school.day)
    if any(loan.copy.record == record for loan in person.loans.values()):
        expected.add("hold_has_it")
    if model.wish_of(person, record) is not None:
        expected.add("hold_twice")
    if all(copy.place in (LOST, MISSING, REPAIR, WITHDRAWN) for copy in model.titles[record]):
        expected.add("hold_no_copy")
    hold_id, got = codes_of(holds.place_hold, person.id, record, actor=school.staff)
    assert got == expected, (got, expected)
    if not expected:
        model.wishes.append(Wish(hold_id, record, person))
        model.audit["hold.place"] += 1


def give_up(school: School, person: Person, record: int) -> None:
    """The reader does not want it any more."""
    found = school.model.wish_of(person, record)
    if found is None:
        return
    holds.cancel_hold(found.id, actor=school.staff)
    school.model.wishes.remove(found)
    school.model.audit["hold.cancelled"] += 1
    if found.copy is not None:
        school.model.pass_on(found.copy, school.day)


def tidy_pickup_shelf(school: School) -> None:
    """What the desk does whenever it looks at holds (L72)."""
    school.model.expire_wishes(school.day)
    holds.tidy_holds()


# --- what goes wrong ------------------------------------------------------------------------------


def lose(school: School, copy: Copy) -> None:
    """The reader has lost it, or it is gone from the shelf; never twice (behaviour 21)."""
    model, day = school.model, school.day
    school.clock.later(10)
    _, got = codes_of(copy_troubles.declare_lost, copy.barcode, actor=school.staff, comment="em báo mất")
    assert got == set(), got
    if copy.loan is not None:
        charge = Charge.get(Charge.loan == copy.loan.id, Charge.settled_at.is_null())
        assert (charge.reader_id, charge.kind) == (copy.loan.person.id, "lost")
        model.debts.append(Debt(charge.id, copy.loan))
        model.end(copy.loan, day, "lost")
    _leave_pickup_shelf(school, copy)
    model.set_place(copy, LOST, day)
    model.audit["copy.lost"] += 1
    _, again = codes_of(copy_troubles.declare_lost, copy.barcode, actor=school.staff)
    assert again == {"copy_lost"}


def change_state(school: School, copy: Copy, status: str) -> None:
    """missing | repair | in_service."""
    copy_troubles.change_status(copy.barcode, status, actor=school.staff, comment="kiểm giá sách")
    _leave_pickup_shelf(school, copy)
    if status == "in_service":
        school.model.find(copy, school.day)
    else:
        school.model.set_place(copy, {"missing": MISSING, "repair": REPAIR}[status], school.day)
    school.model.audit["copy.status"] += 1


def _leave_pickup_shelf(school: School, copy: Copy) -> None:
    """Whoever it was kept for waits again, at the place they had in the queue."""
    kept = school.model.kept_for(copy)
    if kept is not None:
        kept.copy = kept.until = None


def claim(school: School, loan: Lent) -> None:
    """ "Em trả rồi": the loan stays open, marked."""
    copy_troubles.claim_returned(loan.id, actor=school.staff)
    school.model.audit["loan.claimed"] += 1


def make_good(school: School, debt: Debt) -> None:
    """What was lost is made good: its price, the same title in a new copy, or let off (L48)."""
    how = school.random.choice(("price", "copy", "waived"))
    if how == "price":
        charges.settle_with_price(debt.id, 45_000, actor=school.staff)
    elif how == "copy":
        charges.settle_with_copy(debt.id, actor=school.staff)
        learn_copies(school)
        school.model.audit["copies.add"] += 1
    else:
        charges.waive(debt.id, actor=school.staff, comment="gia đình khó khăn")
    debt.is_open = False
    debt.loan.ended_as = "replaced"
    school.model.audit["charge.settle"] += 1


def withdraw(school: School, copy: Copy, reason: str) -> None:
    withdraw_copy(copy.id, reason, school.staff, minutes="BB-01")
    _leave_pickup_shelf(school, copy)
    school.model.set_place(copy, WITHDRAWN, school.day)
    copy.withdrawn_on = school.day
    school.model.audit["copy.withdraw"] += 1


def note_worn(school: School, copy: Copy) -> None:
    change_copy(copy.id, school.staff, condition="worn")
    school.model.audit["copy.change"] += 1


# --- visits ---------------------------------------------------------------------------------------


def visit(school: School, person: Person) -> None:
    school.clock.later(5)
    soon = school.model.is_seen(person, school.clock.at)
    logged = visits.log_card_visit(person.card, actor=school.staff)
    assert (logged.reader_name, logged.repeated) == (person.name, soon)
    if not soon:
        person.seen_at.append(school.clock.at)
        school.log.visits.append(Visit(school.day, person.kind, person.grade, person=person))
        school.model.audit["visit.card"] += 1


def class_visit(school: School, class_name: str, people: int) -> None:
    visits.log_class_visit(school.classes[class_name], people, actor=school.staff, period=3, again=True)
    school.log.visits.append(Visit(school.day, "pupil", int(class_name[0]), people))
    school.log.door.append((school.day, class_name, people))
    school.model.audit["visit.class"] += 1

