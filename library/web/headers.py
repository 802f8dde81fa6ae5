"""What every answer tells the browser it may do. No inline script or style anywhere, so none is allowed.

Next: library/web/assets.py (how long files may be kept).
"""

from __future__ import annotations

from flask import Response, request

from library.web.access import Audience, route_access

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
# Camera for a phone that scans at a mobile shelf; nothing else is ever asked for.
PERMISSIONS_POLICY = "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"
_ALWAYS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", PERMISSIONS_POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
"""What a view has not set itself."""


def add_security_headers(response: Response) -> Response:
    """after_request hook."""
    headers = response.headers
    given = {name.lower() for name, _ in headers}
    for name, value in _ALWAYS:
        if name.lower() not in given:
            headers.add(name, value)
    access = route_access() if request.endpoint else None
    if access is None or access.audience is not Audience.PUBLIC:
        # A shared school computer must not show a reader's page again by the back button.
        headers["Cache-Control"] = "no-store"
    elif response.mimetype == "text/html":
        headers.setdefault("Cache-Control", "no-cache")
        headers.add("Vary", "Cookie")
    return response
