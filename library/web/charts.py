"""Small charts drawn on the server as SVG: no script, readable in black and white.

Always put the table with the same figures beside a chart; the chart is only its picture. Colours and
hatching come from static/css/parts.css by class. Next: `chart` in templates/web/parts.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from library.web.i18n import format_number

Point = tuple[str, float]


def nice_ceiling(value: float) -> float:
    """The next round number at or above `value`: 1, 2, 2.5 or 5 times a power of ten; at least 1."""
    if value <= 1:
        return 1.0
    power = 1.0
    while power * 10 < value:
        power *= 10
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)


def bar_chart(bars: Sequence[Point], title: str, width: int = 640) -> Markup:
    """Horizontal bars with their words and figures; `title` is read to those who cannot see it."""
    row, label_width, figure_width = 32, 190, 70
    top = max((value for _, value in bars), default=0.0)
    room = width - label_width - figure_width
    height = max(row * len(bars), row)
    parts = [_open(width, height, title, "chart-bars")]
    for index, (label, value) in enumerate(bars):
        y = index * row
        length = max(2.0, room * value / top) if top and value else 0.0
        parts.append(
            f'<text class="chart-label" x="{label_width - 12}" y="{y + 21}" text-anchor="end">'
            f"{escape(label)}</text>"
            f'<rect class="chart-bar" x="{label_width}" y="{y + 6}" width="{length:.1f}" '
            f'height="{row - 12}" rx="4"/>'
            f'<text class="chart-figure" x="{label_width + length + 8:.1f}" y="{y + 21}">'
            f"{escape(format_number(value))}</text>"
        )
    parts.append("</svg>")
    return Markup("".join(parts))


def line_chart(points: Sequence[Point], title: str, width: int = 640, height: int = 220) -> Markup:
    """One line over evenly spaced labels, with a dot and a figure at each point."""
    left, right, above, below = 44, 16, 18, 30
    top = nice_ceiling(max((value for _, value in points), default=0.0))
    room_x, room_y = width - left - right, height - above - below
    step = room_x / max(len(points) - 1, 1)
    places = [
        (left + index * step, above + room_y * (1 - value / top)) for index, (_, value) in enumerate(points)
    ]
    parts = [_open(width, height, title, "chart-line")]
    for share in (0.0, 0.5, 1.0):
        y = above + room_y * (1 - share)
        parts.append(
            f'<line class="chart-grid" x1="{left}" y1="{y:.1f}" x2="{width - right}" y2="{y:.1f}"/>'
            f'<text class="chart-tick" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">'
            f"{escape(format_number(top * share))}</text>"
        )
    if places:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline class="chart-stroke" points="{line}"/>')
    every = max(1, -(-len(points) // 12))
    for index, ((x, y), (label, value)) in enumerate(zip(places, points, strict=True)):
        parts.append(f'<circle class="chart-dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        if len(points) <= 12:
            parts.append(
                f'<text class="chart-figure" x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle">'
                f"{escape(format_number(value))}</text>"
            )
        if index % every == 0:
            parts.append(
                f'<text class="chart-tick" x="{x:.1f}" y="{height - 8}" text-anchor="middle">'
                f"{escape(label)}</text>"
            )
    parts.append("</svg>")
    return Markup("".join(parts))


def _open(width: int, height: int, title: str, kind: str) -> str:
    return (
        f'<svg class="chart {kind}" role="img" viewBox="0 0 {width} {height}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>'
    )
