"""From a raw and a clean record to the few keyed hashes that leakage is measured on.

The hash is BLAKE2b with 8 bytes of digest under the window's secret key, read as a big-endian integer, of one
JSON array in UTF-8:

* a tuple of a quasi-identifier set: its fields in the policy's order;
* a subject: the one value;
* a pseudonym: the one value and the number of its epoch.

The array is canonical (members by name, no white space, numbers in one spelling) and injective: a field that
is absent is the bare character ``!``, which no JSON value can be; null is ``null``. A selector with a
wildcard gives an object of what it matched, by name, so that equal values under different names stay
different.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple, TypeAlias

import orjson

from stream_scrubber.codec.numbers import canonical, spell
from stream_scrubber.selectors import Kind, Selector

Get: TypeAlias = Callable[[Any], Any]
Hash: TypeAlias = Callable[[list[Any]], int]
Observe: TypeAlias = "Callable[[dict[str, Any], dict[str, Any], int], Observation]"

MISSING = orjson.Fragment(b"!")
"""Stands where a selector names nothing. Not JSON, therefore never equal to a value."""

REMEMBERED = 16_384
"""Hashes kept per set and side, because clean tuples and subjects repeat; forgotten all at once when full."""

SMALLEST_PLAIN, LARGEST_PLAIN = 1e-5, 1e15
"""Between these, the encoder's spelling of a float that has a fraction is already the canonical one."""


class Observation(NamedTuple):
    """What leakage sees of one record: 64-bit keyed hashes, one per quasi-identifier set and side.

    `subject` is None when the raw record names nobody, `pseudonym` when the clean record carries no
    pseudonym.
    """

    subject: int | None
    pseudonym: int | None
    raw: tuple[int, ...]
    clean: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ObservationPlan:
    """What to look at. Of `subject` and of `pseudonym` the first that is present and not null counts.

    `pseudonym` is read from the clean record; left empty it is the same fields as `subject`.
    """

    subject: tuple[Selector, ...]
    sets: tuple[tuple[Selector, ...], ...]
    pseudonym: tuple[Selector, ...] = ()


def observable(selector: Selector) -> bool:
    """True when the selector can be part of a tuple: everything but ``**``, whose matches have no one
    order."""
    return all(step.kind is not Kind.DEEP for step in selector.steps)


def compile_observer(plan: ObservationPlan, secret: bytes) -> Observe:
    """Decide once; the returned function takes (raw, clean, epoch) per record. `secret` is up to 64 random
    bytes."""
    raw_sets = tuple((_collector(fields), hasher(secret)) for fields in plan.sets)
    clean_sets = tuple((_collector(fields), hasher(secret)) for fields in plan.sets)
    subject_of = _first([getter(selector) for selector in plan.subject])
    pseudonym_of = _first([getter(selector) for selector in plan.pseudonym or plan.subject])
    hash_subject, hash_pseudonym = hasher(secret), hasher(secret)
    people: dict[str, int] = {}
    names: dict[tuple[str, int], int] = {}

    def observe(raw: dict[str, Any], clean: dict[str, Any], epoch: int = 0) -> Observation:
        subject = subject_of(raw)
        pseudonym = pseudonym_of(clean)
        # texts, which most are, are remembered as they are; 1, 1.0 and true would be one key, so others are not
        who = people.get(subject) if type(subject) is str else None
        if who is None and subject is not None:
            who = hash_subject([subject])
            if type(subject) is str:
                if len(people) >= REMEMBERED:
                    people.clear()
                people[subject] = who
        name = names.get((pseudonym, epoch)) if type(pseudonym) is str else None
        if name is None and pseudonym is not None:
            name = hash_pseudonym([pseudonym, epoch])
            if type(pseudonym) is str:
                if len(names) >= REMEMBERED:
                    names.clear()
                names[pseudonym, epoch] = name
        return Observation(
            who,
            name,
            tuple([hashed(collect(raw)) for collect, hashed in raw_sets]),
            tuple([hashed(collect(clean)) for collect, hashed in clean_sets]),
        )

    return observe


def encode_tuple(values: list[Any]) -> bytes:
    """The canonical, injective encoding that is hashed."""
    if not _settled(values):
        values = [_settle(value) for value in values]
    return _dump(values)


