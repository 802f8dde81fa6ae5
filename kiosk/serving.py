"""Answers what the session asks: by the core where it can be reached, else by the snapshot.

Here: `Desk.answer(effect) -> event`, run in a thread of its own (`runner.py`), so that a slow core never
holds up the scanner or the screen. It waits for the core `PATIENCE` seconds, whatever the network does
(`caller.py`), and decides here then; the act keeps its key, so that the core settles both as one. Order
matters: acts that only this kiosk knows of go to the core before a new one is asked, so that the core
sees things as they happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kiosk.api_client import OTHER_SCHOOL, ApiClient, CoreRefused, Unreachable
from kiosk.caller import Attempt, CallerThread, CallHere
from kiosk.clock import KioskClock
from kiosk.journal import ActJournal
from kiosk.offline import OfflineDesk
from kiosk.session_events import (
    ActAnswer,
    BackInOrder,
    Event,
    NetworkDown,
    NetworkUp,
    OutOfOrder,
    ReaderAnswer,
    Refusal,
)
from kiosk.session_model import AskReader, Checkout, Renew, Return
from kiosk.snapshot import SnapshotStore
from kiosk.sync import JournalSync
from library.contract.codes import first_for_child, is_overridable
from library.contract.kiosk_api import CheckoutAnswer, Problem, ReaderCard
from library.foundation.errors import Reason

Question = AskReader | Checkout | Return | Renew
PATIENCE = 4.0
"""Seconds a child waits for the core; then the kiosk decides."""
_BUSY = 1.0
"""Seconds to wait for a journal that is on its way to the core already."""
MAX_TITLE, MAX_NAME = 200, 60
"""Letters of a title and of a first name that are kept: both go on paper and on the screen."""


class Line:
    """Whether the core can be reached. While it cannot no child waits for it; whether it is back is tried
    beside them, `rest` seconds after the last failure."""

    def __init__(self, clock: KioskClock, tell: Callable[[Event], None], rest: float = 5.0) -> None:
        self._clock, self._tell, self._rest = clock, tell, rest
        self.is_up = True
        self.foreign = ""
        """What answers there instead of our core: api_client.FOREIGN, OTHER_SCHOOL."""
        self._again_at = 0.0
        self._refused = False

    @property
    def worth_trying(self) -> bool:
        return self.is_up or self._clock.monotonic() >= self._again_at

    def failed(self, *, foreign: str = "") -> None:
        self.foreign = foreign
        if foreign == OTHER_SCHOOL:
            self._take_back_refusal()  # it was not for our core to say
        self._again_at = self._clock.monotonic() + self._rest
        if self.is_up:
            self.is_up = False
            self._tell(NetworkDown())

    def worked(self) -> None:
        self.foreign = ""
        if not self.is_up:
            self.is_up = True
            self._tell(NetworkUp())
        self._take_back_refusal()

    def _take_back_refusal(self) -> None:
        if self._refused:
            self._refused = False
            self._tell(BackInOrder("unauthorised"))

    def device_refused(self) -> None:
        """Reached, but the token is not accepted: nothing done here could ever be settled."""
        self.foreign = ""
        if not self.is_up:
            self.is_up = True
            self._tell(NetworkUp())
        if not self._refused:
            self._refused = True
            self._tell(OutOfOrder("unauthorised"))


class Desk:
    """See the module. One thread calls `answer`. `caller`: who waits for the core."""

    def __init__(
        self,
        api: ApiClient,
        journal: ActJournal,
        snapshot: SnapshotStore,
        offline: OfflineDesk,
        sync: JournalSync,
        clock: KioskClock,
        line: Line,
        find_unit: Callable[[], str | None] = lambda: None,
        caller: CallerThread | CallHere | None = None,
    ) -> None:
        self._find_unit = find_unit
        self._api, self._journal, self._snapshot = api, journal, snapshot
        self._offline, self._sync, self._clock, self._line = offline, sync, clock, line
        self._caller = caller or CallHere()

    def answer(self, asked: Question) -> Event:
        """Always answers, within a few seconds; the answer carries the request's number."""
        may_have_happened = False
        if self._line.is_up:
            attempt = Attempt()
            began = self._clock.monotonic()
            found = self._caller.call(lambda: self._try_core(asked, attempt), PATIENCE)
            if found is not None:
                return found
            may_have_happened = attempt.give_up() and not isinstance(asked, AskReader)
            if self._clock.monotonic() - began >= PATIENCE:
                self._line.failed()
        elif self._line.worth_trying:
            self._caller.start(self._look_for_core)
        here = self._decide_here(asked)
        if may_have_happened and isinstance(here, Refusal):
            # The core may have said yes and we cannot know: neither yes nor no is true, a person decides.
            return Refusal(asked.request, "no_answer")
        return here

    def _try_core(self, asked: Question, attempt: Attempt) -> Event | None:
        """What the core says; None where it cannot be asked or does not answer."""
        if not self._settle_first() or not attempt.may_send():
            return None
        try:
            found = self._ask_core(asked)
        except Unreachable as error:
            self._line.failed(foreign=error.foreign)
            if not error.sent:
                attempt.not_sent()
            return None
        except CoreRefused as error:
            if error.is_about_device:
                self._line.device_refused()
                return Refusal(asked.request, "unauthorised")
            found = _refusal(asked.request, error.problem)
        self._line.worked()
        return found

    def _look_for_core(self) -> None:
        try:
            self._api.hello()
        except Unreachable as error:
            self._line.failed(foreign=error.foreign)
        except CoreRefused as error:
            if error.is_about_device:
                self._line.device_refused()
        else:
            self._line.worked()

    def _settle_first(self) -> bool:
        """True when the core knows all that was done here."""
        if not self._journal.count_pending():
            return True
        done = self._sync.drain(wait=_BUSY)
        if done.core_has_all:
            return True
        if done.left and not done.device_refused and not done.busy:
            self._line.failed(foreign=done.foreign)
        return done.left == 0 or done.device_refused

    def _ask_core(self, asked: Question) -> Event:
        match asked:
            case AskReader():
                return ReaderAnswer(asked.request, _clipped(self._api.get_reader(asked.card)))
            case Checkout():
                made = self._api.check_out(
                    asked.key, asked.card, asked.barcode, staff_id=asked.staff_id, overrides=asked.overrides,
                    unit=self._find_unit(),
                )  # fmt: skip
                return _lent(asked.request, made)
            case Renew():
                return _lent(asked.request, self._api.renew(asked.key, asked.card, asked.barcode))
        done = self._api.take_back(asked.key, asked.barcode)
        return ActAnswer(
            asked.request, done.title[:MAX_TITLE], was_on_loan=done.was_on_loan, held_for_other=done.held_for_other,
            route_to=done.route_to, cover_url=self._cover(asked.barcode),
        )  # fmt: skip

    def _decide_here(self, asked: Question) -> Event:
        now = self._clock.now()
        match asked:
            case AskReader():
                lent = self._journal.count_pending_loans(asked.card)
                reader = self._offline.find_reader(asked.card, lent, now)
                if isinstance(reader, tuple):
                    return _reasons(asked.request, reader)
                return ReaderAnswer(asked.request, reader, offline=True)
            case Checkout():
                lent = self._journal.count_pending_loans(asked.card)
                made = self._offline.check_out(
                    asked.card, asked.barcode, lent, now, clock_ok=self._clock.trusted, overrides=asked.overrides
                )
                if isinstance(made, tuple):
                    return _reasons(asked.request, made)
                due_on = made.due_on.isoformat() if made.due_on else None
                return ActAnswer(
                    asked.request, made.title, due_on, made.remaining, _cover_url(made.record_id), offline=True
                )
            case Renew():
                return _reasons(asked.request, self._offline.renew())
        taken = self._offline.take_back(asked.barcode, now)
        if isinstance(taken, tuple):
            return _reasons(asked.request, taken)
        return ActAnswer(
            asked.request, taken.title, cover_url=_cover_url(taken.record_id), was_on_loan=taken.was_on_loan,
            held_for_other=taken.held_for_other, route_to=taken.route_to, offline=True,
        )  # fmt: skip

    def _cover(self, barcode: str) -> str | None:
        copy = self._snapshot.find_copy(barcode)
        return _cover_url(copy.record_id) if copy is not None else None


