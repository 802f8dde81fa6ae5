"""Puts the web floor under a Flask app: static files, templates, hooks, filters, error pages.

Called once by library/app.py, before features register their blueprints. Next: library/web/access.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Request, Response, g, request, send_from_directory
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.routing import IntegerConverter, Map

from library.foundation import audit, clock
from library.settings import Settings
from library.version import VERSION
from library.web import access, assets, charts, csrf, headers, i18n, navigation, pagination
from library.web.errors import install_error_handlers

THEME_COOKIE = "kesach_theme"
LARGEST_NUMBER = 2**31 - 1  # of a row: a PostgreSQL integer


class _RowNumber(IntegerConverter):
    """A number in an address; one that no row can have (PostgreSQL and SQLite refuse it) is an unknown address."""

    regex = r"\d{1,10}"

    def __init__(self, map: Map, *arguments: Any, **given: Any) -> None:
        super().__init__(map, *arguments, **{"max": LARGEST_NUMBER, **given})


class _VisitorSessions(SecureCookieSessionInterface):
    """Whoever brings no cookie (every device) has an empty session: nothing to check, no signer to make."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if not request.cookies.get(self.get_cookie_name(app)):
            return self.session_class()
        return super().open_session(app, request)


def install_web(
    app: Flask,
    settings: Settings,
    *,
    find_session: Callable[[str], Any | None],
    school_name: Callable[[], str],
) -> None:
    """`find_session(token)` is library.access.service's; `school_name` reads the librarian's setting."""
    app.config.setdefault("SESSION_COOKIE_NAME", "kesach_visit")
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_SECURE"] = settings.https
    app.config["KESACH_LANGUAGE"] = settings.language
    app.config.setdefault("MAX_CONTENT_LENGTH", settings.max_upload_mb * 1024 * 1024)
    provider = DefaultJSONProvider(app)
    provider.ensure_ascii = False
    provider.sort_keys = False
    app.json = provider
    if not app.secret_key:
        # Signs only short notices and the sign-in form's token: a restart may forget them.
        app.secret_key = secrets.token_bytes(32)
    app.session_interface = _VisitorSessions()
    app.url_map.converters["int"] = _RowNumber
    app.extensions["kesach_find_session"] = find_session

    bp = Blueprint("web", __name__, template_folder="templates")
    access.public_page(bp, "/static/<path:filename>", endpoint="static")(_static_file)
    app.register_blueprint(bp)

    app.before_request(_name_request)
    app.before_request(access.enforce_access)
    app.before_request(csrf.check_csrf)
    app.after_request(assets.set_asset_caching)
    app.after_request(headers.add_security_headers)
    app.after_request(_show_request_name)
    install_error_handlers(app)
    _install_templates(app, school_name)


def _static_file(filename: str) -> Response:
    return send_from_directory(assets.STATIC_FOLDER, filename)


def _name_request() -> None:
    g.request_id = secrets.token_hex(8)
    audit.request_id.set(g.request_id)


def _show_request_name(response: Response) -> Response:
    response.headers.setdefault("X-Request-Id", g.get("request_id", ""))
    return response


def _theme() -> str:
    """light, dark, or empty for what the browser prefers."""
    wanted = request.cookies.get(THEME_COOKIE, "")
    return wanted if wanted in ("light", "dark") else ""


DARK_MEDIA = {"": "screen and (prefers-color-scheme: dark)", "light": "not all", "dark": "screen"}
"""The chosen theme -> where the stylesheet of the dark holds; js/theme.js says the same when the switch is used."""


def _dark_media() -> str:
    return DARK_MEDIA[_theme()]


def _install_templates(app: Flask, school_name: Callable[[], str]) -> None:
    env = app.jinja_env
    env.trim_blocks = True
    env.lstrip_blocks = True
    env.add_extension("jinja2.ext.i18n")
    # The method comes with the extension.
    env.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(
        date=i18n.format_date,
        short_date=i18n.format_short_date,
        day_in_month=i18n.format_day_in_month,
        weekday=i18n.format_weekday,
        sentence=i18n.as_sentence,
        long_date=i18n.format_long_date,
        day_near=i18n.format_day_near,
        clock=i18n.format_time,
        instant=i18n.format_instant,
        number=i18n.format_number,
        money=i18n.format_money,
        percent=i18n.format_percent,
        school_year=i18n.format_school_year,
    )
    env.globals.update(
        asset_url=assets.asset_url,
        icon_url=assets.icon_url,
        cover_url=assets.cover_url,
        csrf_field=csrf.csrf_field,
        csrf_token=csrf.csrf_token,
        find_current_staff=access.find_current_staff,
        may=access.may,
        list_nav_entries=navigation.list_entries,
        page_url=pagination.page_url,
        paginate=pagination.paginate,
        bar_chart=charts.bar_chart,
        line_chart=charts.line_chart,
        page_theme=_theme,
        dark_media=_dark_media,
        today=clock.today,
        school_name=school_name,
        page_language=i18n.current_language,
        kesach_version=VERSION,
    )
