"""The HTTP interface described to machines (OpenAPI 3.1): each API registers its part, here they become one document.

The rooms under /api/v1 do not know each other (opac, library/kiosk_api), so neither can describe the whole.
Next: opac/openapi.py, library/kiosk_api/openapi.py.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask

from library.contract.kiosk_api import Message, Problem
from library.version import VERSION

Schema = dict[str, Any]
PROBLEM_TYPE = "application/problem+json"
_PARTS = "kesach_api_parts"

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
DATE: Schema = {"type": "string", "format": "date"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
MAYBE_NUMBER: Schema = {"type": ["integer", "null"]}
MAYBE_DATE: Schema = {"type": ["string", "null"], "format": "date"}
TEXTS: Schema = {"type": "array", "items": TEXT}


@dataclass(frozen=True, slots=True)
class ApiPart:
    """What one room adds to the document. `paths`: OpenAPI path -> operations by method."""

    paths: dict[str, Schema]
    schemas: dict[str, Schema]
    security_schemes: dict[str, Schema] = field(default_factory=dict)


def register_part(blueprint: Blueprint, part: ApiPart) -> None:
    """`part` is in the document of every app that `blueprint` is put on."""
    blueprint.record(lambda state: state.app.extensions.setdefault(_PARTS, []).append(part))


def describe_api(app: Flask) -> Schema:
    """The whole document of this app. ValueError when two parts describe the same thing."""
    paths: dict[str, Schema] = {}
    schemas: dict[str, Schema] = message_schemas(Problem)
    security: dict[str, Schema] = {}
    for part in app.extensions.get(_PARTS, ()):
        for into, more in ((paths, part.paths), (schemas, part.schemas), (security, part.security_schemes)):
            twice = [name for name in more if name in into and into[name] != more[name]]
            if twice:
                raise ValueError(f"described twice in the API: {', '.join(twice)}")
            into.update(more)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kệ Sách",
            "version": VERSION,
            "description": "Tra cứu công khai, và máy trạm mượn trả (cần mã thiết bị).",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": security},
    }


# --- writing a part -------------------------------------------------------------------------------


def object_of(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    """An object; every property is required unless `required` says which."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }


def list_of(items: Schema, **limits: Any) -> Schema:
    return {"type": "array", "items": items, **limits}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def answer(description: str, schema: Schema, mimetype: str = "application/json") -> Schema:
    return {"description": description, "content": {mimetype: {"schema": schema}}}


def problem(description: str) -> Schema:
    """An error answer: the same fields whatever went wrong."""
    return answer(description, ref("Problem"), PROBLEM_TYPE)


def busy() -> Schema:
    """503: every call asks the database."""
    waiting = {"description": "Số giây nên chờ", "schema": COUNT}
    return {**problem("Máy chủ đang bận, thử lại"), "headers": {"Retry-After": waiting}}


def query(name: str, description: str, schema: Schema, many: bool = False) -> Schema:
    parameter: Schema = {"name": name, "in": "query", "description": description, "schema": schema}
    if many:
        parameter.update(schema={"type": "array", "items": schema}, style="form", explode=True)
    return parameter


# --- from the contract's dataclasses --------------------------------------------------------------


def message_schemas(*kinds: type[Message]) -> dict[str, Schema]:
    """Component name -> schema of these messages and of every message inside them.

    All fields are always sent, so all are required; for a request see `request_schema`.
    """
    found: dict[str, Schema] = {}
    for kind in kinds:
        _collect(kind, found)
    return found


def request_schema(kind: type[Message]) -> Schema:
    """The same as something a device sends: a field with a default may be left out."""
    schema = message_schemas(kind)[kind.__name__]
    needed = [
        spec.name
        for spec in dataclasses.fields(kind)
        if spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING
    ]
    return {**schema, "required": needed}


def _collect(kind: type[Message], found: dict[str, Schema]) -> None:
    if kind.__name__ in found:
        return
    found[kind.__name__] = {}  # a message inside itself ends here
    hints = typing.get_type_hints(kind)
    properties = {spec.name: _schema_of(hints[spec.name], found) for spec in dataclasses.fields(kind)}
    schema = object_of(properties)
    if kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}("):
        schema["description"] = " ".join(kind.__doc__.split())
    found[kind.__name__] = schema


_PLAIN: dict[Any, str] = {str: "string", int: "integer", bool: "boolean", float: "number", dict: "object"}


def _schema_of(hint: Any, found: dict[str, Schema]) -> Schema:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        some = [option for option in typing.get_args(hint) if option is not type(None)]
        schemas = [_schema_of(option, found) for option in some]
        if len(schemas) == 1 and "type" in schemas[0]:
            return {**schemas[0], "type": [schemas[0]["type"], "null"]}
        return {"anyOf": [*schemas, {"type": "null"}]}
    if origin is tuple:
        return list_of(_schema_of(typing.get_args(hint)[0], found))
    if origin is dict:
        return {"type": "object"}
    if isinstance(hint, type) and issubclass(hint, Message):
        _collect(hint, found)
        return ref(hint.__name__)
    return {"type": _PLAIN[hint]}
