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


def add_security_headers(response: Response) -> Response:
    """after_request hook."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    access = route_access() if request.endpoint else None
    if access is None or access.audience is not Audience.PUBLIC:
        # A shared school computer must not show a reader's page again by the back button.
        headers["Cache-Control"] = "no-store"
    elif response.mimetype == "text/html":
        headers.setdefault("Cache-Control", "no-cache")
        headers.add("Vary", "Cookie")
    return response
