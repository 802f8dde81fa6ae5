"""Decides without the core: the same rules (library/lending/rules.py) over the last snapshot.

Here: snapshot rows -> facts, and what holds only offline: a limit of its own, no renewals, no loans on
data that is too old, no due date while the clock is not trusted. Not here: a single rule of lending.
Returns are always taken: the book lies in front of the kiosk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from kiosk.clock import school_day
from kiosk.snapshot import SnapshotStore
from kiosk.spoken import read_date
from library.contract.kiosk_api import ReaderCard, ReaderLoan, ReasonSaid, SnapshotCopy, SnapshotReader
from library.contract.scans import may_be_card
from library.foundation.errors import Reason
from library.foundation.schoolyear import Calendar
from library.lending.limits import counts_in_total, remaining_in_total
from library.lending.model import (
    CheckoutFacts,
    CopyFacts,
    LessonNeed,
    LoanFacts,
    OpenLoan,
    Policy,
    ReaderFacts,
    RefusedBy,
    ReturnFacts,
    UnitFact,
    UnitKind,
)
from library.lending.policy_json import calendar_from_json, policy_from_json
from library.lending.rules import decide_checkout, decide_reader, decide_return, make_reason

_THIS_READER, _ANOTHER = 1, 2
"""Identity inside one decision: the snapshot names readers by card only."""
_THIS_SHELF, _OTHER_SHELF = 1, 2
"""The same for shelves, which it names by name."""
_SAID_BY_LOANS = ("has_overdues", "loan_limit")
"""Found anew from the loans we know, which a return at this kiosk may have ended."""


@dataclass(frozen=True, slots=True)
class Lent:
    """Yes, offline. `due_on` is None while the clock is not trusted."""

    title: str
    due_on: date | None
    remaining: int
    record_id: int | None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A return decided here: what the child is told of it."""

    title: str
    was_on_loan: bool
    held_for_other: bool
    route_to: str | None
    record_id: int | None


class OfflineDesk:
    """`limited`: an ordinary kiosk lends only a few books a child while the core is away; a mobile desk
    that is meant to be away all day is not. `find_unit`: the shelf such a desk stands at now (L184)."""

    def __init__(
        self, snapshot: SnapshotStore, *, limited: bool = True, find_unit: Callable[[], str | None] = lambda: None
    ) -> None:
        self._snapshot = snapshot
        self._limited = limited
        self._find_unit = find_unit

    def lends(self, now: datetime) -> bool:
        """False where there is no snapshot, or one that is too old: returns only."""
        return self._stale(now) is None

    def find_reader(self, card: str, lent_offline: int, now: datetime) -> ReaderCard | tuple[Reason, ...]:
        """The reader as the snapshot knows them, or why nothing can be said. `lent_offline`: loans this
        reader made here that the core does not have yet."""
        stale = self._stale(now)
        if stale is not None:
            return (stale,)
        reader = self._snapshot.find_reader(card)
        if reader is None:
            return (make_reason("reader_unknown", card=card),)
        policy, _ = self._rules()
        facts = self._reader_facts(reader)
        reasons = decide_reader(facts, policy, school_day(now))
        remaining = 0 if reasons else remaining_in_total(facts, policy)
        if self._limited:
            remaining = min(remaining, max(policy.offline_limit - lent_offline, 0))
        return ReaderCard(
            card=card, display_name=reader.display_name, class_name=reader.class_name, kind=reader.kind,
            can_borrow=not reasons, remaining=remaining, loans=self._loans(facts, policy, card, school_day(now)),
            reasons=tuple(ReasonSaid(code=one.code, params=dict(one.params)) for one in reasons),
        )  # fmt: skip

    def check_out(
        self, card: str, barcode: str, lent_offline: int, now: datetime, *, clock_ok: bool,
        overrides: tuple[str, ...] = (),
    ) -> Lent | tuple[Reason, ...]:  # fmt: skip
        """May this reader have this copy, by the snapshot? Reasons in the fixed order of the rules.
        `overrides`: reasons that a librarian at the kiosk set aside (L181)."""
        stale = self._stale(now)
        if stale is not None:
            return (stale,)
        policy, calendar = self._rules()
        reader, copy = self._snapshot.find_reader(card), self._snapshot.find_copy(barcode)
        lessons = self._lessons(copy, school_day(now)) if copy is not None else ()
        facts = CheckoutFacts(
            card=card,
            barcode=barcode,
            reader=self._reader_facts(reader) if reader is not None else None,
            copy=replace(_copy_facts(copy, card, self._find_unit()), lessons=lessons) if copy is not None else None,
            at_unit=_THIS_SHELF,
        )
        decision = decide_checkout(facts, policy, calendar, school_day(now), overrides)
        if isinstance(decision, RefusedBy):
            return decision.reasons
        left = decision.remaining
        if self._limited:
            if lent_offline >= policy.offline_limit:
                return (make_reason("offline_limit", limit=policy.offline_limit),)
            left = min(left, policy.offline_limit - lent_offline - 1)
        assert copy is not None  # granted
        return Lent(copy.title, decision.due_on if clock_ok else None, left, copy.record_id)

    def take_back(self, barcode: str, now: datetime) -> TakenBack | tuple[Reason, ...]:
        """A copy nobody here knows is noted too (it may be newer than the snapshot), and no more is promised; not
        something that is no library book at all: a shop's article number, a card read badly."""
        policy, _ = self._rules()
        copy = self._snapshot.find_copy(barcode)
        if copy is None:
            if _is_article_number(barcode) or may_be_card(barcode):
                return (make_reason("copy_unknown", barcode=barcode),)
            return TakenBack("", False, False, None, None)
        decision = decide_return(ReturnFacts(barcode=barcode, copy=_copy_facts(copy, "")), policy, school_day(now))
        if isinstance(decision, RefusedBy):
            return decision.reasons
        return TakenBack(copy.title, decision.closes_loan, copy.held, copy.unit, copy.record_id)

    def renew(self) -> tuple[Reason, ...]:
        return (make_reason("offline_no_renewal"),)

    # ------------------------------------------------------------ facts

    def _stale(self, now: datetime) -> Reason | None:
        age = self._snapshot.age(now)
        policy, _ = self._rules()
        if age is None or age > timedelta(days=policy.snapshot_days):
            return make_reason("offline_stale")
        return None

    def _rules(self) -> tuple[Policy, Calendar]:
        """The librarian's policy, and the plain one where a newer core sends what we cannot read."""
        try:
            policy = policy_from_json(self._snapshot.policy)
        except (ValueError, TypeError, KeyError, AttributeError):
            policy = Policy()
        if not _is_sound(policy):
            policy = Policy()
        try:
            calendar = calendar_from_json(self._snapshot.closed_days)
        except (ValueError, TypeError, KeyError, AttributeError):
            calendar = Calendar()
        return policy, calendar

    def _reader_facts(self, reader: SnapshotReader) -> ReaderFacts:
        return ReaderFacts(
            id=_THIS_READER,
            name=reader.display_name,
            kind=reader.kind,
            grade=reader.grade,
            leaves_on=read_date(reader.leaves_on),
            known=tuple(code for code in reader.blocks if code not in _SAID_BY_LOANS),
            open_loans=tuple(_open_loan(copy) for copy in self._snapshot.list_loans(reader.card)),
        )

    def _lessons(self, copy: SnapshotCopy, today: date) -> tuple[LessonNeed, ...]:
        """What lessons need of the title, as the core said; how many copies are left is counted here, so
        that what was lent at this kiosk since counts too."""
        if copy.record_id is None:
            return ()
        found = []
        for need in self._snapshot.list_lesson_needs(copy.record_id):
            day, needed = read_date(str(need.get("on"))), need.get("needed")
            if day is not None and isinstance(needed, int) and day >= today:
                free = self._snapshot.count_free_on(copy.record_id, day, today)
                found.append(LessonNeed(on=day, needed=needed, free=free))
        return tuple(found)

    def _loans(self, reader: ReaderFacts, policy: Policy, card: str, today: date) -> tuple[ReaderLoan, ...]:
        return tuple(
            ReaderLoan(
                loan_id=0, copy_barcode=copy.barcode, title=copy.title,
                due_on=copy.open_loan.due_on if copy.open_loan else "", overdue=_due(copy) < today, renewable=False,
                counts=counts_in_total(reader, _open_loan(copy), policy), material=copy.material,
            )
            for copy in self._snapshot.list_loans(card)
        )  # fmt: skip


