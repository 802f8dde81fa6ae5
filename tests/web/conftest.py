"""A small real site on the web floor: two signed-in people, one page per audience."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import peewee
import pytest
from flask import Blueprint, Flask, flash, redirect, render_template, render_template_string, request
from flask.testing import FlaskClient

from library.foundation.errors import Conflict, InvalidInput, NotFound, Reason, Refused, Unavailable
from library.settings import load_settings
from library.web.access import device_route, public_page, staff_page
from library.web.install import install_web
from library.web.navigation import place


@dataclass(frozen=True)
class SignedIn:
    display_name: str
    role: str


SESSIONS = {
    "token-of-lan": SignedIn("Trần Thị Lan", "librarian"),
    "token-of-minh": SignedIn("Đỗ Minh", "viewer"),
}


def make_site() -> Flask:
    app = Flask("site", static_folder=None, template_folder=None)
    install_web(
        app, load_settings({}), find_session=SESSIONS.get, school_name=lambda: "Trường THCS Lê Quý Đôn <A>"
    )
    bp = Blueprint("pages", __name__)

    @public_page(bp, "/")
    def home() -> str:
        return render_template("web/public_base.html")

    @public_page(bp, "/sign", methods=("GET", "POST"))
    def sign() -> str:
        return render_template_string("{{ csrf_field() }}") if request.method == "GET" else "posted"

    @staff_page(bp, "/staff/today", role="viewer")
    def today() -> str:
        return render_template("web/staff_base.html")

    @staff_page(bp, "/staff/desk", role="assistant", methods=("GET", "POST"))
    def desk():  # type: ignore[no-untyped-def]  # a page of this test only
        if request.method == "POST":
            flash("Đã ghi <b>1</b> lượt.", "good")
            return redirect("/staff/today")
        return render_template_string("{{ csrf_field() }}")

    @device_route(bp, "/api/v1/kiosk/echo", methods=("POST",))
    def echo() -> dict[str, bool]:
        return {"ok": True}

    @public_page(bp, "/api/v1/fail/<kind>", endpoint="api_fail")
    @public_page(bp, "/fail/<kind>")
    def fail(kind: str) -> str:
        errors = {
            "missing": NotFound("record_unknown", record_id=7),
            "input": InvalidInput("period_bad", field="from"),
            "conflict": Conflict("name_taken", name="lan"),
            "busy": Unavailable("busy"),
            "refused": Refused(
                [
                    Reason("loan_limit", {"name": "An", "count": 3, "limit": 3}, overridable=True),
                    Reason("copy_on_loan", {"due_on": date(2026, 12, 6)}),
                ]
            ),
        }
        if kind in errors:
            raise errors[kind]
        if kind == "database":
            peewee.SqliteDatabase("/nowhere/at/all/kesach.db").connect()
        raise RuntimeError("a secret detail that must not be shown")

    app.register_blueprint(bp)
    place(app, "today", "pages.today")
    place(app, "desk", "pages.desk", role="assistant")
    return app


@pytest.fixture
def site() -> Flask:
    return make_site()


@pytest.fixture
def browser(site: Flask) -> Iterator[FlaskClient]:
    with site.test_client() as client:
        yield client
