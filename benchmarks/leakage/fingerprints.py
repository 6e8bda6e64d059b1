"""Browser fingerprints from the Bayesian networks in the package `apify-fingerprint-datapoints` (Apache-2.0).

Optional: without the package there are none, and that is said. Each person has one fingerprint and sends a
few records with it, fewer or more.
"""

from __future__ import annotations

import io
import json
import random
import sys
import zipfile
from bisect import bisect
from collections.abc import Iterator
from importlib import resources
from itertools import accumulate
from typing import Any

Columns = tuple[list[int], list[int]]

SETS = {
    "user agent and screen": ("userAgent", "screen"),
    "GPU and fonts": ("videoCard", "fonts"),
    "many fields": (
        "userAgent",
        "screen",
        "videoCard",
        "fonts",
        "platform",
        "deviceMemory",
        "hardwareConcurrency",
    ),
}


def streams(n: int, seed: int) -> Iterator[tuple[str, Columns]]:
    network = _network()
    if network is None:
        print("\nbrowser fingerprints: left out, apify-fingerprint-datapoints is not installed", file=sys.stderr)
        return
    rng = random.Random(seed)
    people = [_draw(network, rng) for _ in range(n // 8)]
    weights = list(accumulate((rank + 10) ** -0.8 for rank in range(len(people))))
    who = [bisect(weights, rng.random() * weights[-1]) for _ in range(n)]
    for name, fields in SETS.items():
        numbers: dict[tuple[Any, ...], int] = {}
        of_person = [numbers.setdefault(tuple(map(person.get, fields)), len(numbers)) for person in people]
        yield name, ([of_person[person] for person in who], who)


def _network() -> list[dict[str, Any]] | None:
    try:
        root = resources.files("apify_fingerprint_datapoints")
    except ModuleNotFoundError:
        return None
    for path in (root / "data").iterdir():
        if path.name.startswith("fingerprint-network"):
            with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as packed:
                nodes: list[dict[str, Any]] = json.loads(packed.read(packed.namelist()[0]))["nodes"]
                return nodes
    return None


def _draw(network: list[dict[str, Any]], rng: random.Random) -> dict[str, str]:
    """One fingerprint: each node given its parents, which stand before it."""
    person: dict[str, str] = {}
    for node in network:
        table = node["conditionalProbabilities"]
        for parent in node["parentNames"]:
            table = table.get("deeper", {}).get(person[parent], table.get("skip", {}))
        chances = {value: chance for value, chance in table.items() if value not in ("deeper", "skip")}
        if chances:
            person[node["name"]] = rng.choices(list(chances), weights=list(chances.values()))[0]
        else:
            person[node["name"]] = ""
    return person
