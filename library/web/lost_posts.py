"""The address of a form opened as if it were a page: reloaded after a refusal, bookmarked, typed from the history.

Whoever comes that way is led to the page the form stands on: the nearest page above it in the address. Programs get
their 405 as ever. Next: errors.py.
"""

from __future__ import annotations

from urllib.parse import quote

from flask import current_app, flash, redirect, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wrappers import Response

from library.web.access import find_current_staff

LED_BACK = "Địa chỉ này chỉ nhận biểu mẫu gửi lên nên chưa ghi gì thêm. Đây là trang có biểu mẫu ấy."


def lead_back(error: MethodNotAllowed) -> Response | None:
    """A redirect to the form's page; None when it was no GET, or no page stands above the address."""
    if request.method not in ("GET", "HEAD"):
        return None
    page = _find_page_above(error)
    if page is None:
        return None
    if find_current_staff() is not None or not page.startswith("/staff"):  # else the sign-in page comes first
        flash(LED_BACK, "notice")
    return redirect(quote(page))


def _find_page_above(error: MethodNotAllowed) -> str | None:
    adapter = current_app.create_url_adapter(request)
    if adapter is None or not error.valid_methods:
        return None
    rule, _ = adapter.match(method=next(iter(error.valid_methods)), return_rule=True)
    pages = {one.rule.rstrip("/") for one in current_app.url_map.iter_rules() if "GET" in (one.methods or ())}
    # By the pattern and not by the address itself, where a number could be taken for a word: /imports/apply/….
    pattern, path = rule.rule.split("/"), request.path.split("/")
    for length in range(len(pattern) - 1, 1, -1):
        if "/".join(pattern[:length]) in pages:
            return "/".join(path[:length])
    return None
