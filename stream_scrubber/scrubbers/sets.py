"""Sets and tables: a value by its class, and lists of items, whose combination is itself an identifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from stream_scrubber.errors import Mismatch
from stream_scrubber.scrubbers.base import (
    Action,
    BuildContext,
    Example,
    Family,
    Scrubber,
    Takes,
    less_is_tighter,
    verdict,
)
from stream_scrubber.scrubbers.draws import drawing
from stream_scrubber.scrubbers.network import parse_ip
from stream_scrubber.scrubbers.units import Name, Scalar, Whole

_SCALARS = frozenset({str, int, float, Decimal, bool})


@dataclass(frozen=True)
class Lookup(Scrubber):
    """What a table of the policy says for a value: sku to category, city to region, address to country.

    Strings are looked up as they are, integers by their decimal text. With `by: network` the table's keys are
    networks (`203.0.113.0/24`) and the value is an address, of which the longest network that holds it
    counts. What the table does not have becomes `missing`, or is the mismatch `not_allowed` without it."""

    table: Name
    missing: Scalar | None = None
    by: Literal["text", "network"] = "text"

    name: ClassVar[str] = "lookup"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.STRING, Takes.INTEGER})
    leaves_open: ClassVar[str] = "The class; a table that gives each value a class of its own hides nothing."
    examples: ClassVar[tuple[Example, ...]] = (
        Example("SKU-00017", "toys", "sku-category.csv"),
        Example("SKU-99999", "other", {"table": "sku-category.csv", "missing": "other"}),
        Example("203.0.113.77", "ZZ", {"table": "ip-country", "by": "network"}),
        Example("::ffff:203.0.113.77", "ZZ", {"table": "ip-country", "by": "network"}),
        Example("SKU-99999", refuses="not_allowed", parameters="sku-category.csv"),
        Example("203.0.113", refuses="bad_ip", parameters={"table": "ip-country", "by": "network"}),
        Example(4.2, refuses="type", parameters="sku-category.csv"),
        Example(["SKU-00017"], refuses="type", parameters="sku-category.csv"),
    )

    def build(self, context: BuildContext) -> Action:
        rows = context.tables.get(self.table)
        if rows is None:
            raise ValueError("the policy has no table of this name")
        find = _networks(rows) if self.by == "network" else rows.get
        otherwise = self.missing

        def lookup(value: Any) -> Any:
            if type(value) is str:
                found = find(value)
            elif type(value) is int:
                found = find(str(value)) if abs(value) < 10**20 else None
            else:
                raise Mismatch("type")
            if found is not None:
                return found
            if otherwise is None:
                raise Mismatch("not_allowed")
            return otherwise

        return lookup


def _networks(rows: Mapping[str, str]) -> Any:
    """Longest prefix first: one dictionary for each length that the table has."""
    from ipaddress import ip_network

    lengths: dict[tuple[int, int], dict[int, str]] = {}
    for text, found in rows.items():
        network = ip_network(text)
        size = network.max_prefixlen
        lengths.setdefault((size, size - network.prefixlen), {})[
            int(network.network_address) >> size - network.prefixlen
        ] = found
    order = {
        size // 8: sorted((shift, table) for (width, shift), table in lengths.items() if width == size)
        for size in (32, 128)
    }

    def find(text: str) -> str | None:
        address = parse_ip(text)
        number = int.from_bytes(address, "big")
        for shift, table in order[len(address)]:
            found = table.get(number >> shift)
            if found is not None:
                return found
        return None

    return find


def _scalars(value: Any) -> list[Any]:
    if type(value) is not list:
        raise Mismatch("type")
    for item in value:
        if item is not None and type(item) not in _SCALARS:
            raise Mismatch("shape")
    return value


@dataclass(frozen=True)
class SampleItems(Scrubber):
    """At most `most` items of an array of scalars, drawn by a keyed function of the record; their order
    stays.

    A redelivered record keeps the same items. Arrays of objects or arrays are a mismatch: their members would
    pass without a rule."""

    most: Annotated[Whole, Field(ge=0, le=10_000)]

    name: ClassVar[str] = "sample_items"
    family: ClassVar[Family] = Family.SUPPRESSION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.ARRAY})
    needs_key: ClassVar[bool] = True
    needs_record: ClassVar[bool] = True
    leaves_open: ClassVar[str] = "The items that remain, as they are; a rare one still singles people out."
    examples: ClassVar[tuple[Example, ...]] = (
        Example(["bread", "milk"], ["bread", "milk"], 3),
        Example(["a", "b", "c", "d", "e"], parameters=2, matches=r"\['[a-d]', '[b-e]'\]"),
        Example([], [], 2),
        Example([{"sku": "17"}], refuses="shape", parameters=2),
        Example("bread", refuses="type", parameters=2),
    )

    def build(self, context: BuildContext) -> Action:
        draw, record, most = drawing(context, "sample_items", context.selector), context.record, self.most

        def sample_items(value: Any) -> list[Any]:
            items = _scalars(value)
            if len(items) <= most:
                return list(items)
            place = record.coordinates
            drawn = sorted(range(len(items)), key=lambda index: draw(b"%s\0%d" % (place, index)))[:most]
            return [items[index] for index in sorted(drawn)]

        return sample_items

    def compare(self, other: SampleItems) -> bool | None:
        return verdict(less_is_tighter(self.most, other.most))


@dataclass(frozen=True)
class TopItems(Scrubber):
    """Those items of an array that the policy lists as common ones: in the list's order, each once, at most
    `most`.

    All other items are left out, so that neither a rare item nor order nor number tells people apart. Text
    compares by code points; items that are no strings are left out too, objects and arrays are a mismatch.
    """

    items: Annotated[tuple[Name, ...], Field(min_length=1)]
    most: Annotated[Whole, Field(ge=1)] | None = None

    name: ClassVar[str] = "top_items"
    family: ClassVar[Family] = Family.SUPPRESSION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.ARRAY})
    leaves_open: ClassVar[str] = (
        "The combination of common items: a handful of them is often a set of its own."
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(["insulin", "milk", "bread", "milk"], ["bread", "milk"], ["bread", "milk", "eggs"]),
        Example(["milk", "bread"], ["bread"], {"items": ["bread", "milk"], "most": 1}),
        Example([], [], ["bread"]),
        Example([7, None], [], ["bread"]),
        Example([["bread"]], refuses="shape", parameters=["bread"]),
        Example("bread", refuses="type", parameters=["bread"]),
    )

    def build(self, context: BuildContext) -> Action:
        items, most = self.items, self.most or len(self.items)

        def top_items(value: Any) -> list[str]:
            present = {item for item in _scalars(value) if type(item) is str}
            return [item for item in items if item in present][:most]

        return top_items

    def compare(self, other: TopItems) -> bool | None:
        mine, theirs = set(self.items), set(other.items)
        items = 0 if mine == theirs else 1 if mine < theirs else -1 if mine > theirs else None
        unlimited = 2**63
        return verdict(items, less_is_tighter(self.most or unlimited, other.most or unlimited))
