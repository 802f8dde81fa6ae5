"""A table wider than a phone shows at its edge that it goes on, and shows it no more at its end; in light, dark and
forced colours."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from tests.staff_browser import staff_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SEEN = 25
"""How far apart two colours are (sum over red, green, blue) before an eye tells them from each other."""


def grounds(page: Any, box: Any) -> tuple[int, int]:
    """How far the ground at the left and at the right edge of the box is from its ground in the middle."""
    place = box.bounding_box()
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    top, bottom = int(place["y"]) + 3, int(place["y"]) + 8  # above the weekdays: no word and no coloured day

    def ground(x: float) -> tuple[int, ...]:
        return Counter(image.getpixel((int(x), y)) for y in range(top, bottom)).most_common(1)[0][0]

    left, right = place["x"], place["x"] + place["width"]
    middle = Counter(ground(left + share * (right - left)) for share in (0.4, 0.45, 0.5, 0.55, 0.6)).most_common(1)[0][0]
    edges = (ground(left + 8), ground(right - 9))
    first, last = (sum(abs(one - other) for one, other in zip(edge, middle, strict=True)) for edge in edges)
    return first, last


@pytest.mark.parametrize("colours", [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_a_wide_table_says_at_its_edge_that_it_goes_on(app: Flask, chromium_path: str, colours: dict[str, str]) -> None:
    with staff_browser(app, chromium_path) as new_page:
        page = new_page("lan", viewport={"width": 360, "height": 1000}, **colours)
        page.goto("/staff/lessons/month")
        box = page.locator(".table-wrap").first
        box.scroll_into_view_if_needed()
        assert box.evaluate("box => box.scrollWidth > box.clientWidth + 40")
        before, after = grounds(page, box)
        assert before < SEEN < after, "more to the right only"
        box.evaluate("box => { box.scrollLeft = box.scrollWidth; }")
        before, after = grounds(page, box)
        assert after < SEEN < before, "at the end: what was passed lies to the left"
        wide = new_page("mai", viewport={"width": 1280, "height": 1000}, **colours)
        wide.goto("/staff/lessons/month")
        assert max(grounds(wide, wide.locator(".table-wrap").first)) < SEEN, "nothing where all of it is shown"
