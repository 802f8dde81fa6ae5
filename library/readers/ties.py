"""What still holds a reader here: loans, holds, shelves in somebody's charge.

Those facts live on higher floors, and imports only go down; so a higher feature leaves a question here
(`register_ties`) that is asked before a reader is removed. Next: service.py (remove_reader).
"""

from __future__ import annotations

from collections.abc import Callable

from library.foundation.errors import Reason

_questions: list[Callable[[int], list[Reason]]] = []


def register_ties(question: Callable[[int], list[Reason]]) -> None:
    """`question(reader_id)` names what is open with that reader; asked inside the write transaction."""
    if question not in _questions:
        _questions.append(question)


def list_ties(reader_id: int) -> list[Reason]:
    """Everything that speaks against removing the reader."""
    return [reason for question in _questions for reason in question(reader_id)]
