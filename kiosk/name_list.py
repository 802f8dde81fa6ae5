"""A forgotten card: the class, then the first name, then the same session as with a card. Off by default (L186).

Pure, part of `session.py` (read that first). Cards stay in the state; the screen gets positions only.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.session_end import blank
from kiosk.session_events import ButtonPressed, ClassesListed, NamesListed
from kiosk.session_model import AskReader, Choice, Effect, ListClasses, ListNames, Phase, State
from kiosk.session_rules import Rules
from kiosk.session_steps import ask

Step = tuple[State, tuple[Effect, ...]]


def start_choosing(state: State, rules: Rules) -> Step:
    """ "Quên thẻ" on the idle screen."""
    state = replace(blank(state), session=state.session + 1, phase=Phase.CHOOSING, choice=Choice())
    return replace(state, ends_at=state.now + rules.choosing_seconds), (ListClasses(),)


def choose(state: State, press: ButtonPressed, rules: Rules) -> Step:
    """A tap on a class or a name; "done" leaves."""
    choice = state.choice
    if press.name == "done" or choice is None:
        return blank(replace(state, session=state.session + 1)), ()
    state = replace(state, ends_at=state.now + rules.choosing_seconds)
    if press.name == "choose_back":
        return replace(state, choice=Choice()), (ListClasses(),)
    position = press.name.removeprefix("choose_")
    if not position.isdecimal() or int(position) >= len(choice.labels):
        return state, ()
    if not choice.class_name:
        return replace(state, choice=Choice(choice.labels[int(position)])), (ListNames(choice.labels[int(position)]),)
    card = choice.cards[int(position)]
    state = replace(blank(state), session=state.session + 1, phase=Phase.OPENING)
    state = ask(state, "reader", press.key, card, "")
    return state, (AskReader(state.next_request - 1, card),)


def listed(state: State, event: ClassesListed | NamesListed) -> State:
    """The list came; one for a question nobody asks any more is dropped."""
    choice = state.choice
    if state.phase is not Phase.CHOOSING or choice is None:
        return state
    if isinstance(event, ClassesListed):
        return replace(state, choice=Choice("", event.names)) if not choice.class_name else state
    if choice.class_name != event.class_name:
        return state
    names, cards = [name for name, _ in event.readers], [card for _, card in event.readers]
    return replace(state, choice=Choice(event.class_name, tuple(names), tuple(cards)))
