"""The JSON Schema of the policy language, read off the models and the scrubbers, for editors.

It refuses nothing that the loader takes. Only the loader knows what a schema cannot say: which selectors parse or tie,
and which rules go together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stream_scrubber.policy.envelope import KEY_FORMATS, TIMESTAMP_SCRUBBERS
from stream_scrubber.policy.model import PolicyFile
from stream_scrubber.policy.rules import LATER, ON_MISMATCH, adapter
from stream_scrubber.scrubbers import ALL, BY_NAME
from stream_scrubber.scrubbers.base import Scrubber

Schema = dict[str, Any]

_LOOSEN: Schema = {"loosen": {"const": True}, "reason": {"type": "string"}}
_LENIENT: Schema = {"on_mismatch": {"enum": list(ON_MISMATCH)}, **_LOOSEN}
_FORMAT: Schema = {"format": {"enum": list(KEY_FORMATS)}, **_LOOSEN}


def policy_schema() -> Schema:
    """JSON Schema 2020-12 of a policy file."""
    schema = PolicyFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "stream-scrubber policy"
    definitions = schema["$defs"]
    kinds = [kind for kind in ALL if kind.name not in LATER]
    for kind in kinds:
        _define(kind, definitions)
    rule = {"$ref": "#/$defs/rule"}
    definitions["rule"] = _rule(kinds, _LENIENT)
    definitions["key"] = {
        "anyOf": [
            {
                "type": "object",
                "required": ["from"],
                "properties": {"from": {"type": "string"}, **_LOOSEN},
                "additionalProperties": False,
            },
            _rule(kinds, _FORMAT),
        ]
    }
    definitions["timestamp"] = _rule([BY_NAME[name] for name in TIMESTAMP_SCRUBBERS], _LOOSEN)
    definitions["headers"] = {
        "type": "object",
        "properties": {"default": {"enum": ["drop", "reject"]}},
        "additionalProperties": rule,
    }
    record = definitions["RecordRules"]["properties"]
    for section in ("RecordRules", "Pseudonyms"):
        definitions[section]["properties"].update(_LOOSEN)
    _without_required(schema)
    for name in ("key", "timestamp", "headers"):
        record[name] = {**record[name], "$ref": f"#/$defs/{name}"}
    fields = schema["properties"]["fields"]
    schema["properties"]["fields"] = {**fields, "type": "object", "additionalProperties": rule}
    return schema


def _rule(kinds: Iterable[type[Scrubber]], beside: Mapping[str, Any]) -> Schema:
    """One scrubber, a list of them, or a list under `chain`. `beside` may stand in any form that is a mapping."""
    kinds = list(kinds)
    steps = {"type": "array", "items": {"anyOf": [_step(kind, {}) for kind in kinds]}, "minItems": 1}
    chain = {
        "type": "object",
        "required": ["chain"],
        "properties": {"chain": steps, **beside},
        "additionalProperties": False,
    }
    return {"anyOf": [*(_step(kind, beside) for kind in kinds), steps, chain]}


def _step(kind: type[Scrubber], beside: Mapping[str, Any]) -> Schema:
    """One scrubber: its bare name when nothing is required, or a mapping in the long or the short form."""
    parameters = adapter(kind).json_schema(by_alias=True)
    doc = (kind.__doc__ or "").strip().split("\n\n")[0]
    others = {word: _of(kind, word) for word in parameters.get("properties", {}) if word != kind.name}
    mapping = {
        "type": "object",
        "description": doc,
        "required": [kind.name],
        "properties": {**others, **beside, kind.name: {"$ref": f"#/$defs/scrubber.{kind.name}"}},
        "additionalProperties": False,
    }
    if parameters.get("required"):
        return mapping
    return {"anyOf": [{"const": kind.name, "description": doc}, mapping]}


def _of(kind: type[Scrubber], word: str) -> Schema:
    return {"$ref": f"#/$defs/{kind.name}.{word}"}


def _define(kind: type[Scrubber], definitions: Schema) -> None:
    """Each parameter, and what may stand behind the scrubber's name: all of them, the first one alone, or nothing."""
    parameters = adapter(kind).json_schema(by_alias=True)
    definitions.update(parameters.pop("$defs", {}))
    words = parameters.get("properties", {})
    for word, inner in words.items():
        definitions[f"{kind.name}.{word}"] = inner
    # what is required may stand beside the name as well, so that it is not required here
    forms: list[Schema] = [
        {"type": "object", "properties": {word: _of(kind, word) for word in words}, "additionalProperties": False}
    ]
    forms += [_of(kind, word) for word in list(words)[:1]]
    definitions[f"scrubber.{kind.name}"] = {
        "anyOf": forms if parameters.get("required") else [*forms, {"type": "null"}]
    }


def _without_required(schema: Schema) -> None:
    """A policy that extends another need not say again what that one says."""
    whole = {"required": schema.pop("required")}
    for name in ("Topics", "RecordRules", "DeadLetters", "Leakage"):
        required = schema["$defs"][name].pop("required")
        word = {"Topics": "topics", "RecordRules": "record", "DeadLetters": "dead_letter", "Leakage": "leakage"}[name]
        whole.setdefault("properties", {})[word] = {"required": required}
    schema["anyOf"] = [{"required": ["version", "extends"]}, whole]
