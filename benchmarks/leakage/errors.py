#!/usr/bin/env python3
"""How far the tuple sketch is from exact figures: root-mean-square error over seeded runs.

    python -m benchmarks.leakage.errors --runs 200

Each run keys the same stream with another secret. Exit 1 when an error is above what is stated. With the
package `apify-fingerprint-datapoints` installed, browser fingerprints drawn from its networks are measured
too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from benchmarks.leakage import fingerprints, streams
from benchmarks.leakage.streams import FIGURES, Stream, exactly, keyed, sketched


def data_sets(n: int) -> Iterator[tuple[str, Stream]]:
    for name, stream in streams.workload(n, 1).items():
        yield f"reference workload, {name}", stream
    yield "zipf 1.3", streams.zipf(n, 200_000, n // 10, 1.3, 1)
    yield "zipf 1.1", streams.zipf(n, 200_000, n // 10, 1.1, 1)
    yield "zipf 0.9", streams.zipf(n, n, n // 10, 0.9, 2)
    yield "uniform", streams.uniform(n, n // 4, n // 12, 3)
    yield "uniform, many people", streams.uniform(n, n // 40, n // 2, 4)
    for name, stream in fingerprints.streams(n, 5):
        yield f"browser fingerprints, {name}", stream


def measure(name: str, stream: Stream, runs: int) -> bool:
    exact = exactly(stream)
    squares = dict.fromkeys(FIGURES, 0.0)
    sums = dict.fromkeys(FIGURES, 0.0)
    for seed in range(runs):
        spread = sketched(keyed(stream, seed)).spread(exact.subjects)
        assert spread is not None
        assert spread.records == exact.records
        for figure, (read, _) in FIGURES.items():
            error = read(spread) - read(exact)
            squares[figure] += error * error
            sums[figure] += error
    print(
        f"\n{name}: {exact.records} records, {round(exact.tuples)} tuples, {round(exact.subjects)} people",
        flush=True,
    )
    good = True
    for figure, (read, most) in FIGURES.items():
        error = (squares[figure] / runs) ** 0.5
        good &= error <= most
        verdict = "" if error <= most else f"   above {most}"
        bias = sums[figure] / runs
        print(f"  {figure:24} exact {read(exact):8.4f}   rmse {error:.4f}   bias {bias:+.4f}{verdict}")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--only", default="", help="names that contain this")
    args = parser.parse_args()
    wanted = ((name, stream) for name, stream in data_sets(args.records) if args.only in name)
    verdicts = [measure(name, stream, args.runs) for name, stream in wanted]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
