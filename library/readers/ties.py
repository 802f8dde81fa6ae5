"""What a change of a reader means elsewhere: what still holds them here, and what a last day of service moves.

Those facts (loans, holds, shelves in somebody's charge) live on higher floors, and imports only go down; so a higher
feature leaves a question here (`register_ties`) that is asked before a reader is removed, and a step
(`register_leaving`) that is taken when the last day of service is set. Next: service.py (remove_reader, update_reader).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from library.foundation.audit import Actor
from library.foundation.errors import Reason

_questions: list[Callable[[int], list[Reason]]] = []
_steps: list[Callable[[int, date, Actor], list[Reason]]] = []


def register_ties(question: Callable[[int], list[Reason]]) -> None:
    """`question(reader_id)` names what is open with that reader; asked inside the write transaction."""
    if question not in _questions:
        _questions.append(question)


def list_ties(reader_id: int) -> list[Reason]:
    """Everything that speaks against removing the reader."""
    return [reason for question in _questions for reason in question(reader_id)]


def register_leaving(step: Callable[[int, date, Actor], list[Reason]]) -> None:
    """`step(reader_id, leaves_on, actor)` does what that last day asks for and says what it did; inside the write
    transaction."""
    if step not in _steps:
        _steps.append(step)


def settle_leaving(reader_id: int, leaves_on: date, actor: Actor) -> list[Reason]:
    """Take every step; what staff should know of it."""
    return [remark for step in _steps for remark in step(reader_id, leaves_on, actor)]
