"""The JSON Schema of the policy language, read off the models and the scrubbers, for editors."""

from __future__ import annotations

from typing import Any

from stream_scrubber.policy.model import PolicyFile
from stream_scrubber.policy.rules import ON_MISMATCH, adapter
from stream_scrubber.scrubbers import ALL
from stream_scrubber.scrubbers.base import Scrubber


def policy_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a policy file."""
    schema = PolicyFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "stream-scrubber policy"
    definitions = schema["$defs"]
    for kind in ALL:
        definitions[f"scrubber.{kind.name}"] = _scrubber(kind, definitions)
    definitions["step"] = {"oneOf": [{"$ref": f"#/$defs/scrubber.{kind.name}"} for kind in ALL]}
    definitions["rule"] = {
        "anyOf": [
            {"$ref": "#/$defs/step"},
            {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1},
            {"type": "object", "required": ["chain"]},
        ]
    }
    schema["properties"]["fields"] = {
        "type": "object",
        "description": "Rules by selector. The most specific selector wins; the order of lines never matters.",
        "additionalProperties": {"$ref": "#/$defs/rule"},
    }
    return schema


def _scrubber(kind: type[Scrubber], definitions: dict[str, Any]) -> dict[str, Any]:
    """One scrubber: its bare name when nothing is required, or a mapping in the long or the short form."""
    parameters = adapter(kind).json_schema(by_alias=True)
    definitions.update(parameters.pop("$defs", {}))
    parameters.pop("title", None)
    parameters.pop("description", None)
    parameters["additionalProperties"] = False
    properties = parameters.get("properties", {})
    forms = [parameters]
    if properties:
        forms.append(next(iter(properties.values())))
    doc = (kind.__doc__ or "").strip().split("\n\n")[0]
    beside = {word: inner for word, inner in properties.items() if word != kind.name}
    mapping = {
        "type": "object",
        "description": doc,
        "required": [kind.name],
        "properties": {
            **beside,
            "on_mismatch": {"enum": list(ON_MISMATCH)},
            kind.name: {"anyOf": [*forms, {"type": "null"}]},
        },
        "additionalProperties": False,
    }
    if parameters.get("required"):
        return mapping
    return {"anyOf": [{"const": kind.name, "description": doc}, mapping]}
