"""What a page has sent: JSON from its script, or its plain form."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest


def read_sent() -> dict[str, Any]:
    """The fields sent. BadRequest for JSON that is none, or no object."""
    if not request.is_json:
        return dict(request.form.items())
    try:
        body = request.get_json()
    except RecursionError:  # nested too deeply
        body = None
    if not isinstance(body, dict):
        raise BadRequest
    return body


def read_sent_lines(name: str = "lines") -> list[str]:
    """A list of lines in it; what is no line is left out."""
    lines = read_sent().get(name)
    return [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
