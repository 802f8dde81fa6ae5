"""A request larger than the school allows still gets its answer in words.

waitress refuses such a request at its head, in English, and closes while the browser is still sending: most
browsers then show a broken connection instead of any answer. Here the body is read and thrown away (never
stored), and the reply is the page of library/web/errors.py. Next: serving.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import RequestEntityTooLarge as WaitressTooLarge
from werkzeug.exceptions import RequestEntityTooLarge

Answer = tuple[str, list[tuple[str, str]], bytes]
# Beyond this nobody is choosing the wrong file any more: the connection is closed at once.
THROWN_AWAY_AT_MOST = 2 * 2**30


def answer_in_words(app: Flask, path: str, accept: str) -> Answer:
    """The 413 of `app` for this address, as waitress sends it: status line, headers, body."""
    with app.test_request_context(path, headers={"Accept": accept}):
        response = app.make_response(app.handle_user_exception(RequestEntityTooLarge()))
        response = app.process_response(response)
        headers = [(name, value) for name, value in response.headers if name.lower() != "content-length"]
        return response.status, headers, response.get_data()


def channel_for(app: Flask) -> type[HTTPChannel]:
    """waitress's channel, with requests that are too large answered by `app`."""

    class TooLarge(WaitressTooLarge):
        def __init__(self, path: str, accept: str) -> None:
            super().__init__("")
            self.answer: Callable[[], Answer] = lambda: answer_in_words(app, path, accept)

        def to_response(self, ident: str | None = None) -> Answer:
            return self.answer()

    class Parser(HTTPRequestParser):
        def __init__(self, adjustments: Adjustments) -> None:
            super().__init__(adjustments)
            self.error: Any = None
            self._to_throw_away = 0

        def received(self, data: bytes) -> int:
            if self._to_throw_away:
                taken = min(len(data), self._to_throw_away)
                self._to_throw_away -= taken
                self.completed = self._to_throw_away == 0
                return taken
            taken = super().received(data)
            if isinstance(self.error, WaitressTooLarge) and not isinstance(self.error, TooLarge):
                self.error = TooLarge(self.path or "/", self.headers.get("ACCEPT", "text/html"))
                if 0 < self.content_length <= THROWN_AWAY_AT_MOST and not self.chunked:
                    self._to_throw_away = self.content_length
                    self.completed = False
            return taken

    class Channel(HTTPChannel):
        parser_class: Any = Parser

    return Channel