def hasher(secret: bytes) -> Hash:
    """A keyed hash of tuples that remembers the last few thousand. Pure: the memory only saves time."""
    keyed = blake2b(digest_size=8, key=secret)
    memory: dict[bytes, int] = {}
    number = int.from_bytes

    def hashed(values: list[Any]) -> int:
        seen = _dump(values)
        # a slice is a copy of the right size, while the encoder's own result sits in a much larger block:
        # keeping these made each new one touch fresh memory, which cost more than the hash
        key = seen[1:]
        found = memory.get(key)
        if found is not None:
            return found
        state = keyed.copy()
        state.update(seen if _settled(values) else encode_tuple(values))
        result = number(state.digest(), "big")
        if len(memory) >= REMEMBERED:
            memory.clear()
        memory[key] = result
        return result

    return hashed


def _dump(values: list[Any]) -> bytes:
    return orjson.dumps(values, _decimal, orjson.OPT_SORT_KEYS)


def _decimal(value: Any) -> orjson.Fragment:
    if type(value) is Decimal:
        return orjson.Fragment(spell(value))
    raise TypeError("not a JSON value")


def _settled(values: Iterable[Any]) -> bool:
    """True when the encoder's own spelling of every number in `values` is the canonical one."""
    for value in values:
        kind = type(value)
        if kind is str or kind is int:
            continue
        if kind is float:
            if not SMALLEST_PLAIN <= abs(value) < LARGEST_PLAIN or value.is_integer():
                return False
        elif kind is dict:
            if not _settled(value.values()):
                return False
        elif kind is list and not _settled(value):
            return False
    return True


def _settle(value: Any) -> Any:
    kind = type(value)
    if kind is float:
        return canonical(value)
    if kind is dict:
        return {name: _settle(inner) for name, inner in value.items()}
    if kind is list:
        return [_settle(inner) for inner in value]
    return value


def _collector(fields: Sequence[Selector]) -> Callable[[Any], list[Any]]:
    """Reads one tuple. When every selector is made of names, by one expression for all of them; an object in
    which one is missing, or whose containers are of another kind, is read field by field."""
    getters = [getter(selector) for selector in fields]
    if any(step.kind is not Kind.NAME for selector in fields for step in selector.steps):
        return lambda value: [get(value) for get in getters]
    names: dict[str, Any] = {"getters": getters}
    parts = []
    for selector in fields:
        part = "value"
        for step in selector.steps:
            bound = f"name{len(names)}"
            names[bound] = step.name  # bound, never pasted into the source
            part += f"[{bound}]"
        parts.append(part)
    source = (
        "def collect(value):\n"
        f"    try:\n        return [{', '.join(parts)}]\n"
        "    except (KeyError, TypeError):\n        return [get(value) for get in getters]\n"
    )
    exec(source, names)  # noqa: S102  made of bound names and brackets only
    collect: Callable[[Any], list[Any]] = names["collect"]
    return collect


def _first(getters: list[Get]) -> Get:
    """The first value that is present and not null, or None."""

    if len(getters) == 1:
        (only,) = getters

        def single(value: Any) -> Any:
            found = only(value)
            return None if found is MISSING else found

        return single

    def first(value: Any) -> Any:
        for get in getters:
            found = get(value)
            if found is not None and found is not MISSING:
                return found
        return None

    return first


def getter(selector: Selector) -> Get:
    """Reads what a selector names, or `MISSING`. Raises `ValueError` for ``**``."""
    if not observable(selector):
        raise ValueError(f"{selector} cannot be part of a quasi-identifier set: '**' has no one order")
    names = [step.name for step in selector.steps]
    if any(step.kind is not Kind.NAME for step in selector.steps):
        return lambda value: _walk(value, selector, 0)
    if len(names) == 1:
        (name,) = names
        return lambda value: value.get(name, MISSING)
    return _getter_of_many(names)


def _getter_of_many(names: list[str]) -> Get:
    def get(value: Any) -> Any:
        try:
            for name in names:
                value = value[name]
        except (KeyError, TypeError):  # absent, or no object where the selector needs one
            return MISSING
        return value

    return get


def _walk(value: Any, selector: Selector, at: int) -> Any:
    """The general way, for wildcards and array steps."""
    if at == len(selector.steps):
        return value
    step = selector.steps[at]
    match step.kind:
        case Kind.NAME if type(value) is dict and step.name in value:
            return _walk(value[step.name], selector, at + 1)
        case Kind.INDEX if type(value) is list and step.index < len(value):
            return _walk(value[step.index], selector, at + 1)
        case Kind.EACH if type(value) is list:
            return [_walk(inner, selector, at + 1) for inner in value]
        case Kind.ANY if type(value) is dict:
            inner = {name: _walk(inner, selector, at + 1) for name, inner in value.items()}
            return {name: found for name, found in inner.items() if found is not MISSING}
    return MISSING
