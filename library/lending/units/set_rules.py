"""Which books a class would be glad of: the proposal of a set and its mix (L130–L135). Pure.

Facts come from set_drafts.py; nothing here reads a database or a clock, so the same facts give the same set.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import ceil

CHILDREN, TEXTBOOK, REFERENCE, PERIODICAL = "children", "textbook", "reference", "periodical"
PROPOSED = (CHILDREN, REFERENCE, TEXTBOOK, PERIODICAL)
MAX_OF_A_SERIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A copy that stands free on the shelf. `group`: the main class of its number; `grades`: khối the title
    names, empty for all; `stays`: how often the title has been in a corner or on a shelf."""

    copy_id: int
    record_id: int
    title_sort: str
    material: str
    group: str
    series: str
    grades: frozenset[int]
    stays: int
    year: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MixLimits:
    """`max_textbooks` copies in a set; at least `min_children` percent children's literature."""

    max_textbooks: int
    min_children: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """How many copies of a set are what; the three are all of it."""

    children: int = 0
    textbooks: int = 0
    others: int = 0

    @property
    def total(self) -> int:
        return self.children + self.textbooks + self.others

    @property
    def children_percent(self) -> int:
        return round(100 * self.children / self.total) if self.total else 0


def count_mix(materials: Iterable[str]) -> Mix:
    """The mix of a set by the material of its copies."""
    counted = Counter(materials)
    children, textbooks = counted[CHILDREN], counted[TEXTBOOK]
    return Mix(children=children, textbooks=textbooks, others=counted.total() - children - textbooks)


def judge_mix(mix: Mix, limits: MixLimits) -> tuple[str, ...]:
    """L135: what the school's wishes say against a set: `too_many_textbooks`, `too_few_children`. A set is
    never refused for it; an empty one has nothing against it."""
    against = []
    if mix.textbooks > limits.max_textbooks:
        against.append("too_many_textbooks")
    if mix.total and 100 * mix.children < limits.min_children * mix.total:
        against.append("too_few_children")
    return tuple(against)


def fits_grade(candidate: Candidate, grade: int | None) -> bool:
    """L130: the title names the grade, or names none and is no textbook. Without a grade (a shelf for
    everybody) only titles for everybody fit, and textbooks never."""
    if candidate.material not in PROPOSED:
        return False
    if not candidate.grades:
        return candidate.material != TEXTBOOK
    return grade is not None and grade in candidate.grades


def propose_set(
    candidates: Sequence[Candidate],
    wanted: int,
    *,
    grade: int | None,
    limits: MixLimits,
    had: Collection[int] = (),
    kept: Sequence[Candidate] = (),
) -> list[Candidate]:
    """Up to `wanted` more copies for a set that has `kept` already (L130–L134).

    `had`: records the class has had before, or that were struck out. Fewer come back when no more fit.
    """
    taken = {candidate.record_id for candidate in kept} | set(had)
    total = len(kept) + max(wanted, 0)
    mix = count_mix(candidate.material for candidate in kept)
    textbooks = mix.textbooks
    not_children = mix.total - mix.children
    most_not_children = total - ceil(total * limits.min_children / 100)  # L133
    series = Counter(candidate.series for candidate in kept if candidate.series)

    groups: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.record_id not in taken and fits_grade(candidate, grade):
            groups[candidate.group].append(candidate)
    for queue in groups.values():
        queue.sort(key=_order, reverse=True)  # the best one is popped from the end

    chosen: list[Candidate] = []
    while groups and len(chosen) < wanted:
        for group in sorted(groups):  # L134: one of every kind in turn
            queue = groups[group]
            while queue:
                best = queue.pop()
                if (
                    best.record_id in taken
                    or (best.material == TEXTBOOK and textbooks >= limits.max_textbooks)
                    or (best.material != CHILDREN and not_children >= most_not_children)
                    or (best.series and series[best.series] >= MAX_OF_A_SERIES)
                ):
                    continue
                chosen.append(best)
                taken.add(best.record_id)
                textbooks += best.material == TEXTBOOK
                not_children += best.material != CHILDREN
                series[best.series] += 1
                break
            if len(chosen) == wanted:
                break
        groups = {group: queue for group, queue in groups.items() if queue}
    return chosen


def _order(candidate: Candidate) -> tuple[bool, int, int, str, int]:
    """L134: named for a grade first, then seldom out, then new, then by title; the copy number decides last."""
    return (not candidate.grades, candidate.stays, -(candidate.year or 0), candidate.title_sort, candidate.copy_id)
