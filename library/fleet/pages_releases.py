"""Updates for kiosks: add a release, offer it to one kiosk or to all, see what each runs and how it went (admin).

Parses the form, calls a service, renders. Next: releases.py, templates/fleet/releases.html.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access import service as access
from library.contract.codes import word
from library.contract.kiosk_release import update_facts
from library.fleet import queries, releases
from library.foundation.errors import KesachError
from library.version import VERSION
from library.web.access import current_staff, staff_page

blueprint = Blueprint("fleet_releases", __name__, template_folder="templates")

OUTCOME_WORDS: dict[str, tuple[str, str]] = {
    "running": ("good", "Đã lên bản {version}"),
    "fell_back": ("bad", "Bản {version} không chạy được, đã quay về bản trước"),
    "bad_seal": ("bad", "Con dấu không đúng"),
    "bad_file": ("bad", "Tải bản {version} bị hỏng"),
    "install_failed": ("bad", "Không cài được bản {version}"),
    "no_room": ("bad", "Hết chỗ, chưa cài được bản {version}"),
}


@staff_page(blueprint, "/staff/devices/releases", role="admin")
def list_page() -> str:
    return _page({})


def _page(errors: dict[str, str]) -> str:
    with_key = releases.names_with_key()
    kiosks = []
    for kiosk in queries.list_kiosks():
        if kiosk.facts.profile == "kiosk":
            facts = update_facts(kiosk.facts.status.get("update"))
            tone, words = OUTCOME_WORDS.get(facts.get("outcome", ""), ("", "chưa cập nhật lần nào"))
            kiosks.append((kiosk, kiosk.facts.name in with_key, (tone, words.format(**facts))))
    found = releases.list_releases(current_app.config["KESACH_SETTINGS"].files_dir)
    return render_template("fleet/releases.html", releases=found, kiosks=kiosks, errors=errors, version=VERSION)


@staff_page(blueprint, "/staff/devices/releases", role="admin", methods=("POST",))
def add() -> Any:
    """Keep uploaded wheels as a release; nothing is offered yet."""
    uploads = [(file.filename or "", file.read()) for file in request.files.getlist("files") if file.filename]
    try:
        version = releases.add_release(uploads, current_app.config["KESACH_SETTINGS"].files_dir, _actor())
    except KesachError as error:
        return _page({"files": word(error.code, error.params)}), 422
    flash(f"Đã thêm bản {version}. Đưa cho một quầy dùng thử trước, rồi mới đưa cho tất cả.", "good")
    return _back()


@staff_page(blueprint, "/staff/devices/releases/offer", role="admin", methods=("POST",))
def offer() -> Response:
    version, name = request.form.get("version", ""), request.form.get("device", "")
    releases.offer_release(version, _actor(), name or None)
    flash(f"{name or 'Mọi quầy'} sẽ cài bản {version} khi không có em nào và đã gửi hết lượt.", "good")
    return _back()


@staff_page(blueprint, "/staff/devices/releases/withdraw", role="admin", methods=("POST",))
def withdraw() -> Response:
    version = request.form.get("version", "")
    releases.withdraw_release(version, _actor())
    flash(f"Thôi đưa bản {version}. Quầy đã cài vẫn chạy bản ấy.", "good")
    return _back()


def _back() -> Response:
    return redirect(url_for("fleet_releases.list_page"), 303)


def _actor() -> Any:
    return access.as_actor(current_staff())
