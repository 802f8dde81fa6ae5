"""Long lists in pages. Next: `pagination` in templates/web/parts.html."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for


@dataclass(frozen=True, slots=True)
class Pagination:
    """Where we are in a list: `number` counts from 1; a list without rows has one empty page."""

    number: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))

    @property
    def offset(self) -> int:
        """How many rows come before this page (for LIMIT/OFFSET)."""
        return (self.number - 1) * self.per_page

    @property
    def first_row(self) -> int:
        """Number of the first row shown, from 1; 0 when there is none."""
        return min(self.offset + 1, self.total)

    @property
    def last_row(self) -> int:
        return min(self.offset + self.per_page, self.total)

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def following(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None

    def around(self, reach: int = 2) -> list[int | None]:
        """Page numbers to offer: the first, the last and those near; None is a gap."""
        near = {n for n in range(self.number - reach, self.number + reach + 1) if 1 <= n <= self.pages}
        wanted = sorted(near | {1, self.pages})
        shown: list[int | None] = []
        for number in wanted:
            if shown and shown[-1] is not None and number - shown[-1] == 2:
                shown.append(number - 1)
            elif shown and shown[-1] is not None and number - shown[-1] > 2:
                shown.append(None)
            shown.append(number)
        return shown


def read_page_number(args: Mapping[str, str], name: str = "page", most: int = 100_000) -> int:
    """The page asked for in the address; 1 for anything that is not a sensible number."""
    text = args.get(name, "")
    return min(max(int(text), 1), most) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def paginate(total: int, per_page: int, args: Mapping[str, str] | None = None) -> Pagination:
    """The page the address asks for, pulled back to the last one that exists."""
    number = read_page_number(request.args if args is None else args)
    last = max(1, -(-total // per_page))
    return Pagination(min(number, last), per_page, total)


def page_url(number: int, name: str = "page") -> str:
    """This address with another page number; everything else of it stays."""
    args = {key: request.args.getlist(key) for key in request.args if key != name}
    if number != 1:
        args[name] = [str(number)]
    values: dict[str, Any] = {**(request.view_args or {}), **args}
    return url_for(request.endpoint or "", **values)
