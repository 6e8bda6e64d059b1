"""What only shows when policies are looked at together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from stream_scrubber.policy.load import Policy
from stream_scrubber.policy.mistakes import Mistake


def check_together(policies: Sequence[Policy]) -> list[Mistake]:
    """Mistakes between policies: a name or raw topic claimed twice, loops, realms with different epochs."""
    found: list[Mistake] = []
    for one, other in combinations(policies, 2):
        found.extend(_pair(one, other))
    return found


def _pair(one: Policy, other: Policy) -> Iterable[Mistake]:
    if one.name == other.name:
        yield Mistake("SS030", f'the name "{one.name}" is taken by {one.file}', other.file)
    if one.topics.outputs(other.topics.source) or other.topics.outputs(one.topics.source):
        yield Mistake("SS030", f"{one.file} claims the same raw topic", other.file)
    for reader, writer in ((one, other), (other, one)):
        for topic in (writer.topics.clean, writer.topics.dead_letters):
            if reader.topics.outputs(topic):
                yield Mistake("SS030", f"reads the topic {topic}, which {writer.file} writes: a loop", reader.file)
    if one.realm == other.realm and one.epochs and other.epochs and one.epochs != other.epochs:
        yield Mistake("SS031", f'the realm "{one.realm}" has other epochs in {one.file}', other.file)
