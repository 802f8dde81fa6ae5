"""Errors as a stable code plus fields; the words are chosen late, in the reader's language.

Raise these from rules and services. Surfaces (pages, API, CLI) turn a code into words with
`library.contract.codes` and into an HTTP status in one table each. Import problems are values,
not exceptions. Next: library/contract/codes.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class KesachError(Exception):
    """Something a person can act on. `code` never changes once released; `params` fill the wording."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, Any] = params

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code}({shown})" if shown else self.code


class NotFound(KesachError):
    """What was asked for does not exist (404 on HTTP)."""


class InvalidInput(KesachError):
    """Well-formed but unusable input (422 on HTTP); `params["field"]` names the field when there is one."""


class Conflict(KesachError):
    """The state of things or a rule speaks against it (409 on HTTP)."""


class Forbidden(KesachError):
    """Not this person's or device's business (403 on HTTP)."""


class Unavailable(KesachError):
    """The surroundings failed: disk full, database busy (503 on HTTP, exit code 3)."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why a rule says no. `overridable`: staff may set it aside with a comment."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    overridable: bool = False


class Refused(Conflict):
    """A rule said no; carries every reason at once (field.md §4 behaviour 4)."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__(reasons[0].code, **dict(reasons[0].params))
        self.reasons: tuple[Reason, ...] = tuple(reasons)
