"""A request larger than the school allows still gets its answer in words.

waitress refuses such a request at its head, in English, and closes while the browser is still sending: most
browsers then show a broken connection instead of any answer. Here the body is read and thrown away (never
stored), and the reply is the page of library/web/errors.py. Next: serving.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import RequestEntityTooLarge as WaitressTooLarge

Answer = tuple[str, list[tuple[str, str]], bytes]
# Beyond this nobody is choosing the wrong file any more: the connection is closed at once.
THROWN_AWAY_AT_MOST = 2 * 2**30


def channel_for(answer: Callable[[str, str], Answer]) -> type[HTTPChannel]:
    """waitress's channel, with requests that are too large answered by `answer(path, accept)`."""

    class TooLarge(WaitressTooLarge):
        def __init__(self, path: str, accept: str) -> None:
            super().__init__("")
            self.answer: Callable[[], Answer] = lambda: answer(path, accept)

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
