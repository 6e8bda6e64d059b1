"""What must hold for every policy and every record, whatever either looks like."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream_scrubber.dead_letters import pointer
from stream_scrubber.errors import REASONS
from stream_scrubber.keys import KeyRing, MemoryKeystore
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.record import DeadLetter, Dropped, Outcome, Record, Scrubbed
from stream_scrubber.selectors import Kind as StepKind
from stream_scrubber.selectors import Selector, Step
from tests.corpus import POLICY
from tests.ground import DAY, NOW, check, pipeline, record, told
from tests.matching_oracle import some_selectors, winner

slow = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])

names = st.sampled_from(["a", "b", "z"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False), texts
)


def trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    inner = st.recursive(
        leaves, lambda below: st.lists(below, max_size=3) | st.dictionaries(names, below, max_size=3), max_leaves=10
    )
    return st.dictionaries(names, inner, max_size=3)


RULES: list[Any] = [
    "drop",
    "keep",
    {"keep": 5},
    {"one_of": ["x", 1], "else": "other"},
    {"pseudonym": "user"},
    {"round": 10},
    {"floor": "1h"},
    "truncate_ip",
    {"first_chars": 2},
    {"mask_text": ["email", "phone"]},
    [{"round": 5}, {"clamp": {"max": 500}}],
]
HIDING: list[Any] = ["drop", {"pseudonym": "user"}, {"one_of": ["x", 1], "else": "other"}, {"one_of": ["x"]}]
"""Rules that let nothing of an unexpected value through."""


@st.composite
def pipelines(draw: st.DrawFn, rules: list[Any] = RULES) -> Pipeline:
    """A policy out of random selectors and rules. Rules below rules are taken away until it loads."""
    fields = {
        str(selector): draw(st.sampled_from(rules))
        for selector in draw(st.lists(some_selectors, min_size=1, max_size=5, unique=True))
    }
    more = {
        "default": draw(st.sampled_from(["drop", "drop", "reject"])),
        "on_mismatch": draw(st.sampled_from(["dead_letter", "drop_field"])),
    }
    while True:
        policy, _ = check(fields, **more)
        if policy is not None:
            assert policy.epochs
            return Pipeline(policy, KeyRing(MemoryKeystore(), policy.realm, policy.epochs, True))
        fields.popitem()


# unknown never passes


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _leaves(inner, (*path, at))
    elif value is not None:
        yield path, value


@slow
@given(pipelines(), trees(scalars))
def test_unknown_never_passes(made: Pipeline, value: dict[str, Any]) -> None:
    """Every leaf that comes out stood there, and is one that a rule other than drop wins."""
    rules = made.policy.rules
    came_in = {path for path, _ in _leaves(value)}
    for path, _ in _leaves(_clean(made(record(value), NOW))):
        assert path in came_in
        won = winner([rule.selector for rule in rules], path)
        assert won is not None, path
        assert not rules[won[0]].chain.drops, path


def _clean(outcome: Outcome) -> Any:
    return json.loads(outcome.value or b"{}") if isinstance(outcome, Scrubbed) else {}


# no canary escapes


def _forms(canary: str) -> set[bytes]:
    """As it stands, lower-cased, percent-, hex- and base64-encoded, and as unkeyed digests."""
    out: set[bytes] = set()
    for text in {canary, canary.lower()}:
        data = text.encode()
        out |= {data, quote(text, safe="").encode(), data.hex().encode(), base64.b64encode(data).rstrip(b"=")[:-1]}
        for name in ("md5", "sha1", "sha256"):
            digest = hashlib.new(name, data, usedforsecurity=False)
            out |= {digest.hexdigest().encode(), base64.b64encode(digest.digest()).rstrip(b"=")}
    return {form.lower() for form in out}


class Plant:
    """Canaries that are all different, each remembered."""

    def __init__(self) -> None:
        self.planted: list[str] = []

    def text(self) -> str:
        digest = hashlib.blake2b(b"%d" % len(self.planted), digest_size=8).hexdigest()
        self.planted.append(f"Canary-{digest}@mail.example")
        return self.planted[-1]

    def number(self) -> int:
        number = 10**17 + int.from_bytes(hashlib.blake2b(b"n%d" % len(self.planted), digest_size=6).digest(), "big")
        self.planted.append(str(number))
        return number

    def in_tree(self, value: Any) -> Any:
        """A canary for each leaf, and beside each name one that no rule can name."""
        if isinstance(value, dict):
            return {name: self.in_tree(inner) for name, inner in value.items()} | {self.text(): self.text()}
        if isinstance(value, list):
            return [self.in_tree(inner) for inner in value]
        return self.number() if isinstance(value, int) else self.text()


def released(made: Pipeline, raw: Record, outcome: Outcome) -> bytes:
    """All that leaves for one record, and what a log would hold of it."""
    parts = [repr(outcome).encode(), repr(raw).encode(), repr(made).encode(), str(outcome.__class__).encode()]
    match outcome:
        case Scrubbed():
            parts += [outcome.key or b"", outcome.value or b"", str(outcome.timestamp).encode(), outcome.topic.encode()]
            parts += [part for name, value in outcome.headers for part in (name.encode(), value or b"")]
        case DeadLetter():
            letter = pointer(raw, outcome, made.policy.name, made.policy.sha256)
            parts += [part for name, value in letter for part in (name.encode(), value or b"")]
        case Dropped():
            parts.append(outcome.reason.encode())
    if isinstance(outcome, Scrubbed) and outcome.value:
        parts.append(json.dumps(json.loads(outcome.value), ensure_ascii=False).encode())
    return b"\n".join(parts).lower()


def _wild(made: Pipeline) -> bool:
    """A wildcard that keeps something releases the names it matches, by design."""
    return any(
        step.kind in (StepKind.ANY, StepKind.DEEP)
        for rule in made.policy.rules
        if not rule.chain.drops
        for step in rule.selector.steps
    )


@slow
@given(
    pipelines(HIDING),
    trees(st.integers() | st.just("")),
    st.sampled_from(["whole", "cut", "doubled", "trailing", "deep", "tombstone"]),
    st.booleans(),
)
def test_no_canary_escapes(made: Pipeline, shape: dict[str, Any], damage: str, odd_names: bool) -> None:
    plant = Plant()
    value = plant.in_tree(shape)
    if not odd_names or _wild(made):
        value = _without_canary_names(value)
    key, header = plant.text(), plant.text()
    data: bytes | None = json.dumps(value).encode()
    match damage:
        case "cut":
            data = (data or b"")[:-1]
        case "doubled":
            data = (data or b"")[:-1] + b"," + (data or b"")[1:] if len(value) else data
        case "trailing":
            data = (data or b"") + plant.text().encode()
        case "deep":
            data = b'{"a":' * 70 + (data or b"") + b"}" * 70
        case "tombstone":
            data = None
    raw = record(data, key.encode(), headers=[(header, plant.text().encode()), ("a", plant.text().encode())])
    outcome = made(raw, NOW)
    everything = released(made, raw, outcome)
    for canary in plant.planted:
        for form in _forms(canary):
            assert form not in everything, (canary, form)
    if isinstance(outcome, DeadLetter):
        assert outcome.code in REASONS
        assert outcome.field in _words(made)


def _without_canary_names(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_canary_names(inner) for name, inner in value.items() if "@" not in name}
    return [_without_canary_names(inner) for inner in value] if isinstance(value, list) else value


def _words(made: Pipeline) -> set[str]:
    """Every field path that a dead letter may name: paths that the policy's words spell."""
    words = {"", "record.key", "record.timestamp", "record.headers"}
    for state_path in _paths(made.policy):
        words.add(state_path)
    return words | {rule.selector.text for rule in made.policy.rules}


