"""Words and shapes of moving the school up a year. Pure. Next: rules.py, service.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from library.readers.model import OUTCOME_LABELS as STAY_LABELS


class Outcome(StrEnum):
    """How a pupil's year in a class ends."""

    PROMOTED = "promoted"
    REPEATED = "repeated"
    TRANSFERRED = "transferred"
    GRADUATED = "graduated"
    LEFT = "left"
    PLACED = "placed"  # has a class in the new year already: nothing is done


OUTCOME_LABELS: dict[str, str] = {
    outcome: STAY_LABELS.get(outcome, "Đã có lớp mới") for outcome in Outcome
}
LEAVING: frozenset[str] = frozenset({Outcome.TRANSFERRED, Outcome.GRADUATED, Outcome.LEFT})
STAYING: frozenset[str] = frozenset({Outcome.PROMOTED, Outcome.REPEATED})
CHOICES: tuple[tuple[str, str], ...] = tuple(
    (outcome.value, OUTCOME_LABELS[outcome]) for outcome in Outcome if outcome is not Outcome.PLACED
)


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A class of the year that ends."""

    id: int
    name: str
    grade: int
    site: str = ""


@dataclass(frozen=True, slots=True)
class PupilFacts:
    """An active pupil of the year that ends; `next_class`: the class of the new year they already have."""

    reader_id: int
    full_name: str
    sort_key: str
    born_on: date | None
    education_id: str | None
    class_id: int
    stay_id: int
    next_class: str | None = None
    open_loans: int = 0
    owes: bool = False  # before a move: holds books; after it: still has a card, so something is open (L158)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the librarian decided for one pupil apart from the class; `target`: class of the new year."""

    outcome: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """What will become of one pupil, and where to."""

    pupil: PupilFacts
    outcome: str
    target: str  # name of a class of the new year; empty for who leaves
    chosen: bool = False  # by the librarian, not by the class's line


@dataclass(frozen=True, slots=True)
class ClassFates:
    """One class in the preview: where it goes, and who of it goes elsewhere."""

    school_class: ClassFacts
    target: str  # empty: the class leaves the school
    target_is_new: bool
    error: str  # why the target cannot be used, in words
    fates: tuple[Fate, ...]

    def count(self, outcome: str) -> int:
        return sum(fate.outcome == outcome for fate in self.fates)

    @property
    def counts(self) -> dict[str, int]:
        return {outcome.value: self.count(outcome) for outcome in Outcome}

    @property
    def leaving(self) -> int:
        return sum(fate.outcome in LEAVING for fate in self.fates)

    @property
    def exceptions(self) -> tuple[Fate, ...]:
        return tuple(fate for fate in self.fates if fate.chosen)

    @property
    def owing(self) -> tuple[Fate, ...]:
        """Those who leave the school and have something to bring back."""
        return tuple(fate for fate in self.fates if fate.outcome in LEAVING and fate.pupil.owes)


@dataclass(frozen=True, slots=True)
class MoveView:
    """The whole school in one view: as a plan would move it today, or as an applied move did."""

    move_id: int
    from_year: str
    to_year: str
    opens_on: date  # the first day it can be applied
    classes: tuple[ClassFates, ...]
    new_classes: tuple[str, ...]

    @property
    def fates(self) -> tuple[Fate, ...]:
        return tuple(fate for one in self.classes for fate in one.fates)

    @property
    def counts(self) -> dict[str, int]:
        return {outcome.value: sum(one.count(outcome) for one in self.classes) for outcome in Outcome}

    @property
    def leaving(self) -> int:
        return sum(one.leaving for one in self.classes)

    @property
    def exceptions(self) -> tuple[tuple[ClassFates, Fate], ...]:
        """Pupils who do not go with their class, each with it."""
        return tuple((one, fate) for one in self.classes for fate in one.exceptions)

    @property
    def owing(self) -> tuple[Fate, ...]:
        return tuple(fate for one in self.classes for fate in one.owing)

    @property
    def has_errors(self) -> bool:
        return any(one.error for one in self.classes)

    def find_class(self, class_id: int) -> ClassFates | None:
        return next((one for one in self.classes if one.school_class.id == class_id), None)
