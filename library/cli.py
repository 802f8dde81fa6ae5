"""`kesach …`: the entry point that gathers the commands of library/commands/.

Words and progress go to stderr, results to stdout; `--json` prints exactly one JSON object on stdout.
Exit codes: 0 done, 1 done but rows were refused, 2 unusable arguments or file (nothing changed),
3 the surroundings failed (nothing changed). Next: library/commands/common.py.
"""

from __future__ import annotations

import logging
import sys

try:
    import click
except ImportError:  # only the kiosk is installed here
    sys.exit("Máy này chỉ cài phần quầy tự phục vụ. Cài phần máy chủ: pip install kesach[server]")

from library.commands import care, kiosks, moving, notices, people, privacy, setup
from library.version import VERSION


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="kesach")
def cli() -> None:
    """Kệ Sách – thư viện trường phổ thông."""


for command in (
    setup.init,
    setup.serve,
    moving.import_group,
    moving.export,
    moving.index_group,
    moving.report,
    people.device,
    kiosks.kiosk_release,
    people.staff,
    care.db,
    care.backup,
    care.restore,
    care.doctor,
    privacy.anonymise,
    notices.notices,
):
    cli.add_command(command)


def main() -> None:
    """Entry point of the `kesach` command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # Windows consoles
    # Commands speak through say(); what modules log is for the server's log file (library/operations/serving.py).
    logging.getLogger().addHandler(logging.NullHandler())
    cli(prog_name="kesach")


if __name__ == "__main__":
    main()
