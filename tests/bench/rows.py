"""One line of a measurement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    ours: str
    reference: str
    ratio: str


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"
