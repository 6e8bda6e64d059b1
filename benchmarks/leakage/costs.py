#!/usr/bin/env python3
"""What measuring leakage costs, in CPU time per event of the reference workload, two sets, both sides.

    python -m benchmarks.leakage.costs

Each line is the least of several rounds, taken in turns with a round that does nothing, because other work on
the machine only ever adds.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from benchmarks.workload import events, reference
from stream_scrubber.leakage.khll import TupleSketch
from stream_scrubber.leakage.mix import mix
from stream_scrubber.leakage.observe import Observation, ObservationPlan, compile_observer
from stream_scrubber.leakage.residual import compile_scan
from stream_scrubber.leakage.windows import DAY, Windows, horizons
from stream_scrubber.selectors import Selector, parse

START = 1_795_219_200


def plan() -> ObservationPlan:
    def named(*texts: str) -> tuple[Selector, ...]:
        return tuple(selector for text in texts for selector in parse(text))

    place = named("context.location", "timestamp")
    device = named("context.os.name", "context.screen.width|height", "context.locale", "context.ip")
    return ObservationPlan(named("userId"), (place, device))


def least(rounds: int, n: int, work: Callable[[], Any], nothing: Callable[[], Any]) -> float:
    """Microseconds of CPU per event that `work` takes more than `nothing`."""
    best = [float("inf")] * 2
    for _ in range(rounds):
        for at, one in enumerate((nothing, work)):
            start = time.process_time()
            one()
            best[at] = min(best[at], time.process_time() - start)
    return (best[1] - best[0]) / n * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    raws = [record.value for record in events.records(args.records)]
    cleans = [orjson.dumps(reference.scrub(orjson.loads(raw))) for raw in raws]
    gc.collect()
    gc.freeze()

    def decoded(look: Callable[[Any, Any], Any]) -> Callable[[], None]:
        def run() -> None:
            for raw, clean in zip(raws, cleans, strict=True):
                look(orjson.loads(raw), orjson.loads(clean))

        return run

    nothing = decoded(lambda raw, clean: None)

    def fresh_observer() -> None:
        observe = compile_observer(plan(), b"k" * 32)
        for raw, clean in zip(raws, cleans, strict=True):
            observe(orjson.loads(raw), orjson.loads(clean), 0)

    print(f"{args.records} events, µs of CPU each")
    print(f"  observe                         {least(args.rounds, len(raws), fresh_observer, nothing):6.2f}")
    scan = compile_scan([])
    every = decoded(lambda raw, clean: scan(clean))
    print(f"  residual scan, a scanned record {least(3, len(raws), every, nothing):6.2f}")

    observe = compile_observer(plan(), b"k" * 32)
    seen = [observe(orjson.loads(raw), orjson.loads(clean), 0) for raw, clean in zip(raws, cleans, strict=True)]
    more = [_shifted(one, turn) for turn in range(5) for one in seen]
    print(f"  windows, all horizons           {least(3, len(more), lambda: _fill(more), lambda: None):6.2f}")
    for name, column in (
        ("raw place_time", [o.raw[0] for o in more]),
        ("clean place_time", [o.clean[0] for o in more]),
    ):
        cost = least(3, len(more), lambda column=column: _sketch(column, more), lambda: None)  # type: ignore[misc]
        print(f"  one tuple sketch, {name:14}{cost:6.2f}")
    windows = _fill(more)
    start = time.process_time()
    windows.figures()
    print(f"  all figures once, ms            {1e3 * (time.process_time() - start):6.1f}")
    windows.advance(START + 3_600)
    start = time.process_time()
    windows.figures()
    print(f"  with packed windows, ms         {1e3 * (time.process_time() - start):6.1f}")
    print(f"  all sketches packed, KiB a set  {windows.size() / 2 / 1024:6.1f}")


def _shifted(one: Observation, turn: int) -> Observation:
    """Other raw places at another time; the same devices, people and clean tuples."""
    return one._replace(raw=(mix(one.raw[0], turn), one.raw[1]))


def _fill(seen: Sequence[Observation]) -> Windows:
    windows = Windows(["place_time", "device"], horizons(7 * DAY), START)
    for one in seen:
        windows.add(one)
    windows.flush()
    return windows


def _sketch(column: Sequence[int], seen: Sequence[Observation]) -> None:
    TupleSketch().add_all(column, [one.subject or 0 for one in seen])


if __name__ == "__main__":
    main()