def _clipped(reader: ReaderCard) -> ReaderCard:
    loans = tuple(replace(loan, title=loan.title[:MAX_TITLE]) for loan in reader.loans)
    class_name = reader.class_name[:MAX_NAME] if reader.class_name else None
    return replace(reader, display_name=reader.display_name[:MAX_NAME], class_name=class_name, loans=loans)


def _lent(request: int, answer: CheckoutAnswer) -> ActAnswer:
    loan = answer.loan
    return ActAnswer(request, loan.title[:MAX_TITLE], loan.due_on, answer.remaining, loan.cover_url)


def _cover_url(record_id: int | None) -> str | None:
    return None if record_id is None else f"/covers/{record_id}.svg"


def _refusal(request: int, problem: Problem) -> Refusal:
    """Of several reasons the child hears one, by the fixed order of the codes."""
    if not problem.reasons:
        return Refusal(request, problem.code)
    code = first_for_child(reason.code for reason in problem.reasons)
    chosen = next(reason for reason in problem.reasons if reason.code == code)
    codes = tuple(reason.code for reason in problem.reasons)
    return Refusal(request, chosen.code, dict(chosen.params), codes, all(map(is_overridable, codes)))


def _reasons(request: int, reasons: tuple[Reason, ...]) -> Refusal:
    codes = tuple(reason.code for reason in reasons)
    return Refusal(request, codes[0], dict(reasons[0].params), codes, all(reason.overridable for reason in reasons))
