"""Pages of an app in a real Chromium, for tests: served on a free port, each page signed in as one of staff."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from flask import Flask

from library.access.service import authenticate, create_staff
from library.foundation.audit import SYSTEM
from library.web.access import STAFF_COOKIE

PASSWORD = "mot-mat-khau-du-dai-2026"


class OpenPage(Protocol):
    """A page of a member of staff of that login, in a browser window of their own; addresses may be paths."""

    def __call__(self, login: str = "lan", *, role: str = "librarian", **window: Any) -> Any: ...


@contextmanager
def served(app: Flask, threads: int = 4) -> Iterator[str]:
    """The app's address while it answers in this process."""
    from waitress.server import create_server

    server = create_server(app, host="127.0.0.1", port=0, threads=threads)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=10)


@contextmanager
def staff_browser(app: Flask, chromium_path: str, threads: int = 4) -> Iterator[OpenPage]:
    """Opens pages; a script of theirs that stumbled fails the test at the end."""
    from playwright.sync_api import sync_playwright

    troubles: list[str] = []
    with served(app, threads) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])

        def open_page(login: str = "lan", *, role: str = "librarian", **window: Any) -> Any:
            create_staff(login, f"Cô {login.title()}", role, PASSWORD, SYSTEM)
            token, _staff = authenticate(login, PASSWORD, "pytest")
            context = browser.new_context(base_url=url, **window)
            context.add_cookies([{"name": STAFF_COOKIE, "value": token, "url": url}])
            page = context.new_page()
            page.on("pageerror", lambda error: troubles.append(str(error)))
            return page

        yield open_page
        assert troubles == []
        browser.close()


def scan(page: Any, *codes: str) -> None:
    """As a scanner types: faster than any answer, Enter after each."""
    for code in codes:
        page.keyboard.type(code)
        page.keyboard.press("Enter")


@contextmanager
def held_back(page: Any, path: str) -> Iterator[None]:
    """What the page asks of a path is not sent on before the end of the block: its answers come late, in any network."""
    waiting: list[Any] = []
    holding = True

    def meet(route: Any) -> None:
        if holding:
            waiting.append(route)
        else:
            route.continue_()

    page.route(f"**{path}", meet)
    yield
    holding = False
    for route in waiting:
        route.continue_()
