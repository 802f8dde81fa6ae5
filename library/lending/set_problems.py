"""Several scanned copies refused at once, each by its barcode and title with its own reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from library.foundation.errors import Reason, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProblem:
    """Why one scanned copy cannot go (or come back)."""

    barcode: str
    title: str
    reason: Reason


class SetRefused(Refused):
    """Many copies with problems: every one of every copy, by barcode. Nothing was moved."""

    def __init__(self, problems: Sequence[SetProblem]) -> None:
        super().__init__([problem.reason for problem in problems])
        self.problems = tuple(problems)
