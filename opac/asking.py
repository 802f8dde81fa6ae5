"""Reads a search out of an address: q, page, sort, filters. The page forgives, the API refuses.

Next: pages.py, api.py.
"""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from library.foundation.errors import KesachError
from library.foundation.vietnamese import nfc
from library.searching.model import FACETS, LARGEST_PAGE, LONGEST_QUERY, SearchRequest, Sort
from library.web.pagination import read_page_number

PAGE_SIZE = 20
_MOST_FILTER_VALUES = 20


def read_request(args: MultiDict[str, Any], per_page: int = PAGE_SIZE) -> SearchRequest:
    """For people: what cannot be understood is left out."""
    wanted = args.get("sort", "")
    return SearchRequest(
        query=nfc(args.get("q", ""))[:LONGEST_QUERY],
        page=read_page_number(args),
        per_page=per_page,
        sort=Sort(wanted) if wanted in set(Sort) else Sort.RELEVANCE,
        filters=_filters(args),
        available_only=args.get("available") == "1",
    )


def read_strict_request(args: MultiDict[str, Any]) -> SearchRequest:
    """For programs: KesachError(`malformed`, 400) names the parameter that cannot be used."""
    sort = args.get("sort", Sort.RELEVANCE)
    if sort not in set(Sort):
        raise KesachError("malformed", detail=f"sort nhận một trong {', '.join(Sort)}")
    available = args.get("available", "0")
    if available not in ("0", "1"):
        raise KesachError("malformed", detail="available nhận 0 hoặc 1")
    return SearchRequest(
        query=nfc(args.get("q", ""))[:LONGEST_QUERY],
        page=_whole_number(args, "page", 1, 100_000),
        per_page=_whole_number(args, "per_page", PAGE_SIZE, LARGEST_PAGE),
        sort=Sort(sort),
        filters=_filters(args),
        available_only=available == "1",
    )


def _filters(args: MultiDict[str, Any]) -> dict[str, list[str]]:
    found = {}
    for facet in FACETS:
        values = [nfc(value)[:80] for value in args.getlist(facet) if nfc(value)]
        if values:
            found[facet] = list(dict.fromkeys(values))[:_MOST_FILTER_VALUES]
    return found


def _whole_number(args: MultiDict[str, Any], name: str, default: int, most: int) -> int:
    text = args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise KesachError("malformed", detail=f"{name} phải là số nguyên từ 1 đến {most}")
    return int(text)