def _paths(policy: Policy) -> set[str]:
    from stream_scrubber.compiler.reference import _paths as paths

    found = set(paths(policy.automaton.states).values())
    # the same state can be reached by several spellings of wildcards
    return found | {str(Selector(tuple(Step(StepKind.ANY) for _ in range(n)))) for n in range(1, 8)}


def test_the_search_would_find_a_canary_that_got_out() -> None:
    """A law that cannot fail proves nothing."""
    secret = "Canary-1@mail.example"
    for hidden in (
        secret,
        secret.lower(),
        quote(secret, safe=""),
        secret.encode().hex(),
        base64.b64encode(secret.encode()).decode(),
        hashlib.sha256(secret.encode()).hexdigest(),
        hashlib.md5(secret.lower().encode(), usedforsecurity=False).hexdigest(),
    ):
        raw = record({"a": hidden})
        leaky = pipeline({"a": "keep"})
        everything = released(leaky, raw, leaky(raw, NOW))
        assert any(form in everything for form in _forms(secret)), hidden


# equal values, equal tokens


ids = st.one_of(texts, st.integers(-(2**63), 2**64 - 1))


def _token(made: Pipeline, field: str, value: Any, timestamp: int = NOW) -> Any:
    clean = told(made(record({field: value}, timestamp=timestamp), NOW))
    return clean[field] if isinstance(clean, dict) else clean


