"""The screens of shared textbooks. One blueprint; its pages register themselves from the modules here.

A page parses a form, calls a service and renders; no rule is decided in it.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint

from library.cataloguing.model import COPY_CONDITION_LABELS
from library.contract.codes import word
from library.textbooks.model import CELL_LABELS, CONDITIONS, SETTLEMENTS

blueprint = Blueprint("textbooks", "library.textbooks", template_folder="templates")


@blueprint.app_template_filter("tb_column")
def _as_column(words: str) -> tuple[str, str]:
    """A head of the class matrix, with its class."""
    return words, "tb-column"


@blueprint.app_template_filter("tb_tail")
def _number_tail(number: str) -> str:
    """SGK.000123 -> 123: what fits a narrow column."""
    digits = re.search(r"\d+$", number)
    return digits[0].lstrip("0") or "0" if digits else number


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "word": word,
        "condition_labels": COPY_CONDITION_LABELS,
        "conditions": [(key, COPY_CONDITION_LABELS[key]) for key in CONDITIONS],
        "cell_labels": CELL_LABELS,
        "settlements": SETTLEMENTS,
    }


from library.textbooks.pages import classes, collecting, lists, overview  # noqa: E402  they register on the blueprint

__all__ = ["blueprint", "classes", "collecting", "lists", "overview"]
