"""Static files with their content's hash in the address, so that browsers may keep them for good.

Next: library/web/static/vendor/README.md (what is vendored).
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from flask import Response, request, url_for

STATIC_FOLDER = Path(__file__).parent / "static"
_YEAR = 365 * 24 * 3600

_versions: dict[str, tuple[int, str]] = {}
_lock = threading.Lock()


def asset_version(name: str) -> str:
    """Ten hex digits of the file's content; computed once until the file changes. OSError when the file
    is missing, so that a typing error in a template is loud."""
    path = STATIC_FOLDER / name
    changed = path.stat().st_mtime_ns
    with _lock:
        known = _versions.get(name)
        if known is None or known[0] != changed:
            known = (changed, hashlib.sha256(path.read_bytes()).hexdigest()[:10])
            _versions[name] = known
    return known[1]


def asset_url(name: str) -> str:
    """Address of a file under static/, e.g. `asset_url("css/base.css")`."""
    return url_for("web.static", filename=name, v=asset_version(name))


def icon_url(name: str) -> str:
    """Address of one icon of the sprite, for `<use href>`."""
    return f"{asset_url('icons.svg')}#{name}"


def cover_url(record_id: int) -> str:
    """Address of a record's cover, uploaded or generated (served by opac)."""
    return f"/covers/{record_id}.svg"


def set_asset_caching(response: Response) -> Response:
    """after_request hook: hashed addresses and fonts are kept for a year, the rest is asked for again."""
    if request.endpoint == "web.static" and response.status_code in (200, 304):
        wanted = request.view_args or {}
        is_font = str(wanted.get("filename", "")).startswith("fonts/")
        if request.args.get("v") or is_font:
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        else:
            response.headers["Cache-Control"] = "no-cache"
    return response
