"""The composition root: the only module that knows every other one.

`create_app(settings)` binds the database, lays the web floor, puts every feature's pages on it and
opens the search index. Refuses to start on a database that is not at this program's schema.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from flask import Flask

from library.foundation import database, outbox, preferences, schema
from library.settings import Settings
from library.web.install import install_web

# Every module that shows pages or answers HTTP, in the order of the staff menu.
BLUEPRINTS = (
    "library.access.pages",
    "library.fleet.pages",
    "library.fleet.pages_receipts",
    "library.fleet.pages_releases",
    "library.school.pages",
    "library.lending.pages",
    "library.lending.pages.rules",
    "library.lending.pages.waiting",
    "library.textbooks.pages",
    "library.lending.pages.visits",
    "library.cataloguing.pages",
    "library.stock.pages",
    "library.notices.pages",
    "library.privacy.pages",
    "library.readers.pages",
    "library.year_end.pages",
    "library.promotion.pages",
    "library.reporting.pages",
    "catalog_imports.pages",
    "opac.pages",
    "opac.api",
    "library.kiosk_api.routes",
    "library.kiosk_api.enrolment",
)


class Core(Flask):
    """Flask without coroutines: no view or hook is one, so none is looked at for it in every request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings, *, background: bool = False, instance: dict[str, Any] | None = None) -> Flask:
    """The whole core as a WSGI app. `background`: the index follows in a
    thread of its own (the server), so that no request waits for it; otherwise right after each commit."""
    if database.database.obj is None or str(database.database.obj.database) != settings.database:
        database.connect(settings.database)
    preferences.forget_cache()
    schema.require_current()

    from library.access import service as access
    from library.lending.availability import available_record_ids
    from library.searching.service import open_index

    app = Core("library", static_folder=None, template_folder=None)
    app.config.update(instance or {})
    app.config["KESACH_SETTINGS"] = settings
    # Before the web floor's hooks: they ask the database who is signed in.
    app.before_request(database.refresh_connection)
    install_web(
        app,
        settings,
        find_session=access.find_session,
        school_name=lambda: preferences.get_preference("school_name"),
    )

    search = open_index(settings.index_dir, available_record_ids=available_record_ids)
    app.extensions["kesach_search"] = search
    if background:
        search.follow()
    stop_draining = None if background else outbox.on_index_jobs(search.drain)

    for name in BLUEPRINTS:
        module = importlib.import_module(name)
        app.register_blueprint(module.blueprint)

    def close() -> None:
        if stop_draining is not None:
            stop_draining()
        search.close()

    app.extensions["kesach_close"] = close
    return app
