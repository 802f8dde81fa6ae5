"""The librarian's screens of lending: one blueprint, its pages in *_pages.py modules beside this file."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("lending", __name__, template_folder="templates")
