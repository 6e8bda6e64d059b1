#!/usr/bin/env python3
"""What each scrubber costs: µs a value, and the ratio to a bare `keep` measured in the same run.

    benchmarks/scrubbers.py [--rounds 7] [--only NAME …]

Each row is the best of several rounds, which go over all rows in turn so that a busy machine slows all alike.
The values are different ones that look real. Ratios, not times, compare between machines and runs. `limit` is
the figure to stay below.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stream_scrubber.scrubbers import BY_NAME, make
from stream_scrubber.scrubbers.base import BuildContext, CurrentRecord

RNG = random.Random(1)
COUNT = 2_000
PUBLIC_KEY = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"
BROWSER = (
    "Mozilla/5.0 (Linux; Android {}; Pixel {}) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{}.0.0.0 Mobile Safari/537.36"
)

Make = Callable[[int], Any]


def spread(low: float, high: float) -> float:
    return round(RNG.uniform(low, high), 6)


def address(_: int) -> str:
    return ".".join(str(RNG.randrange(1, 255)) for _ in range(4))


def iso(n: int) -> str:
    minute = n // 20  # records come in order: many share a minute
    return f"2026-11-21T{minute // 60 % 24:02d}:{minute % 60:02d}:{n % 60:02d}.{n % 1000:03d}Z"


def uuid(_: int) -> str:
    text = f"{RNG.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def point(_: int) -> dict[str, float]:
    return {"lat": spread(-60, 60), "lon": spread(-180, 180)}


def page(n: int) -> str:
    click = f"{RNG.getrandbits(64):x}"
    return f"https://www.shop.example.com/category/garden/product/{n}?utm_source=mail&gclid={click}"


Case = tuple[str, str, Any, Make, float | None]

CASES: tuple[Case, ...] = (
    ("keep", "text", None, lambda n: f"Product {n}", None),
    (
        "keep",
        "max_length, pattern",
        {"max_length": 40, "pattern": "[A-Za-z0-9 ]+"},
        lambda n: f"Product {n}",
        None,
    ),
    (
        "one_of",
        "text",
        {"values": ["View", "Click"], "else": "other"},
        lambda n: ("View", "Odd")[n & 1],
        None,
    ),
    ("floor", "usual form", "15m", iso, 1.5),
    ("floor", "with an offset", "15m", lambda n: iso(n)[:-1] + "+01:00", None),
    ("floor", "milliseconds", "15m", lambda n: 1_795_291_653_123 + 977 * n, 1.5),
    ("shift", "usual form", "30d", iso, None),
    ("time_noise", "usual form", "15m", iso, None),
    ("geohash", "length 4", 4, point, 2.0),
    ("geohash", "length 8", 8, point, None),
    ("grid", "0.1 degrees", 0.1, point, None),
    ("grid", "1,000 metres", {"metres": 1000}, point, None),
    ("h3", "resolution 5", 5, point, None),
    ("planar_laplace", "", 0.01, point, 5.0),
    ("truncate_ip", "IPv4", None, address, 1.5),
    ("truncate_ip", "IPv6", None, lambda n: f"2001:db8:{n:x}::{n:x}", None),
    ("crypto_pan", "uncached", None, address, None),
    ("url", "page with query", None, page, 5.0),
    ("user_agent", "cached", None, lambda n: BROWSER.format(10 + n % 5, n % 9, 100 + n % 20), 1.0),
    ("user_agent", "uncached", None, lambda n: BROWSER.format(10 + n % 5, n, n), None),
    ("client_hints", "header", None, lambda n: f'"Chromium";v="{n % 99}", "Not?A_Brand";v="8"', None),
    (
        "fingerprint",
        "object",
        ["language"],
        lambda n: {"canvas": f"{n:x}", "fonts": n, "language": "de-DE"},
        None,
    ),
    ("mac", "", None, lambda n: f"3c:22:fb:{n >> 8:02x}:{n & 255:02x}:0f", None),
    ("imei", "16 digits", None, lambda n: f"490154203{n:06d}1", None),
    ("imsi", "", None, lambda n: f"26201{n:010d}", None),
    ("msisdn", "", None, lambda n: f"+49 30 {n:07d}", None),
    ("pseudonym", "short text", "user", lambda n: f"u-{n:06d}-abcdef", 2.0),
    ("pseudonym", "UUID", "user", uuid, 2.0),
    (
        "pseudonym",
        "form mac",
        {"domain": "ap", "form": "mac"},
        lambda n: f"3c:22:fb:00:{n >> 8:02x}:{n & 255:02x}",
        None,
    ),
    ("encrypt", "", None, lambda n: f"u-{n:06d}", None),
    ("seal", "", PUBLIC_KEY, lambda n: f"u-{n:06d}", None),
    ("round", "whole, to 100", 100, lambda n: n, None),
    ("round", "decimal, down to 10", {"to": 10, "mode": "down"}, lambda n: spread(0, 900), None),
    ("round", "decimal, to 0.1", 0.1, lambda n: spread(0, 900), None),
    ("bucket", "4 edges", [10, 50, 100, 500], lambda n: spread(0, 900), None),
    ("significant_digits", "2", 2, lambda n: spread(0, 900), None),
    ("clamp", "", 500, lambda n: spread(0, 900), None),
    ("noise", "", 10, lambda n: n, None),
    ("lookup", "table", {"table": "t", "missing": "other"}, lambda n: f"SKU-{n:05d}", None),
    ("lookup", "network", {"table": "networks", "by": "network", "missing": "??"}, address, None),
    ("sample_items", "3 of 8", 3, lambda n: [f"item {n + k}" for k in range(8)], None),
    (
        "top_items",
        "8 items",
        [f"item {k}" for k in range(20)],
        lambda n: [f"item {n % 40 + k}" for k in range(8)],
        None,
    ),
)

TABLES = {
    "t": {f"SKU-{n:05d}": "toys" for n in range(1_000)},
    "networks": {f"{a}.{b}.0.0/16": "ZZ" for a in range(1, 200) for b in range(0, 256, 8)},
}


class Row:
    """One line of the table: an action and its values, and the best seconds a value so far."""

    def __init__(self, case: Case, context: BuildContext) -> None:
        self.name, self.what, self.parameters, make_value, self.limit = case
        self.uncached = self.what == "uncached"
        self.values = [make_value(n) for n in range(500 if self.uncached else COUNT)]
        self.context = context
        self.action = self.build()
        self.best = float("inf")
        self.action(self.values[0])

    def build(self) -> Callable[[Any], Any]:
        return make(self.name, self.parameters).build(self.context)

    def measure(self) -> None:
        """Once over all values, the loop around the call included."""
        action = self.build() if self.uncached else self.action
        start = time.perf_counter()
        for value in self.values:
            action(value)
        self.best = min(self.best, (time.perf_counter() - start) / len(self.values))


def measured(cases: list[Case], context: BuildContext, rounds: int) -> list[Row]:
    """These cases, each measured once a round; without those whose extra is not installed."""
    rows: list[Row] = []
    for case in cases:
        try:
            rows.append(Row(case, context))
        except ImportError:
            print(f"{case[0]}: left out, needs the extra {BY_NAME[case[0]].extra}")
    for number in range(rounds):
        context.record.coordinates, context.record.subject = b"raw\x000\x00%d" % number, "u-42"
        for row in rows:
            row.measure()
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", nargs="*", default=[], choices=sorted(BY_NAME))
    args = parser.parse_args()

    record = CurrentRecord()
    context = BuildContext(realm="bench", key=bytes(range(32)), selector="a.b", tables=TABLES, record=record)
    wanted = [case for case in CASES if not args.only or case[0] in {*args.only, "keep"}]
    rows: list[Row] = []
    # once X25519 has run, floating point in the same process was measured a third slower: seal comes last
    for curves in (False, True):
        group = [case for case in wanted if (case[0] == "seal") is curves]
        rows += measured(group, context, args.rounds)
    print(f"{'scrubber':20} {'values':22} {'µs':>8} {'× keep':>8} {'limit':>6}")
    for row in rows:
        mark = "" if row.limit is None or row.best * 1e6 <= row.limit else "  over"
        ratio = row.best / rows[0].best
        print(f"{row.name:20} {row.what:22} {row.best * 1e6:8.2f} {ratio:8.1f} {row.limit or '':>6}{mark}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
