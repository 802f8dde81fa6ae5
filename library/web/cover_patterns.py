"""Quiet patterns for covers: waves, brocade, tiles, bronze-drum rings… Next: covers.py."""

from __future__ import annotations

from math import cos, pi, sin

# name -> (tile width, tile height, shapes); `S` strokes, `F` fills with the pattern's colour.
_TILES: dict[str, tuple[int, int, str]] = {
    "waves": (
        48,
        24,
        '<path class="S" d="M0 18c8 0 8-12 24-12s16 12 24 12M0 30c8 0 8-12 24-12s16 12 24 12'
        'M0 6c8 0 8-12 24-12s16 12 24 12"/>',
    ),
    "dots": (
        20,
        20,
        '<g class="F"><circle cx="5" cy="5" r="2.2"/><circle cx="15" cy="15" r="2.2"/></g>',
    ),
    "brocade": (
        40,
        40,
        '<path class="S" d="M20 2 38 20 20 38 2 20zM20 11l9 9-9 9-9-9z"/><g class="F">'
        '<circle cx="20" cy="20" r="2"/><circle cx="0" cy="0" r="2.4"/><circle cx="40" cy="0" r="2.4"/>'
        '<circle cx="0" cy="40" r="2.4"/><circle cx="40" cy="40" r="2.4"/></g>',
    ),
    "tiles": (
        36,
        36,
        '<path class="S" d="M0 18a18 18 0 0 0 36 0M-18 0a18 18 0 0 0 36 0M18 0a18 18 0 0 0 36 0'
        'M-18 36a18 18 0 0 0 36 0M18 36a18 18 0 0 0 36 0M8 18a10 10 0 0 0 20 0M-10 0a10 10 0 0 0 20 0'
        'M26 0a10 10 0 0 0 20 0"/>',
    ),
    "leaves": (
        44,
        44,
        '<g class="F"><path d="M11 4c7 5 7 13 0 18-7-5-7-13 0-18z"/>'
        '<path d="M33 26c7 5 7 13 0 18-7-5-7-13 0-18z"/></g>'
        '<path class="S" d="M11 4v24M33 26v24M33 2v4"/>',
    ),
    "stripes": (
        16,
        16,
        '<path class="S" d="M-4 4 4-4M0 16 16 0M12 20l8-8"/>',
    ),
    "zigzag": (
        36,
        20,
        '<path class="S" d="M0 14 9 4l9 10 9-10 9 10M0 24l9-10 9 10 9-10 9 10"/>',
    ),
    "stars": (
        46,
        46,
        '<g class="F"><path d="m12 4 2.2 5.3 5.8.5-4.4 3.7 1.4 5.6-5-3-5 3 1.4-5.6L4 9.8l5.8-.5z"/>'
        '<circle cx="35" cy="35" r="2.4"/><circle cx="35" cy="12" r="1.4"/>'
        '<circle cx="12" cy="35" r="1.4"/></g>',
    ),
}
DRUM = "drum"
HILLS = "hills"
PATTERNS: tuple[str, ...] = (*_TILES, DRUM, HILLS)


def mix(colour: str, other: str, share: float) -> str:
    """`share` of `other` in `colour`; both #RRGGBB."""
    channels = []
    for place in (1, 3, 5):
        one, two = int(colour[place : place + 2], 16), int(other[place : place + 2], 16)
        channels.append(round(one + (two - one) * share))
    return "#{:02X}{:02X}{:02X}".format(*channels)


def pattern_fill(
    name: str, colour: str, width: float, height: float, *, top: float = 0.0, identity: str = "a"
) -> str:
    """SVG that fills the rectangle (0, top, width, height) with the named pattern in `colour`."""
    if name == DRUM:
        return _drum(colour, width, height, top, identity)
    if name == HILLS:
        return _hills(colour, width, height, top, identity)
    tile_width, tile_height, shapes = _TILES[name]
    shapes = shapes.replace('class="S"', f'fill="none" stroke="{colour}" stroke-width="1.4" opacity=".75"')
    shapes = shapes.replace('class="F"', f'fill="{colour}" opacity=".75"')
    return (
        f'<pattern id="{identity}" width="{tile_width}" height="{tile_height}" y="{top:.0f}" '
        f'patternUnits="userSpaceOnUse">{shapes}</pattern>'
        f'<rect y="{top:.0f}" width="{width}" height="{height:.0f}" fill="url(#{identity})"/>'
    )


def _clip(inner: str, width: float, height: float, top: float, identity: str) -> str:
    return (
        f'<clipPath id="{identity}"><rect y="{top:.0f}" width="{width}" height="{height:.0f}"/></clipPath>'
        f'<g clip-path="url(#{identity})">{inner}</g>'
    )


def _drum(colour: str, width: float, height: float, top: float, identity: str) -> str:
    """Rings and a sun, after the bronze drums; set in the lower right."""
    x, y = width * 0.72, top + height * 0.78
    reach = max(width, height) * 0.62
    radii = [reach * share for share in (0.28, 0.34, 0.52, 0.58, 0.78, 0.84, 1.0)]
    rings = "".join(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}"/>' for radius in radii)
    points = []
    for corner in range(28):
        radius = reach * (0.24 if corner % 2 == 0 else 0.11)
        points.append(_around(x, y, radius, corner / 28))
    sun = " ".join(points)
    teeth = "".join(
        f'<circle cx="{place.split(",")[0]}" cy="{place.split(",")[1]}" r="2.2" fill="{colour}"/>'
        for place in (_around(x, y, reach * 0.43, step / 24) for step in range(24))
    )
    inner = (
        f'<g fill="none" stroke="{colour}" stroke-width="1.5" opacity=".8">{rings}</g>'
        f'<g opacity=".8">{teeth}<polygon points="{sun}" fill="{colour}"/></g>'
    )
    return _clip(inner, width, height, top, identity)


def _around(x: float, y: float, radius: float, turn: float) -> str:
    return f"{x + radius * cos(2 * pi * turn):.1f},{y + radius * sin(2 * pi * turn):.1f}"


def _hills(colour: str, width: float, height: float, top: float, identity: str) -> str:
    """Three ranges of hills and a low sun along the lower edge."""
    base = top + height
    span = min(height, 130.0)
    ridges = (
        f"M0 {base - span * 0.62:.0f}q40-34 84 4t78-18 78 10V{base:.0f}H0z",
        f"M0 {base - span * 0.4:.0f}q50 26 96-8t84 6 60-14V{base:.0f}H0z",
        f"M0 {base - span * 0.16:.0f}q60-30 120 0t120-6V{base:.0f}H0z",
    )
    sun_y = base - span * 0.86
    inner = f'<circle cx="{width * 0.74:.0f}" cy="{sun_y:.0f}" r="17" fill="{colour}" opacity=".8"/>'
    for ridge, strength in zip(ridges, (".3", ".42", ".58"), strict=True):
        inner += f'<path d="{ridge}" fill="{colour}" opacity="{strength}"/>'
    return _clip(inner, width, height, top, identity)
