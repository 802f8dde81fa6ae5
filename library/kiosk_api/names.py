"""What a kiosk may show of a reader: the given name, with the middle name where two would read alike.

Never the whole name: the screen stands in a room full of children (field.md behaviour 26). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable


def given_name(full_name: str) -> str:
    """ "Trần Minh An" -> "An"."""
    parts = full_name.split()
    return parts[-1] if parts else ""


def with_middle(full_name: str) -> str:
    """ "Trần Minh An" -> "Minh An"; the family name stays out unless there is nothing else."""
    parts = full_name.split()
    return " ".join(parts[-2:]) if len(parts) > 2 else given_name(full_name)


def display_name(full_name: str, classmates: Iterable[str]) -> str:
    """The shortest name that is unlike the other names of the class. `classmates` may hold the name itself once."""
    own = given_name(full_name)
    alike = sum(given_name(name) == own for name in classmates)
    return with_middle(full_name) if alike > 1 else own
