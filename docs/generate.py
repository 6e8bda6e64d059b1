#!/usr/bin/env python3
"""Writes the pages that follow from the code: scrubbers.md, metrics.md, codes.md.

    python docs/generate.py            writes them
    python docs/generate.py --check    exit 1 when one is stale

Nothing on them is written by hand: a scrubber's page is its docstring, its parameters and its examples, which are
tests too.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from stream_scrubber import detectors
from stream_scrubber.errors import REASONS
from stream_scrubber.metrics import NAMES, Metrics
from stream_scrubber.policy.mistakes import CODES
from stream_scrubber.policy.rules import adapter
from stream_scrubber.scrubbers import ALL
from stream_scrubber.scrubbers.base import Example, Family, Scrubber
from stream_scrubber.scrubbers.nobody import NOBODY
from stream_scrubber.scrubbers.units import spell_duration

FOLDER = Path(__file__).parent
HEAD = "<!-- Made by docs/generate.py out of the code. Change it there. -->\n"
MOST_EXAMPLES = 8
WIDEST = 90

FAMILIES: Mapping[Family, str] = {
    Family.KEEP: "Passing by name",
    Family.SUPPRESSION: "Suppression: the value, or what is found in it, is gone",
    Family.GENERALIZATION: "Generalization: the value becomes one that many share",
    Family.PSEUDONYMIZATION: "Pseudonymization: equal values stay equal, under a key",
    Family.RANDOMIZATION: "Randomization: the value moves by chance",
}


def scrubbers() -> str:
    """The page of all scrubbers, by family."""
    lines = [
        HEAD,
        "# Scrubbers",
        "",
        "A rule names a scrubber and its parameters. The first parameter may be written alone: `round: 100` is",
        "`round: { to: 100 }`. Null stays null under every scrubber. A value that a scrubber does not take is never",
        "passed on: by `on_mismatch` the record becomes a dead letter, or the field is dropped.",
        "",
        "Where a scrubber has the parameter `nobody`, values that mean nobody become null, for an id that a million",
        "devices share is not a person. By default these are the empty string, and in any case of letters",
        f"{', '.join(f'`{text}`' for text in NOBODY)}.",
        "",
        "| scrubber | takes | what an attacker still gets |",
        "|---|---|---|",
    ]
    lines += [f"| [`{kind.name}`](#{kind.name}) | {_takes(kind)} | {_cell(kind.leaves_open)} |" for kind in ALL]
    for family, title in FAMILIES.items():
        lines += ["", f"## {title}"]
        for kind in ALL:
            if kind.family is family:
                lines += _scrubber(kind)
    lines += ["", *_detectors()]
    return "\n".join(lines) + "\n"


def _scrubber(kind: type[Scrubber]) -> Iterator[str]:
    prose, described = _split(inspect.cleandoc(kind.__doc__ or ""))
    yield from ("", f"### {kind.name}", "", prose, "")
    needs = [f"takes {_takes(kind)}"]
    if kind.needs_key is True:
        needs.append("needs `pseudonyms:` (a key per epoch)")
    if kind.extra:
        needs.append(f"needs the extra `{kind.extra}`: `pip install 'stream-scrubber[{kind.extra}]'`")
    yield f"*{'; '.join(needs)}.* **Leaves open:** {kind.leaves_open}"
    if kind.source:
        yield f"Source: {kind.source}."
    yield from _parameters(kind, described)
    yield from _examples(kind)


def _takes(kind: type[Scrubber]) -> str:
    return ", ".join(sorted(taken.value for taken in kind.takes))


def _split(doc: str) -> tuple[str, dict[str, str]]:
    """The prose of a docstring, and its `Parameters` section by name."""
    prose, _, section = doc.partition("\nParameters\n")
    described: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        if line.startswith("    "):
            described[name] = f"{described[name]} {line.strip()}".strip()
        elif line and not line.startswith("---"):
            name = line.strip()
            described[name] = ""
    return prose.strip(), described


def _parameters(kind: type[Scrubber], described: Mapping[str, str]) -> Iterator[str]:
    schema = adapter(kind).json_schema(by_alias=True)
    properties = schema.get("properties", {})
    if not properties:
        return
    required = schema.get("required", ())
    durations = {
        field.name.rstrip("_")
        for field in fields(kind)  # type: ignore[arg-type]  # every scrubber is a dataclass
        if "Duration" in str(field.type)
    }
    head = ["parameter", "is", "default"] + (["meaning"] if described else [])
    yield from ("", f"| {' | '.join(head)} |", "|" + "---|" * len(head))
    for name, form in properties.items():
        default = "*required*" if name in required else _default(name, form.get("default"), name in durations)
        row = [f"`{name}`", _type(form), default] + ([_cell(described.get(name, ""))] if described else [])
        yield f"| {' | '.join(row)} |"


def _default(name: str, value: Any, is_duration: bool) -> str:
    if name == "nobody" and list(value) == list(NOBODY):
        return "*the nobody values*"
    if value is None or value == {}:
        return "none"
    if is_duration and isinstance(value, int):
        return f"`{spell_duration(value)}`"
    return _code(_flow(value))


def _type(form: Mapping[str, Any]) -> str:
    if "enum" in form:
        return " · ".join(_code(str(word)) for word in form["enum"])
    if "const" in form:
        return _code(str(form["const"]))
    if "anyOf" in form:
        kinds = dict.fromkeys(_type(inner) for inner in form["anyOf"] if inner.get("type") != "null")
        return " or ".join(kinds)
    kind = str(form.get("type", "anything"))
    if kind == "array":
        return f"list of {_type(form.get('items', {}))}"
    if kind == "object":
        return "mapping"
    if "examples" in form:
        return f"such as {_code(str(form['examples'][0]))}"
    ends = form.get("minimum"), form.get("maximum")
    return f"{kind} {ends[0]} … {ends[1]}" if None not in ends else kind


def _examples(kind: type[Scrubber]) -> Iterator[str]:
    shown = [example for example in kind.examples if _can_be_shown(example)]
    given = [example for example in shown if not example.refuses]
    refused = [example for example in shown if example.refuses]
    chosen = [*given[: MOST_EXAMPLES - 2], *refused[:2]]
    if not chosen:
        return
    yield from ("", "| rule | given | becomes |", "|---|---|---|")
    for example in chosen:
        becomes = "*gone*" if kind.name == "drop" else _result(example)
        yield f"| {_code(_rule(kind, example))} | {_code(_flow(example.given))} | {becomes} |"


def _can_be_shown(example: Example) -> bool:
    try:
        text = f"{_flow(example.given)}{_flow(example.gives)}{_flow(example.parameters)}"
        text.encode()
    except (UnicodeEncodeError, TypeError):
        return False
    longest = max(len(_flow(part)) for part in (example.given, example.gives, example.parameters))
    return longest <= WIDEST and text.isprintable() and "NaN" not in text and "Infinity" not in text


def _rule(kind: type[Scrubber], example: Example) -> str:
    return kind.name if example.parameters is None else f"{kind.name}: {_flow(example.parameters)}"


def _result(example: Example) -> str:
    if example.refuses:
        return f"*mismatch* `{example.refuses}`"
    if example.matches:
        return f"by key; of the form {_code(example.matches)}"
    return _code(_flow(example.gives))


def _flow(value: Any) -> str:
    """A value as YAML on one line; JSON is YAML."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{name}: {_flow(item)}" for name, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _code(text: str) -> str:
    """Text as code inside a table's cell: the fence is longer than any run of back-ticks in it."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _detectors() -> Iterator[str]:
    yield from (
        "## What `mask_text` can find",
        "",
        "Detection looks for forms, check digits and the words around them. It is never complete.",
        "",
        "| name | for example | not | after |",
        "|---|---|---|---|",
    )
    for kind in detectors.ALL:
        finds = [text.replace("«", "").replace("»", "") for text in kind.finds if text.isprintable()]
        leaves = [text for text in kind.leaves if text.isprintable() and len(text) < 60]
        row = [f"`{kind.name}`", *(_code(texts[0]) if texts else "" for texts in (finds, leaves)), _cell(kind.source)]
        yield f"| {' | '.join(row)} |"
    yield ""
    for name, members in detectors.GROUPS.items():
        yield f"`{name}` stands for {', '.join(f'`{member}`' for member in members)}."
        yield ""


def metrics() -> str:
    """The page of all metrics, with the labels that the exporter gives them."""
    lines = [
        HEAD,
        "# Metrics",
        "",
        "`/metrics` speaks the Prometheus text format, on the loopback interface unless the service file says",
        "otherwise: counts by topic and rule describe the stream. Label values come from policies and topic names",
        "only, never from records.",
        "",
        "| metric | kind | labels | what it is |",
        "|---|---|---|---|",
    ]
    families = {family.name.removesuffix("_total"): family for family in Metrics().registry().collect()}
    for name, meaning in NAMES.items():
        family = families.get(name.removesuffix("_total"))
        kind = family.type if family else "counter" if name.endswith("_total") else "gauge"
        labels = getattr(family, "_labelnames", ()) if family else ("…",)
        lines.append(f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels)} | {_cell(meaning)} |")
    lines += ["", "`…`: the labels say what is measured: topic, side (raw or clean), quasi-identifier set, attack."]
    return "\n".join(lines) + "\n"


def codes() -> str:
    """The page of all codes: of policies' mistakes and of dead letters."""
    lines = [
        HEAD,
        "# Codes",
        "",
        "Codes are stable and never reused. `stream-scrubber explain CODE` says the same.",
        "",
        "## Why a record is a dead letter",
        "",
        "The code stands in the header `scrubber.code`, in `scrub --dead-letters`, and as a label of",
        "`scrubber_dead_letters_total`.",
        "",
        "| code | the record is refused because |",
        "|---|---|",
    ]
    lines += [f"| `{code}` | {_cell(meaning)} |" for code, meaning in REASONS.items()]
    lines += ["", "## Mistakes of policies and service files", "", "| code | meaning |", "|---|---|"]
    lines += [f"| `{code}` | {_cell(meaning)} |" for code, meaning in CODES.items()]
    return "\n".join(lines) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {"scrubbers.md": scrubbers, "metrics.md": metrics, "codes.md": codes}


def stale() -> list[str]:
    """The pages whose text is not what the code says."""
    return [name for name, make in PAGES.items() if not _is(FOLDER / name, make())]


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str]) -> int:
    names = stale()
    if "--check" in arguments:
        print(f"stale, run docs/generate.py: {', '.join(names)}" if names else "all pages are up to date")
        return 1 if names else 0
    for name in names:
        (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"wrote docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
