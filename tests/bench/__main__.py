"""`make bench`: measure, print, and rewrite docs/performance.md.

Figures are ratios against a reference measured in the same run, because machines differ and drift.
`make bench ARGS="--quick"` takes a minute and writes nothing; `ARGS="--only search"` measures one part.
"""

from __future__ import annotations

import argparse
import platform
from datetime import date
from pathlib import Path

from tests.bench.measures import MEASURES, machine

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=sorted(MEASURES), action="append")
    options = parser.parse_args()
    parts: dict[str, list[str]] = {}
    for name, measure in MEASURES.items():
        if options.only and name not in options.only:
            continue
        lines = ["| measured | ours | reference in the same run | ratio |", "|---|---|---|---|"]
        for row in measure(options.quick):
            lines.append(f"| {row.what} | {row.ours} | {row.reference} | {row.ratio} |")
            print(" · ".join(filter(None, (row.what, row.ours, row.reference, row.ratio))), flush=True)
        lines += ["", f"*{measure.__doc__}*" if measure.__doc__ else ""]
        parts[name] = lines
    if options.quick or options.only:
        return
    text = [
        "# Performance",
        "",
        "Written by `make bench`; compare ratios, not milliseconds: they hold across machines.",
        "",
        f"Measured {date.today():%Y-%m-%d}, Python {platform.python_version()}, {machine()}.",  # noqa: DTZ011  a page's date
        "",
    ]
    for name, lines in parts.items():
        text += [f"## {name.capitalize()}", "", *lines, ""]
    PAGE.write_text("\n".join(text).rstrip() + "\n", "utf-8")
    print(f"written: {PAGE.name}")


if __name__ == "__main__":
    main()