def _open_loan(copy: SnapshotCopy) -> OpenLoan:
    return OpenLoan(
        due_on=_due(copy), material=copy.material, collection=copy.collection, record_id=copy.record_id
    )


def _due(copy: SnapshotCopy) -> date:
    """A loan made here without a trusted clock has no day yet: it is not late."""
    return (read_date(copy.open_loan.due_on) if copy.open_loan else None) or date.max


def _copy_facts(copy: SnapshotCopy, card: str, desk_at: str | None = None) -> CopyFacts:
    loan = None
    if copy.open_loan is not None:
        same = copy.open_loan.reader_card == card
        loan = LoanFacts(id=None, reader_id=_THIS_READER if same else _ANOTHER, due_on=_due(copy))
    # Why a shelf's copy is not lent is the rules' to say (L22, L184); of the rest only the reason is known here.
    on_shelf = copy.reason == "copy_on_mobile_shelf"
    known = () if copy.loanable or on_shelf else (copy.reason or "not_for_home",)
    unit = None
    if copy.unit:
        here = _THIS_SHELF if on_shelf and copy.unit == desk_at else _OTHER_SHELF
        unit = UnitFact(id=here, kind=UnitKind.MOBILE_SHELF if on_shelf else "", name=copy.unit)
    return CopyFacts(
        id=None, barcode=copy.barcode, record_id=copy.record_id, material=copy.material,
        collection=copy.collection, title=copy.title, loan=loan, known=known, held_for_other=copy.held, unit=unit,
    )  # fmt: skip


def _is_sound(policy: Policy) -> bool:
    """Numbers are numbers. The reader of policies does not look at every value, and a rule that meets a
    word in the middle of a decision would leave the child without an answer."""
    numbers: list[object] = [policy.offline_limit, policy.snapshot_days, *policy.limits.values()]
    for row in policy.rows:
        numbers += [row.length_value, row.max_renewals, *(one for one in (row.max_loans, row.id) if one is not None)]
    return all(isinstance(one, int) for one in numbers)


def _is_article_number(barcode: str) -> bool:
    """EAN-8, UPC-A or EAN-13 with a right check digit."""
    if not barcode.isascii() or not barcode.isdigit() or len(barcode) not in (8, 12, 13):
        return False
    return sum(int(d) * (1, 3)[i % 2] for i, d in enumerate(reversed(barcode))) % 10 == 0
