"""The composition root: the only module that knows every other one.

`create_app(settings)` binds the database, lays the web floor, puts every feature's pages on it and
opens the search index. Refuses to start on a database that is not at this program's schema.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask, g

from library.foundation import database, outbox, preferences, schema
from library.settings import Settings
from library.web.install import install_web

# Every module that shows pages or answers HTTP, in the order of the staff menu.
BLUEPRINTS = (
    "library.access.pages",
    "library.school.pages",
    "library.lending.pages",
    "library.cataloguing.pages",
    "library.readers.pages",
    "library.promotion.pages",
    "library.reporting.pages",
    "catalog_imports.pages",
    "opac.pages",
    "opac.api",
    "library.kiosk_api.routes",
)


class IndexFollower:
    """Keeps the search index behind the database: drains the outbox after commits.

    In the server a thread of its own does it, so that no request waits for Whoosh; tests and short
    commands drain in the committing thread.
    """

    def __init__(self, drain: Callable[[], Any], on_error: Callable[[BaseException], None]) -> None:
        self._drain = drain
        self._on_error = on_error
        self._wake = threading.Event()
        self._stop = False
        self._thread = threading.Thread(target=self._run, name="index-follower", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stop = True
        self._wake.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while True:
            self._wake.wait(timeout=30)  # also every half minute: another process may have left jobs
            self._wake.clear()
            if self._stop:
                return
            try:
                database.refresh_connection()
                self._drain()
            except Exception as error:  # noqa: BLE001  a failed drain must not end the follower; it is logged and tried again
                self._on_error(error)


def create_app(settings: Settings, *, background: bool = False, instance: dict[str, Any] | None = None) -> Flask:
    """The whole core as a WSGI app. `background`: index in a thread (server) instead of after each commit."""
    if database.database.obj is None or str(database.database.obj.database) != settings.database:
        database.connect(settings.database)
    preferences.forget_cache()
    schema.require_current()

    from library.access import service as access
    from library.lending import queries as lending
    from library.searching.service import open_index

    app = Flask("library", static_folder=None, template_folder=None)
    app.config.update(instance or {})
    app.config["KESACH_SETTINGS"] = settings
    install_web(
        app,
        settings,
        find_session=access.find_session,
        school_name=lambda: preferences.get_preference("school_name"),
    )
    app.before_request(database.refresh_connection)

    search = open_index(settings.index_dir, available_record_ids=lending.available_record_ids)
    app.extensions["kesach_search"] = search
    if background:
        follower = IndexFollower(search.drain, lambda error: app.logger.exception("index follower", exc_info=error))
        follower.start()
        follower.wake()
        unsubscribe = outbox.on_index_jobs(follower.wake)
    else:
        follower = None
        unsubscribe = outbox.on_index_jobs(search.drain)

    for name in BLUEPRINTS:
        module = importlib.import_module(name)
        app.register_blueprint(module.blueprint)

    def close() -> None:
        unsubscribe()
        if follower is not None:
            follower.stop()
        search.close()

    app.extensions["kesach_close"] = close
    app.teardown_appcontext(lambda _error: g.pop("kesach_staff", None) and None)
    return app
