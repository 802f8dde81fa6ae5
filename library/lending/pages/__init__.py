"""The librarian's screens of lending. One blueprint; its pages register themselves from the modules here.

A page parses a form, calls a service and renders; no rule is decided in it.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from library.contract.codes import word

blueprint = Blueprint("lending", "library.lending", template_folder="templates")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    """word(code, params) for templates that list reasons."""
    return {"word": word}


from library.lending.pages import (  # noqa: E402  they register on the blueprint
    corner_phone,
    corners,
    desk,
    exchanges,
    hand_over_slips,
    lessons,
    loan,
    mass,
    overdue,
    rotations,
    sets,
    shelves,
)

__all__ = [
    "blueprint", "corner_phone", "corners", "desk", "exchanges", "hand_over_slips", "lessons", "loan", "mass",
    "overdue", "rotations", "sets", "shelves",
]  # fmt: skip
