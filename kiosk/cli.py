"""The program's door: says what is to be loaded only when used, then hands over to commands.py."""

from __future__ import annotations

import sys

from kiosk.late import postpone


def main(arguments: list[str] | None = None) -> int:
    postpone()
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) == 3 and given[:2] == ["run", "--config"]:
        from kiosk.run_command import run_file

        return run_file(given[2])
    from kiosk.commands import main as run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
