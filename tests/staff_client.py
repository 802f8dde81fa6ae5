"""A signed-in member of staff at the app without a browser, for tests; pages are read as their words."""

from __future__ import annotations

import re
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def plain(html: str) -> str:
    """The words of a page, below its menu."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", html.split("<main", 1)[-1], flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def page(response: TestResponse, status: int = 200) -> str:
    """The HTML of an answer that has this status; any other fails, showing how it begins."""
    assert response.status_code == status, (response.status, response.text[:2000])
    return response.text


class StaffClient:
    """Gets and posts as a person would: a wrong status fails, a redirect is followed."""

    redirect = 303
    """What a form answers when it went well."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.token = client, token

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return plain(answer.text)

    def post(self, path: str, status: int = 0, **fields: object) -> str:
        answer = self.client.post(path, data={"csrf_token": self.token, **fields})
        assert answer.status_code == (status or self.redirect), (path, answer.status_code, answer.text[:2000])
        if not status or status == self.redirect:
            return self.get(answer.headers["Location"].partition("#")[0])
        return plain(answer.text)