TWO = {"u": {"pseudonym": "user"}, "v": {"pseudonym": "user"}, "w": {"pseudonym": "device"}}


@settings(max_examples=50, deadline=None)
@given(ids, ids)
def test_tokens_are_equal_for_equal_values_in_one_realm_domain_and_epoch_and_nowhere_else(one: Any, other: Any) -> None:
    made = pipeline(TWO)
    token = _token(made, "u", one)
    if token is None:
        return
    assert _token(made, "v", one) == token
    assert _token(made, "w", one) != token
    assert _token(made, "u", one, NOW - 8 * DAY) != token
    assert _token(pipeline(TWO), "u", one) != token, "another keystore"
    if _same(one) != _same(other):
        assert _token(made, "u", other) != token
    store = MemoryKeystore()
    here = pipeline(TWO, store=store)
    there = pipeline(TWO, store=store, pseudonyms={"realm": "other", "epoch": "7d"})
    assert _token(here, "u", one) == _token(pipeline(TWO, store=store), "u", one) != _token(there, "u", one)


def _same(value: Any) -> str:
    from stream_scrubber.scrubbers.identifiers import canonical_text

    return canonical_text(value) if isinstance(value, str) else str(value)


# never raises


live = Policy.load(POLICY)
assert live.epochs
corpus = Pipeline(live, KeyRing(MemoryKeystore(), live.realm, live.epochs, every_epoch_open=True))
headers = st.lists(st.tuples(texts, st.none() | st.binary(max_size=8)), max_size=3)
stamps = st.none() | st.integers(-(2**63), 2**63 - 1)


@settings(max_examples=200, deadline=None)
@given(st.none() | st.binary(max_size=80), st.none() | st.binary(max_size=12), headers, stamps, texts)
def test_any_record_has_an_outcome(
    value: bytes | None, key: bytes | None, some: list[Any], timestamp: int | None, topic: str
) -> None:
    _sound(corpus(Record(value, key, some, timestamp, topic), NOW))
    _sound(corpus(Record(value, key, some, timestamp, "raw.corpus"), NOW))
    _sound(corpus(Record(value, key, some, timestamp, "raw.corpus")))


FIELDS = ["event", "kind", "userId", "time", "stamp", "ip", "place", "cell", "total", "capped", "locale", "code", "flag"]
FIELDS += ["note", "soft", "gone", "items", "nested", "any", "odd.key", "", "price", "sku", "deep", "value", "lat", "lon"]
hostile = st.recursive(
    scalars | st.sampled_from(["203.0.113.77", "2026-11-21T20:07:33Z", 52.5, 13.4, 1e300, -0.0, 10**18, "u-42", "+49 30 1234567"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), below, max_size=5),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), hostile, max_size=6), st.sampled_from([None, 1, 3]))
def test_any_json_under_any_rule_has_an_outcome_and_never_by_accident(value: dict[str, Any], indent: int | None) -> None:
    raw = record(json.dumps(value, indent=indent).encode(), topic="raw.corpus")
    outcome = corpus(raw, NOW)
    _sound(outcome)
    assert not (isinstance(outcome, DeadLetter) and outcome.code == "scrubber_failed"), "an exception nobody expected"
    again = corpus(raw._replace(value=json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()), NOW)
    assert again == outcome, "the spelling of the input shows"


def _sound(outcome: Outcome) -> None:
    match outcome:
        case Scrubbed():
            assert outcome.value is None or isinstance(json.loads(outcome.value), dict)
        case DeadLetter():
            assert outcome.code in REASONS
        case _:
            raise AssertionError


@settings(max_examples=50, deadline=None)
@given(trees(scalars))
def test_scrubbing_is_a_function_of_the_record_alone(value: dict[str, Any]) -> None:
    one = corpus(record(value, topic="raw.corpus"), NOW)
    for _ in range(3):
        corpus(record({"userId": "someone else", "time": 1, "note": "x"}, topic="raw.corpus"), NOW)
    assert corpus(record(value, topic="raw.corpus"), NOW) == one
