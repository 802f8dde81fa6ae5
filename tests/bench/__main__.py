"""`make bench`: measure, print, and rewrite docs/performance.md.

Figures are ratios against a reference measured in the same run, because machines differ and drift.
`make bench ARGS="--quick"` takes a minute and writes nothing; `ARGS="--only checkout --only desk"` measures those
sections and leaves the others on the page as they are.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
from datetime import date
from pathlib import Path

from tests.bench import measures
from tests.bench.kiosk import kiosk_program
from tests.bench.measures import machine

MEASURES = {**measures.MEASURES, "kiosk": kiosk_program}

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
HEAD = """# Performance

Written by `make bench`; compare ratios, not milliseconds: they hold across machines. Each section says when it was
measured and how busy the machine was with other work before it began (load average over a minute; with 2 cores, 2.0
means both were busy all the time).
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=sorted(MEASURES), action="append")
    options = parser.parse_args()
    parts: dict[str, str] = {}
    for name, measure in MEASURES.items():
        if options.only and name not in options.only:
            continue
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        lines = ["| measured | ours | reference in the same run | ratio |", "|---|---|---|---|"]
        for row in measure(options.quick):
            lines.append(f"| {row.what} | {row.ours} | {row.reference} | {row.ratio} |")
            print(" · ".join(filter(None, (row.what, row.ours, row.reference, row.ratio))), flush=True)
        lines += ["", f"*{' '.join((measure.__doc__ or '').split())}*", ""]
        when = f"{date.today():%Y-%m-%d}"  # noqa: DTZ011  a page's date
        lines += [f"Measured {when}, Python {platform.python_version()}, {machine()}; load before: {load:.1f}."]
        parts[name] = "\n".join(lines)
    if options.quick:
        return
    kept = _sections(PAGE.read_text("utf-8")) if PAGE.exists() else {}
    text = [HEAD]
    for name in MEASURES:
        body = parts.get(name) or kept.get(name)
        if body:
            text.append(f"## {name.capitalize()}\n\n{body.strip()}\n")
    if "notes" in kept:  # written by hand: what the figures mean
        text.append(f"## Notes\n\n{kept['notes'].strip()}\n")
    PAGE.write_text("\n".join(text), "utf-8")
    print(f"written: {PAGE.name}")


def _sections(page: str) -> dict[str, str]:
    """Section name -> its text, as the page has it."""
    found = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return {name.lower(): body.strip() for name, body in zip(found[1::2], found[2::2], strict=True)}


if __name__ == "__main__":
    main()
