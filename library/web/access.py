"""Who may call a route: every route declares its audience here, and one hook enforces it.

A view without a declaration is refused, so forgetting is loud. Passwords, sessions and roles live in
library/access; device tokens are checked in library/kiosk_api. Next: library/web/csrf.py.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, current_app, g, redirect, request
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

ROLES: tuple[str, ...] = ("viewer", "assistant", "librarian", "admin")
STAFF_COOKIE = "kesach_staff"
SIGN_IN_PATH = "/staff/login"
_DECLARED = "kesach_route_access"

log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])


class Audience(Enum):
    """Who a route is for."""

    PUBLIC = "public"
    READER = "reader"
    STAFF = "staff"
    DEVICE = "device"


class Staff(Protocol):
    """What the web floor needs to know about a signed-in member of staff."""

    @property
    def display_name(self) -> str: ...

    @property
    def role(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RouteAccess:
    """The declaration of one route; `role` is the least role for STAFF, None otherwise."""

    audience: Audience
    role: str | None = None

    def __str__(self) -> str:
        return f"{self.audience.value}:{self.role}" if self.role else self.audience.value


def declare_auth(view: View, audience: Audience, role: str | None = None) -> View:
    """Write down who `view` is for. ValueError when staff has no known role, or others have one."""
    if (audience is Audience.STAFF) != (role in ROLES):
        raise ValueError(f"{view!r}: audience {audience.value} with role {role!r}")
    setattr(view, _DECLARED, RouteAccess(audience, role))
    return view


def declared_access(view: Callable[..., Any]) -> RouteAccess | None:
    """What `declare_auth` wrote on this view, if anything."""
    return getattr(view, _DECLARED, None)


def staff_page(
    bp: Blueprint | Flask,
    rule: str,
    *,
    role: str = "viewer",
    methods: Sequence[str] = ("GET",),
    **options: Any,
) -> Callable[[View], View]:
    """Register a view for signed-in staff of at least `role` (viewer < assistant < librarian < admin)."""

    def register(view: View) -> View:
        declare_auth(view, Audience.STAFF, role)
        bp.add_url_rule(rule, view_func=view, methods=list(methods), **options)
        return view

    return register


def public_page(
    bp: Blueprint | Flask, rule: str, *, methods: Sequence[str] = ("GET",), **options: Any
) -> Callable[[View], View]:
    """Register a view that anyone may call: it must name no reader."""

    def register(view: View) -> View:
        declare_auth(view, Audience.PUBLIC)
        bp.add_url_rule(rule, view_func=view, methods=list(methods), **options)
        return view

    return register


def device_route(
    bp: Blueprint | Flask, rule: str, *, methods: Sequence[str] = ("GET",), **options: Any
) -> Callable[[View], View]:
    """Register a view for devices with a bearer token (library/kiosk_api checks the token)."""

    def register(view: View) -> View:
        declare_auth(view, Audience.DEVICE)
        bp.add_url_rule(rule, view_func=view, methods=list(methods), **options)
        return view

    return register


def role_reaches(role: str | None, needed: str | None) -> bool:
    """True when `role` is `needed` or stands above it."""
    if needed is None:
        return True
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)


def route_access() -> RouteAccess | None:
    """The declaration of the route being served; None outside a matched route."""
    view = current_app.view_functions.get(request.endpoint or "")
    return declared_access(view) if view else None


def find_current_staff() -> Any | None:
    """The signed-in member of staff of this request, or None. Asked of the database once a request."""
    if "kesach_staff" not in g:
        token = request.cookies.get(STAFF_COOKIE, "")
        find_session: Callable[[str], Staff | None] = current_app.extensions["kesach_find_session"]
        g.kesach_staff = find_session(token) if token else None
    return g.kesach_staff


def current_staff() -> Any:
    """The signed-in member of staff; Unauthorized when there is none."""
    staff = find_current_staff()
    if staff is None:
        raise Unauthorized()
    return staff


def may(role: str) -> bool:
    """For templates: may whoever is signed in do what needs `role`?"""
    staff = find_current_staff()
    return staff is not None and role_reaches(staff.role, role)


def remember_sign_in(response: Response, token: str) -> Response:
    """Put the session token of library.access.service.authenticate into the browser's cookie."""
    response.set_cookie(
        STAFF_COOKIE,
        token,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]) or request.is_secure,
        path="/",
    )
    return response


def forget_sign_in(response: Response) -> Response:
    """Take the session cookie away (the session itself ends in library.access.service.end_session)."""
    response.delete_cookie(STAFF_COOKIE, path="/", httponly=True, samesite="Lax")
    return response


def safe_next(target: str | None, fallback: str) -> str:
    """A path of this site to go to after signing in; anything that leaves the site becomes `fallback`."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return fallback
    if any(ord(letter) < 0x20 for letter in target):
        return fallback
    parts = urlsplit(target)
    return fallback if parts.scheme or parts.netloc else target


def enforce_access() -> AnyResponse | None:
    """before_request hook: refuse what is undeclared, send strangers to the sign-in page."""
    if request.endpoint is None:
        return None  # no such route: the 404 handler speaks
    access = route_access()
    if access is None:
        log.error("route %s has no declared audience and is refused", request.endpoint)
        raise Forbidden()
    if access.audience is not Audience.STAFF:
        return None
    staff = find_current_staff()
    if staff is None:
        # Nothing is lost by a redirect after GET; a form must not silently turn into a GET.
        if request.method in ("GET", "HEAD") and not _wants_data():
            return redirect(f"{SIGN_IN_PATH}?{urlencode({'next': request.full_path.rstrip('?')})}")
        raise Unauthorized()
    if not role_reaches(staff.role, access.role):
        raise Forbidden()
    return None


def _wants_data() -> bool:
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def list_routes(app: Flask) -> list[tuple[str, str, str, RouteAccess | None]]:
    """(endpoint, rule, methods, declaration) of every route, for the guard test and docs/security.md."""
    rows = []
    for rule in app.url_map.iter_rules():
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        rows.append((rule.endpoint, rule.rule, methods, declared_access(app.view_functions[rule.endpoint])))
    return sorted(rows, key=lambda row: (row[1], row[2]))


def list_undeclared_routes(app: Flask) -> list[str]:
    """Routes nobody said who they are for; must be empty."""
    return [f"{rule} ({endpoint})" for endpoint, rule, _, access in list_routes(app) if access is None]
