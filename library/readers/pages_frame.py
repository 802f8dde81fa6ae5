"""What every page of readers and classes shares: the blueprint, who acts, links to rooms that may be absent.

No routes here. Next: pages_readers.py, pages_classes.py.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, url_for

from library.access.service import as_actor
from library.foundation.audit import Actor
from library.readers.model import CARD_LABELS, GENDER_LABELS, KIND_LABELS, STATUS_LABELS
from library.web.access import current_staff

blueprint = Blueprint("readers", __name__, template_folder="templates")


@blueprint.context_processor
def _labels() -> dict[str, Any]:
    return {
        "kind_labels": KIND_LABELS,
        "status_labels": STATUS_LABELS,
        "card_labels": CARD_LABELS,
        "gender_labels": GENDER_LABELS,
        "link_to": link_to,
    }


def actor() -> Actor:
    """Whoever is signed in, as the audit names them."""
    return as_actor(current_staff())


def link_to(endpoint: str, **values: Any) -> str:
    """The address of a page of another room; empty where that room has none."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""
