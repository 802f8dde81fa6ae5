"""The librarian's screens of readers and classes: one blueprint; its pages are in pages_*.py beside this file.

Next: pages_readers.py, pages_classes.py.
"""

from __future__ import annotations

from library.readers import pages_classes, pages_readers
from library.readers.pages_frame import blueprint
from library.web.navigation import place

__all__ = ["blueprint", "pages_classes", "pages_readers"]

place(
    blueprint,
    "readers",
    "readers.readers",
    role="assistant",
    also=("/staff/classes", "/staff/departments", "/staff/year-end"),
)
