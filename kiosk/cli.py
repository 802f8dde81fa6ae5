"""The program's door: says what is to be loaded only when used, then hands over to commands.py."""

from __future__ import annotations

import sys

from kiosk.late import postpone


def main(arguments: list[str] | None = None) -> int:
    postpone()
    from kiosk.commands import main as run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
