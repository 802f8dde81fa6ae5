"""The staff menu: fixed places in a fixed order; each feature says which of its pages stands there.

A feature's pages.py calls `place(bp, "desk", "lending.desk", role="assistant")`. A place nobody took is
not shown. Next: library/web/templates/web/staff_base.html.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, current_app, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.sansio.app import App

from library.web.access import ROLES, find_current_staff, role_reaches

# key -> (label, icon); the order is the order on the screen.
PLACES: dict[str, tuple[str, str]] = {
    "today": ("Hôm nay", "house"),
    "desk": ("Quầy mượn trả", "scan-barcode"),
    "catalogue": ("Biên mục", "library"),
    "readers": ("Bạn đọc", "users"),
    "corners": ("Lớp & góc lớp", "school"),
    "shelves": ("Tủ lưu động", "truck"),
    "lessons": ("Sách cho tiết dạy", "presentation"),
    "textbooks": ("Sách giáo khoa", "graduation-cap"),
    "stock": ("Kiểm kê", "clipboard-list"),
    "promotion": ("Tuyên truyền", "megaphone"),
    "reports": ("Báo cáo", "chart-column"),
    "imports": ("Nhập dữ liệu", "file-input"),
    "devices": ("Thiết bị", "tablet"),
    "settings": ("Cài đặt", "settings"),
}


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One line of the menu."""

    key: str
    label: str
    icon: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class _Placed:
    endpoint: str
    role: str
    also: tuple[str, ...]


def place(
    bp: Blueprint | Flask, key: str, endpoint: str, *, role: str = "viewer", also: tuple[str, ...] = ()
) -> None:
    """Say that `endpoint` stands at the place `key`; `also`: paths of pages that belong there too.

    ValueError on an unknown key or role.
    """
    if key not in PLACES or role not in ROLES:
        raise ValueError(f"navigation: {key!r} / {role!r}")

    def remember(app: App) -> None:
        app.extensions.setdefault("kesach_navigation", {})[key] = _Placed(endpoint, role, also)

    if isinstance(bp, Flask):
        remember(bp)
    else:

        def on_register(state: BlueprintSetupState) -> None:
            remember(state.app)

        bp.record(on_register)


def list_entries(at: str = "") -> list[NavEntry]:
    """The menu for whoever is signed in; the entry whose address is the longest prefix is the current one.

    `at`: the key of the place the page says it stands at, where its address alone cannot tell.
    """
    staff = find_current_staff()
    placed: dict[str, _Placed] = current_app.extensions.get("kesach_navigation", {})
    shown: list[tuple[str, str]] = []
    for key in PLACES:
        if key in placed and staff is not None and role_reaches(staff.role, placed[key].role):
            shown.append((key, url_for(placed[key].endpoint)))
    # The day's page lies above all others: it is current only when it is the page itself.
    inside = [
        (len(path), key)
        for key, url in shown
        for path in (url, *placed[key].also)
        if request.path == path or (key != "today" and _is_inside(request.path, path))
    ]
    current = at or (max(inside)[1] if inside else None)
    return [NavEntry(key, *PLACES[key], url=url, current=key == current) for key, url in shown]


def _is_inside(path: str, url: str) -> bool:
    return path.startswith(url.rstrip("/") + "/")
