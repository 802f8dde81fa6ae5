"""An act behind a button: do it, and say on the next page what came of it or every reason why not."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect
from werkzeug.wrappers import Response

from library.contract.codes import word
from library.foundation.errors import KesachError, NotFound, Refused


def say_why_not(error: KesachError) -> None:
    """Every reason at once, as notices on the next page."""
    if isinstance(error, Refused):
        for reason in error.reasons:
            flash(word(reason.code, reason.params), "bad")
    else:
        flash(word(error.code, error.params), "bad")


def act_and_say(act: Callable[[], object], done: str | None = None) -> None:
    """Call `act` and say `done`, or what it returned where `done` is None. NotFound goes on: there is no such page."""
    try:
        came_of_it = act()
    except NotFound:
        raise
    except KesachError as error:
        say_why_not(error)
    else:
        flash(str(came_of_it) if done is None else done, "good")


def act_and_go(act: Callable[[], object], back: str, done: str | None = None) -> Response:
    """`act_and_say`, then to the address `back`."""
    act_and_say(act, done)
    return redirect(back, 303)
