"""Writes docs/presets.md: `python -m benchmarks.presets.page`. Takes two to five minutes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.presets.measure import LEVELS, POINTS, Figures, K, measure
from benchmarks.presets.people import DAYS, PEOPLE
from benchmarks.presets.shapes import SHAPES
from stream_scrubber.cli.explain import spelled
from stream_scrubber.policy import Policy
from stream_scrubber.policy.presets import text

PAGE = Path(__file__).parents[2] / "docs" / "presets.md"
NAMES = {"": "standard", "@strict": "strict"}

HEAD = f"""# Presets

<!-- Written by `python -m benchmarks.presets.page`. Do not edit. -->

A preset is a layer for a stream that many people have. The smallest useful policy:

```yaml
version: 1
name: web
extends: preset:segment
topics: {{ from: raw.web.clickstream, to: clean.web.clickstream }}
dead_letter: {{ to: dlq.web.clickstream }}
```

`preset:NAME@strict` is the strict level. Rules of your own stand under `fields:`; where one lets through more than the
preset does, it says `loosen: true` and a `reason:`. `stream-scrubber explain FILE` prints where each rule comes from.

Figures are exact, for {PEOPLE} simulated people of {DAYS} days with about eight events each. They compare levels; they
are no promise about your stream: measure that with `run --observe`. Real people are more varied than simulated ones.

* **below k={K}**: share of records whose values in the set fewer than {K} people have.
* **unique**: of the people whose trace under one pseudonym has {POINTS} different points, the share that no other trace
  matches. A dash: no trace has that many, because values are coarse or pseudonyms turn daily.
* **fields kept**: exact or coarse, of the fields of the simulated events; **values apart**: of the different values
  that a kept field had, the mean share that can still be told apart.
"""


def main() -> int:
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text("\n".join(page()) + "\n")
    return 0


def page() -> Iterator[str]:
    yield HEAD
    for name in SHAPES:
        yield f"## {name}\n"
        policies = {level: Policy.load(f"preset:{name}{level}") for level in LEVELS}
        yield (text(name) or b"# ").decode().splitlines()[0].removeprefix("# ") + "\n"
        yield "| level | set | below k raw → clean | unique raw → clean | fields kept | values apart |"
        yield "|---|---|---|---|---|---|"
        for level in LEVELS:
            yield from _rows(NAMES[level], measure(name, level))
        yield ""
        yield "| field | standard | strict |\n|---|---|---|"
        yield from _fields(policies[""], policies["@strict"])
        yield "\nLeaves open, at the strict level:\n"
        yield from _open(policies["@strict"])
        yield ""


def _rows(level: str, figures: Figures) -> Iterator[str]:
    for name, one in figures.sets.items():
        yield (
            f"| {level} | {name} | {one.below_k_raw:.1%} → {one.below_k:.1%} | {_share(one.unique_raw)} → "
            f"{_share(one.unique)} | {figures.fields_kept} of {figures.fields_raw} | {figures.distinct_kept:.0%} |"
        )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _fields(standard: Policy, strict: Policy) -> Iterator[str]:
    tables = [
        {rule.selector.text: " then ".join(map(spelled, rule.chain.scrubbers)) for rule in policy.rules}
        for policy in (standard, strict)
    ]
    for name in tables[0]:
        before, after = (table[name].replace("|", "\\|") for table in tables)
        yield f"| `{name}` | {before} | {'the same' if before == after else after} |"


def _open(policy: Policy) -> Iterator[str]:
    scrubbers = {one.name: one for rule in policy.rules for one in rule.chain.scrubbers if one.name != "drop"}
    for name in sorted(scrubbers):
        yield f"* `{name}`: {scrubbers[name].leaves_open}"


if __name__ == "__main__":
    raise SystemExit(main())
