"""Signing in and out, one's own password, staff accounts: parse the form, call a service, render.

No rules here. Devices: library/fleet/pages.py. Next: service.py, templates/access/.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access import pages_kiosk_pin, service
from library.access.model import ROLE_HELP, ROLE_LABELS
from library.access.rules import PASSWORD_LENGTH
from library.contract.codes import word
from library.foundation.clock import now
from library.foundation.errors import Forbidden, KesachError
from library.web.access import (
    STAFF_COOKIE,
    current_staff,
    find_current_staff,
    forget_sign_in,
    public_page,
    remember_sign_in,
    route_access,
    safe_next,
    staff_page,
)

blueprint = Blueprint("access", __name__, template_folder="templates")
pages_kiosk_pin.add_routes(blueprint)

HOME = "/staff/"
_OPEN_WHILE_CHANGING = frozenset({"access.own_password", "access.change_own_password", "access.logout"})


@blueprint.before_app_request
def ask_for_new_password() -> Response | None:
    """Whoever signed in with a password that somebody else made goes no further than changing it."""
    access = route_access() if request.endpoint else None
    if access is None or access.role is None or request.endpoint in _OPEN_WHILE_CHANGING:
        return None
    staff = find_current_staff()
    if staff is None or not staff.must_change_password:
        return None
    if request.method != "GET":
        raise Forbidden("forbidden")
    return redirect(url_for("access.own_password"))


def _field_errors(error: KesachError, fallback: str) -> dict[str, str]:
    return {str(error.params.get("field") or fallback): word(error.code, error.params)}


# ---------------------------------------------------------------- signing in


@public_page(blueprint, "/staff/login")
def login() -> str | Response:
    if find_current_staff() is not None:
        return redirect(safe_next(request.args.get("next"), HOME))
    return render_template("access/login.html", login="", error="", next=request.args.get("next", ""))


@public_page(blueprint, "/staff/login", methods=("POST",), endpoint="sign_in")
def sign_in() -> Any:
    login_name = request.form.get("login", "")
    target = request.form.get("next", "")
    try:
        token, staff = service.authenticate(
            login_name,
            request.form.get("password", ""),
            request.user_agent.string,
            session_hours=current_app.config["KESACH_SETTINGS"].session_hours,
        )
    except Forbidden as error:
        page = render_template(
            "access/login.html", login=login_name[:64], error=word(error.code, error.params), next=target
        )
        return page, 403
    go = url_for("access.own_password") if staff.must_change_password else safe_next(target, HOME)
    return remember_sign_in(current_app.make_response(redirect(go, 303)), token)


@staff_page(blueprint, "/staff/logout", methods=("POST",))
def logout() -> Any:
    service.end_session(request.cookies.get(STAFF_COOKIE, ""))
    flash("Đã đăng xuất.", "good")
    return forget_sign_in(current_app.make_response(redirect(url_for("access.login"), 303)))


@staff_page(blueprint, "/staff/password")
def own_password() -> str:
    return _own_password_page({})


def _own_password_page(errors: dict[str, str]) -> str:
    return render_template(
        "access/password.html", errors=errors, length=PASSWORD_LENGTH, must_change=current_staff().must_change_password
    )


@staff_page(blueprint, "/staff/password", methods=("POST",))
def change_own_password() -> Any:
    staff = current_staff()
    new = request.form.get("password", "")
    if new != request.form.get("again", ""):
        return _own_password_page({"again": "Hai lần nhập mật khẩu mới chưa giống nhau."}), 422
    try:
        service.change_password(
            staff.login, request.form.get("old_password", ""), new, keep_session=staff.session_id
        )
    except KesachError as error:
        return _own_password_page(_field_errors(error, "old_password")), 422
    flash("Đã đổi mật khẩu. Các máy khác đang đăng nhập bằng tài khoản này đã được đăng xuất.", "good")
    return redirect(HOME, 303)


# ---------------------------------------------------------------- accounts


@staff_page(blueprint, "/staff/accounts", role="admin")
def accounts() -> str:
    return _accounts_page({}, {})


def _accounts_page(errors: dict[str, str], form: dict[str, str], made: dict[str, str] | None = None) -> str:
    return render_template(
        "access/accounts.html",
        people=service.list_staff(),
        roles=list(ROLE_LABELS.items()),
        role_labels=ROLE_LABELS,
        role_help=ROLE_HELP,
        errors=errors,
        form=form,
        made=made,
        now=now(),
    )


@staff_page(blueprint, "/staff/accounts", role="admin", methods=("POST",))
def create_account() -> Any:
    form = {name: request.form.get(name, "") for name in ("login", "display_name", "role")}
    password = service.generate_password()
    try:
        staff = service.create_staff(
            form["login"], form["display_name"], form["role"], password,
            service.as_actor(current_staff()), must_change_password=True,
        )  # fmt: skip
    except KesachError as error:
        return _accounts_page(_field_errors(error, "login"), form), 422
    # Shown this once, not stored and not put into a redirect: the page itself is no-store.
    return _accounts_page({}, {}, {"login": staff.login, "name": staff.display_name, "password": password})


@staff_page(blueprint, "/staff/accounts/<login>", role="admin", methods=("POST",))
def change_account(login: str) -> Any:
    """One of: update (name and role), password (a new one), disable, enable."""
    act = request.form.get("act", "")
    who = service.as_actor(current_staff())
    made = None
    try:
        if act == "password":
            password = service.generate_password()
            service.set_password(login, password, who)
            staff = service.find_staff(login)
            made = {"login": login, "name": staff.display_name if staff else login, "password": password}
        elif act == "disable":
            service.disable_staff(login, who)
            flash(f"Đã khoá tài khoản {login} và đăng xuất khỏi mọi máy.", "good")
        elif act == "enable":
            service.enable_staff(login, who)
            flash(f"Đã mở lại tài khoản {login}.", "good")
        else:
            service.update_staff(login, request.form.get("display_name", ""), request.form.get("role", ""), who)
            flash(f"Đã lưu tài khoản {login}.", "good")
    except KesachError as error:
        flash(word(error.code, error.params), "bad")
    if made is not None:
        return _accounts_page({}, {}, made)
    return redirect(url_for("access.accounts"), 303)
