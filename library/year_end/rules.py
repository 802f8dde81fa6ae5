"""Pure decisions of moving up (L154–L157): where a class goes, what becomes of each pupil. Next: service.py."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from library.foundation.schoolyear import class_sort_key, grade_of
from library.readers.rules import class_key, clean_class_name
from library.year_end.model import LEAVING, STAYING, Choice, ClassFacts, ClassFates, Fate, Outcome, PupilFacts


def next_class_name(name: str, top_grade: int) -> str:
    """6A1 -> 7A1, 10 Toán -> 11 Toán, 4/1 -> 5/1; empty for the last grade of the school (L154)."""
    grade = grade_of(name)
    if grade is None or grade >= top_grade:
        return ""
    return re.sub(r"\d{1,2}", str(grade + 1), name, count=1)


def propose_map(classes: Iterable[ClassFacts], top_grade: int) -> dict[int, str]:
    """Class id -> name of the class of the next year, empty where the class leaves."""
    return {one.id: next_class_name(one.name, top_grade) for one in classes}


def find_target_error(school_class: ClassFacts, target: str) -> str:
    """Why a class cannot go there, in words; empty when it can."""
    if not target:
        return ""
    grade = grade_of(target)
    if grade is None:
        return "Tên lớp cần bắt đầu bằng khối, ví dụ 7A1."
    if grade < school_class.grade:
        return f"Lớp {target} thấp hơn khối {school_class.grade}."
    return ""


def decide_pupil(pupil: PupilFacts, school_class: ClassFacts, target: str, choice: Choice | None) -> Fate:
    """L155, L157: a class in the new year stands; else the librarian's choice; else the class's line."""
    if pupil.next_class is not None:
        return Fate(pupil, Outcome.PLACED, pupil.next_class)
    if choice is not None:
        if choice.outcome in LEAVING:
            return Fate(pupil, choice.outcome, "", chosen=True)
        if choice.outcome == Outcome.REPEATED:
            return Fate(pupil, choice.outcome, clean_class_name(choice.target) or school_class.name, chosen=True)
        if choice.outcome == Outcome.PROMOTED and (choice.target or target):
            return Fate(pupil, choice.outcome, clean_class_name(choice.target) or target, chosen=True)
    if not target:
        return Fate(pupil, Outcome.GRADUATED, "")
    kept = grade_of(target) == school_class.grade
    return Fate(pupil, Outcome.REPEATED if kept else Outcome.PROMOTED, target)


def decide_classes(
    classes: Sequence[ClassFacts],
    pupils: Mapping[int, Sequence[PupilFacts]],
    class_map: Mapping[int, str],
    choices: Mapping[int, Choice],
    next_names: Iterable[str],
    top_grade: int,
) -> tuple[tuple[ClassFates, ...], tuple[str, ...]]:
    """(every class with its pupils' fates, names of classes the new year still lacks)."""
    known = {class_key(name): name for name in next_names}
    proposed = propose_map(classes, top_grade)
    made: dict[str, str] = {}

    def spelled(name: str) -> str:
        """As the new year's class writes itself, so that "7a1" and "7A1" are one class."""
        return known.get(class_key(name)) or made.setdefault(class_key(name), name)

    found = []
    for one in classes:
        wanted = clean_class_name(class_map.get(one.id, proposed[one.id]))
        error = find_target_error(one, wanted)
        target = spelled(wanted) if wanted and not error else wanted
        fates = []
        for pupil in pupils.get(one.id, ()):
            fate = decide_pupil(pupil, one, target, choices.get(pupil.reader_id))
            if fate.outcome in STAYING and grade_of(fate.target) is None:
                error = error or f"Lớp của {pupil.full_name} cần bắt đầu bằng khối, ví dụ {one.name}."
            elif fate.outcome in STAYING:
                fate = Fate(pupil, fate.outcome, spelled(fate.target), fate.chosen)
            fates.append(fate)
        found.append(ClassFates(one, target, bool(target) and class_key(target) not in known, error, tuple(fates)))
    used = {class_key(fate.target) for one in found for fate in one.fates if fate.outcome in STAYING}
    new = sorted((name for key, name in made.items() if key in used), key=class_sort_key)
    return tuple(found), tuple(new)
