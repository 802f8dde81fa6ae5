"""What the kiosk's processes load only when it is used. Measured: 3 MB in the main process, 2 MB in each helper.

Called before anything else is imported; the mechanism: hardware/late_imports.py.
"""

from __future__ import annotations

from hardware.late_imports import import_when_used

RARELY_USED = (
    "inspect",  # dataclasses: for a class without a docstring
    "traceback", "textwrap", "tokenize",  # logging, linecache: for what went wrong
    "copy",  # dataclasses: for asdict
    "selectors",  # socket: for sending files
    "ipaddress",  # urllib.parse, of pathlib: for an address in brackets
    "ssl",  # http.client: a kiosk in a plain LAN has no TLS
    "shutil", "html", "mimetypes",  # http.server: for files and error pages
    "calendar", "random",  # email: for dates and boundaries of mails
    "tempfile",  # of ours: for a damaged journal
    "locale",  # subprocess: for text in an encoding nobody named
    "bz2", "lzma",  # shutil, zipfile: for archives
)  # fmt: skip
RARELY_DRAWN = (
    "PIL.ExifTags", "PIL.TiffTags", "PIL.GimpGradientFile", "PIL.GimpPaletteFile", "PIL.PaletteFile",  # of photographs
    "base64",  # PIL.ImageFont: for a font of its own
)  # fmt: skip


def postpone() -> None:
    import_when_used(*RARELY_USED)


def postpone_drawing() -> None:
    """The same for what draws. Loads PIL's package."""
    import_when_used(*RARELY_DRAWN)
