"""The staff menu at the kiosk: card, PIN, then one override, reprint, paper test, status, volume, restart.

Pure, part of `session.py` (read that first). The menu lies over the child's session, which waits beneath
it and goes on when it closes; nothing of the menu stays. Rules L180–L182. Values: `staff_model.py`; words:
`staff_view.py`.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.session_events import ButtonPressed, Event, PrinterOutcome
from kiosk.session_model import Effect, Phase, PlaySound, State
from kiosk.session_rules import Rules
from kiosk.session_steps import request, touch
from kiosk.staff_model import (
    VOLUMES,
    AskReceipts,
    AskStatus,
    CheckPin,
    PinPadClosed,
    PrintTest,
    Reprint,
    Restart,
    SetVolume,
    StaffKnown,
    StaffReceipts,
    StaffStatus,
    StaffUnknown,
    StaffVisit,
)
from library.contract.staff_pin import PIN_LENGTH

Step = tuple[State, tuple[Effect, ...]]
PIN_SECONDS = 25.0
"""The pad closes after so long without a digit: a card left lying opens no pad for the next child."""
CHECK_SECONDS = 15.0
SAID_SECONDS = 20.0
"""So long the menu stays at least once it says what became of the paper."""
_ENTER = "pin_ok"


def open_pad(state: State, card: str) -> Step:
    """A staff card was scanned. It opens the PIN pad and nothing else (L180)."""
    visit = StaffVisit("pin", state.now + PIN_SECONDS, card=card)
    return replace(state, staff=visit, notice=None, question=None), (PlaySound("attention"),)


def close_menu(state: State, rules: Rules) -> State:
    """Back to what was going on, with its time begun anew."""
    return touch(replace(state, staff=None), rules)


def staff_pressed(state: State, press: ButtonPressed, rules: Rules) -> Step:
    """A tap while the menu lies on top: only the menu hears it."""
    visit = state.staff
    assert visit is not None
    name = press.name
    if name == "staff_close":
        return close_menu(state, rules), ()
    if visit.stage == "pin":
        return _digit(state, visit, name)
    if visit.stage == "checking":
        return state, ()
    visit = replace(visit, ends_at=state.now + rules.staff_seconds, said="")
    state = replace(state, staff=visit)
    if name == "staff_back":
        return replace(state, staff=replace(visit, stage="menu", rows=(), receipts=())), ()
    if visit.stage == "menu":
        return _menu(state, visit, press, rules)
    if visit.stage == "restart" and name == "staff_restart_now":
        return replace(close_menu(state, rules), notice=None), (Restart(),)
    if visit.stage == "receipts" and name.startswith("reprint_") and name[8:].isdecimal():
        number = int(name[8:])
        if any(one.number == number for one in visit.receipts):
            visit = replace(visit, stage="menu", receipts=(), said="reprinting")
            return replace(state, staff=visit), (Reprint(number),)
    if visit.stage == "volume" and name.startswith("volume_") and name[7:].isdecimal():
        percent = int(name[7:])
        if percent in VOLUMES:
            return replace(state, volume=percent), (SetVolume(percent), PlaySound("ok"))
    return state, ()


def _digit(state: State, visit: StaffVisit, name: str) -> Step:
    if state.now < state.pad_closed_until:
        return state, ()
    digits = visit.digits
    if name.startswith("pin_") and len(name) == 5 and name[4] in "0123456789" and len(digits) < PIN_LENGTH:
        digits += name[4]
    elif name == "pin_back":
        digits = digits[:-1]
    elif name != _ENTER:
        return state, ()
    visit = replace(visit, digits=digits, ends_at=state.now + PIN_SECONDS, said="")
    if len(digits) < PIN_LENGTH:
        return replace(state, staff=visit), ()
    number = state.next_request
    visit = replace(visit, stage="checking", digits="", request=number, ends_at=state.now + CHECK_SECONDS)
    return replace(state, staff=visit, next_request=number + 1), (CheckPin(number, visit.card, digits),)


def _menu(state: State, visit: StaffVisit, press: ButtonPressed, rules: Rules) -> Step:
    match press.name:
        case "staff_override" if can_override(state):
            return _override(state, visit, press, rules)
        case "staff_reprint":
            return replace(state, staff=replace(visit, stage="receipts")), (AskReceipts(),)
        case "staff_test":
            return replace(state, staff=replace(visit, said="testing")), (PrintTest(),)
        case "staff_status":
            return replace(state, staff=replace(visit, stage="status")), (AskStatus(),)
        case "staff_volume":
            return replace(state, staff=replace(visit, stage="volume")), ()
        case "staff_restart":
            return replace(state, staff=replace(visit, stage="restart")), ()
    return state, ()


def can_override(state: State) -> bool:
    """A loan of the session on the screen was refused, and only for reasons that may be set aside (L181)."""
    refused = state.refused
    return refused is not None and refused.overridable and state.phase is Phase.OPEN and state.reader is not None


def _override(state: State, visit: StaffVisit, press: ButtonPressed, rules: Rules) -> Step:
    refused, reader = state.refused, state.reader
    assert refused is not None and reader is not None
    state = replace(close_menu(state, rules), refused=None, notice=None, question=None)
    return request(
        state, "checkout", press.key, reader.card, refused.barcode, staff_id=visit.staff_id, overrides=refused.codes,
        title=refused.title,
    )


def staff_told(state: State, event: Event, rules: Rules) -> Step:
    """An answer to what the menu asked; late ones find no menu and are dropped."""
    if isinstance(event, PinPadClosed):
        return replace(state, pad_closed_until=state.now + event.pause), ()
    visit = state.staff
    if visit is None:
        return _late(state, event)
    match event:
        case StaffKnown() if visit.stage == "checking" and visit.request == event.request:
            opened = StaffVisit("menu", state.now + rules.staff_seconds, staff_id=event.staff_id, name=event.name)
            return replace(state, staff=opened), (PlaySound("hello"),)
        case StaffUnknown():
            state, _ = _late(state, event)
            if visit.stage == "checking" and visit.request == event.request:
                ends_at = state.now + PIN_SECONDS + min(event.pause, 60.0)
                wrong = replace(visit, stage="pin", said="wrong", ends_at=ends_at)
                return replace(state, staff=wrong), (PlaySound("no"),)
        case StaffStatus() if visit.stage == "status":
            return replace(state, staff=replace(visit, rows=event.rows)), ()
        case StaffReceipts() if visit.stage == "receipts":
            return replace(state, staff=replace(visit, receipts=event.receipts)), ()
    return state, ()


def _late(state: State, event: Event) -> Step:
    """A wrong PIN counts although whoever typed it has gone."""
    if isinstance(event, StaffUnknown):
        return replace(state, pad_closed_until=max(state.pad_closed_until, state.now + event.pause)), ()
    return state, ()


def staff_printed(state: State, outcome: PrinterOutcome, rules: Rules) -> State:
    """Whether the paper that the menu asked for came out; nobody is told where the menu was left."""
    visit = state.staff
    if visit is None or visit.stage not in ("menu", "receipts"):
        return state
    what = "test" if outcome.about == "paper_test" else "reprint"
    said = f"{what}:{outcome.outcome}:{outcome.reason or ''}"
    return replace(state, staff=replace(visit, said=said, ends_at=max(visit.ends_at, state.now + SAID_SECONDS)))


def staff_ticked(state: State, rules: Rules) -> State:
    """The menu closes by itself; a check that never came back is asked again."""
    visit = state.staff
    if visit is None or state.now < visit.ends_at:
        return state
    if visit.stage == "checking":
        return replace(state, staff=replace(visit, stage="pin", said="no_answer", ends_at=state.now + PIN_SECONDS))
    return close_menu(state, rules)
