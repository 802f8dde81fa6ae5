"""A form from another site must not act in a signed-in librarian's name.

Synchroniser token: staff pages derive it from the session token (so it lives and dies with the
session and needs no storage); before signing in it sits in the signed visitor cookie. Devices are
exempt: they show a bearer token, which a browser never sends by itself. Next: library/web/access.py.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import current_app, request, session
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from library.web.access import STAFF_COOKIE, Audience, route_access

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class StaleForm(BadRequest):
    """The form's token is missing or belongs to another session."""

    description = "Trang này mở đã lâu hoặc phiên làm việc đã đổi. Tải lại trang rồi làm lại."


def csrf_token() -> str:
    """The token of this browser's session, the same for every form of the session."""
    staff_token = request.cookies.get(STAFF_COOKIE)
    if staff_token:
        return hmac.new(staff_token.encode(), b"kesach csrf", hashlib.sha256).hexdigest()
    if "csrf" not in session:
        session["csrf"] = secrets.token_hex(32)
    return str(session["csrf"])


def csrf_field() -> Markup:
    """The hidden form field; goes into every form that posts."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token())


def check_csrf() -> None:
    """before_request hook for everything a browser may post. StaleForm (400) when the token is wrong."""
    if request.method in SAFE_METHODS or request.endpoint is None:
        return
    access = route_access()
    if access is not None and access.audience is Audience.DEVICE:
        return
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise StaleForm()
    if HEADER in request.headers:
        shown = request.headers[HEADER]
    else:
        shown = request.form.get(FIELD, "")
    if not hmac.compare_digest(shown.encode(), csrf_token().encode()):
        current_app.logger.info("stale or foreign form refused on %s", request.path)
        raise StaleForm()
