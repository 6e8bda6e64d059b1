"""Linking a raw record to the clean record made of it, by fields that both still have, or by order.

The attacker holds one raw record, coarsens it as the published policy does, and looks for clean records that
agree with it (record linkage after Fellegi, Sunter, JASA 1969, with fields that agree or do not). Several
that agree are told apart by guessing, so that a trial succeeds by one over their number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from heapq import nsmallest

from stream_scrubber.leakage.attacks.result import Attack
from stream_scrubber.leakage.mix import mix


def linkage(keys: Sequence[Hashable], seed: int, trials: int = 1_000) -> Attack:
    """`keys` holds, for each clean record of a window, what the attacker can compute of its raw record
    too."""
    sizes = Counter(keys)
    chosen = nsmallest(trials, range(len(keys)), key=lambda at: mix(at, seed))
    success = sum(1 / sizes[keys[at]] for at in chosen)
    return Attack(
        "linkage",
        "holds a raw record and picks among the clean records that agree with it",
        success,
        len(chosen),
        1 / len(keys) if keys else 0.0,
        len(keys),
    )


def linkage_by_order(records: int, *, same_order: bool) -> Attack:
    """When clean records leave in the order in which raw ones came, the n-th is the n-th: no field is
    needed."""
    return Attack(
        "linkage by order",
        "holds the raw topic of a window and counts",
        records if same_order else min(records, 1),
        records,
        1 / records if records else 0.0,
        records,
    )
