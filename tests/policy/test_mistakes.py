"""Every code of a policy's mistakes, at its line and column, with its hint; and all of them at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stream_scrubber.errors import PolicyError
from stream_scrubber.policy import Mistake, Policy
from stream_scrubber.policy.mistakes import CODES, did_you_mean
from stream_scrubber.policy.together import check_together

HEAD = """version: 1
name: web
topics: { from: raw.web, to: clean.web }
pseudonyms: { epoch: 7d }
record:
  key: { pseudonym: user }
  timestamp: { floor: 15m }
dead_letter: { to: dlq.web }
"""
TAIL = """leakage: { subject: userId, quasi_identifiers: { all: [a] } }
tests: [{ name: t, given: { value: {} }, expect: {} }]
"""

# A row: code, the policy with « » around what is pointed at, a part of the hint or message.
# The text stands for itself, or is put below HEAD when it begins with a `+`.
ROWS: list[tuple[str, str, str]] = [
    ("SS002", "[«", ""),
    ("SS002", "", "empty"),
    ("SS002", "# nothing but a comment\n", "empty"),
    ("SS002", "+fields: { a: keep }\nowner: «\x01\n", ""),
    ("SS002", "+fields:\n«\ta: keep\n", ""),
    ("SS002", "+? «[a, b]\n: keep\n", "a name must be text"),
    ("SS002", "+fields: { a: keep }\n«---\nversion: 1\n", "another document"),
    ("SS002", '+fields: { «"\\ud800": keep }\n', "surrogate"),
    ("SS002", '+fields: { a: keep }\nowner: «"\\udfff"\n', "surrogate"),
    ("SS003", "+fields:\n  a: keep\n  «a: drop\n", "first in line 10"),
    ("SS003", '+fields:\n  a: keep\n  «"a": drop\n', "first in line 10"),
    ("SS003", '+fields:\n  a: keep\n  «"\\u0061": drop\n', "first in line 10"),
    ("SS003", "+«version: 1\n", "first in line 1"),
    ("SS003", "+fields: { a: { round: 1, «round: 2 } }\n", "first in line 9"),
    ("SS004", "+fields: { a: «&x keep }\n", "anchors"),
    ("SS004", "+fields: { «&x a: keep }\n", "anchors"),
    ("SS004", "+fields: «&x { a: keep }\n", "anchors"),
    ("SS004", "+fields:\n  a: «*x\n", "aliases"),
    ("SS004", "+fields:\n  «**.email: drop\n", "quotes"),
    ("SS004", "+fields:\n  «*: drop\n", ""),
    ("SS004", "+fields: { «<<: { a: keep } }\n", "merge"),
    ("SS004", '+fields: { «"<<": keep }\n', "merge"),
    ("SS004", "+fields: { a: «!x keep }\n", "tags"),
    ("SS004", "+fields: { a: «!!str keep }\n", "tags"),
    ("SS004", "+fields: { a: «! keep }\n", "tags"),
    ("SS004", "+fields: { a: «!!binary a2VlcA== }\n", "tags"),
    ("SS004", "+fields: { a: «!!python/object:os.system keep }\n", "tags"),
    ("SS004", "+fields: { a: «!x [keep] }\n", "tags"),
    ("SS004", "+fields: «!!map { a: keep }\n", "tags"),
    ("SS004", "+fields: «!x\n  a: keep\n", "tags"),
    ("SS004", "+fields: { «!x a: keep }\n", "tags"),
    ("SS004", "+fields: { a: «!!set { keep } }\n", "tags"),
    ("SS005", "+«feilds: { a: keep }\nfields: {}\n", 'did you mean "fields"?'),
    ("SS005", "+fields: {}\nleakage: { subject: a, quasi_identifiers: {}, «on_braech: alert }\n", 'did you mean "on_breach"?'),
    ("SS005", "+fields: {}\ntests:\n  - name: t\n    given: { «vlaue: 1 }\n    expect: {}\n", 'did you mean "value"?'),
    ("SS005", "+fields: {}\ntests:\n  - name: t\n    given: {}\n    expect: { «absnet: [] }\n", 'did you mean "absent"?'),
    ("SS006", "«version: 1\nname: a\ntopics: { from: a, to: b }\nrecord: { key: drop, timestamp: keep }\ndead_letter: { to: c }\n", '"fields" is missing'),
    ("SS006", "+fields: {}\n«leakage: { quasi_identifiers: {} }\n", '"leakage.subject" is missing'),
    ("SS007", "«- a\n- b\n", "mapping"),
    ("SS007", "«just text\n", "mapping"),
    ("SS007", "+fields: «keep\n", ""),
    ("SS007", "+fields:\n«default: drop\n", ""),
    ("SS007", "+fields: {}\ndefault: «dorp\n", "drop"),
    ("SS007", "+fields: {}\non_mismatch: «drop\n", "drop_field"),
    ("SS007", "+fields: {}\nowner: «5\n", ""),
    ("SS007", "+fields: { a: { round: «" + "9" * 5000 + " } }\n", "out of range"),
    ("SS007", "+fields: { a: { round: «1e999 } }\n", "out of range"),
    ("SS007", "+fields: { a: { keep: 5, on_mismatch: «pass } }\n", "dead_letter or drop_field"),
    ("SS008", "+fields: {}\n«derive: {}\n", "derived"),
    ("SS008", "+fields: {}\n«cohort: { k: 20 }\n", "cohort"),
    ("SS008", "+fields: {}\n«when: []\n", "conditions"),
    ("SS008", "+fields: {}\n«tags: { PII: drop }\n", "tags"),
    ("SS010", "+fields: { a.«.b: keep }\n", "expected a name"),
    ("SS010", '+fields: { "a«[-1]": keep }\n', "expected"),
    ("SS010", "+fields: {}\nleakage: { subject: a«., quasi_identifiers: {} }\n", "expected a name"),
    ("SS011", "+fields:\n  a.b: keep\n  «a.b|c: drop\n", "in line 10"),
    ("SS011", "+fields:\n  a: keep\n  «'[\"a\"]': drop\n", "in line 10"),
    ("SS012", "+fields: { a: { «truncat_ip: 16 } }\n", 'did you mean "truncate_ip"?'),
    ("SS012", "+fields: { a: «kepe }\n", 'did you mean "keep"?'),
    ("SS012", "+fields: { a: [keep, «kepe] }\n", 'did you mean "keep"?'),
    ("SS012", "+fields: { a: «zzzzzzzzzzzz }\n", "unknown"),
    ("SS013", "+fields: { a: { round: { to: 1, «moed: up } } }\n", 'did you mean "mode"?'),
    ("SS013", "+fields: { a: { round: 1, «moed: up } }\n", 'did you mean "mode"?'),
    ("SS013", "+fields: { a: { round: { to: 1, mode: up }, «mode: down } }\n", "beside it"),
    ("SS013", "+fields: { a: { round: { to: 1, mode: «sideways } } }\n", "mode"),
    ("SS013", "+fields: { a: { round: «-1 } }\n", "to"),
    ("SS013", "+fields: { a: { round: «ten } }\n", "number"),
    ("SS013", "+fields: { a: { floor: «15 } }\n", "15m"),
    ("SS013", "+fields: { a: { floor: «1:30 } }\n", "15m"),
    ("SS013", "+fields: { a: { «drop: 5 } }\n", "no parameters"),
    ("SS013", "+fields: { «a: pseudonym }\n", "is missing"),
    ("SS013", "+fields: { a: [{ round: 5, «on_mismatch: drop_field }] }\n", "on_mismatch"),
    ("SS014", "+fields: { a: «[] }\n", "empty"),
    ("SS014", "+fields: { a: «{} }\n", "a scrubber or a list"),
    ("SS014", "+fields: { a: «5 }\n", "a scrubber or a list"),
    ("SS014", "+fields: { a: «null }\n", "a scrubber or a list"),
    ("SS014", "+fields: { a: [«[keep]] }\n", "a scrubber or a list"),
    ("SS014", "+fields: { a: «[drop, keep] }\n", "stands alone"),
    ("SS014", "+fields: { a: { round: 1, «clamp: { max: 5 } } }\n", "write a list"),
    ("SS014", "+fields: { «a: { chain: keep } }\n", "holds a list"),
    ("SS014", "+fields: { «a: { chain: [keep], round: 5 } }\n", "holds a list"),
    ("SS015", "+fields:\n  «a: keep\n  a.b: keep\n", '"a.**": keep'),
    ("SS015", "+fields:\n  a.b: keep\n  «a: { geohash: 4 }\n", "only `drop`"),
    ("SS016", "+fields: { a: { first_chars: 2 }, b: { «one_of: [\"${X}\"] } }\n", "a review must see"),
    ("SS016", '+fields: { a: «"${X}" }\n', "a review must see"),
    ("SS016", '+fields: { «"${X}": keep }\n', "a review must see"),
    ("SS016", '+fields: { a: { mask_text: { patterns: { "${X}": x } } } }\n', "a review must see"),
    ("SS017", "+fields: { «a.**: { grid: 1 } }\n", "scalars below"),
]  # fmt: skip


def _place(text: str) -> tuple[str, int, int]:
    text = HEAD + text[1:] if text.startswith("+") else text
    before = text.split("«")[0]
    return text.replace("«", ""), before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize(("code", "text", "words"), ROWS, ids=[f"{row[0]}-{n}" for n, row in enumerate(ROWS)])
def test_a_mistake_is_told_at_its_place_with_what_to_do(code: str, text: str, words: str) -> None:
    raw, line, column = _place(text)
    policy, mistakes = Policy.parse(raw.encode("utf-8"), "web.yaml")
    assert policy is None
    errors = [mistake for mistake in mistakes if mistake.severity == "error"]
    found = [mistake for mistake in errors if mistake.code == code]
    assert found, [str(mistake) for mistake in errors]
    assert any(words in f"{mistake.message} {mistake.hint}" for mistake in found), found
    if "«" in text:
        assert (line, column) in {(mistake.line, mistake.column) for mistake in found}, [str(m) for m in found]
    for mistake in errors:
        assert mistake.code in CODES
        assert str(mistake).startswith(f"web.yaml:{mistake.line}:{mistake.column}  error {mistake.code}  ")
        assert mistake.pretty()


MORE: list[tuple[str, str, str]] = [
    ("SS007", "  key: { format: «lnog, pseudonym: user }\n  timestamp: keep", 'did you mean "long"?'),
    ("SS007", "  key: { «from: 'a[*]' }\n  timestamp: keep", "one clean field"),
    ("SS007", "  key: { «from: a, format: long }\n  timestamp: keep", "one clean field"),
    ("SS007", "  key: { pseudonym: user, «on_mismatch: drop_field }\n  timestamp: keep", "only fields"),
    ("SS007", "  key: drop\n  timestamp: { floor: 1h, «on_mismatch: drop_field }", "only fields"),
    ("SS007", "  key: drop\n  timestamp: keep\n  partition: «random", "by-key"),
    ("SS007", "  key: drop\n  timestamp: keep\n  tombstones: «all-epochs", ""),
    ("SS007", "  key: drop\n  timestamp: keep\n  headers: «keep", "a mapping"),
    ("SS007", "  key: drop\n  timestamp: keep\n  headers: { default: «keep }", "drop or reject"),
    ("SS007", "  key: drop\n  timestamp: keep\n  headers: { «a|: keep }", "empty"),
    ("SS011", "  key: drop\n  timestamp: keep\n  headers: { a: keep, «a|b: drop }", "two rules"),
    ("SS012", "  key: { «pseudonim: user }\n  timestamp: keep", 'did you mean "pseudonym"?'),
    ("SS012", "  key: drop\n  timestamp: keep\n  headers: { a: «kep }", 'did you mean "keep"?'),
    ("SS014", "  key: «{ format: json }\n  timestamp: keep", ""),
    ("SS016", '  key: { «one_of: ["${X}"] }\n  timestamp: keep', "a review"),
    ("SS017", "  key: drop\n  «timestamp: drop", "`floor`"),
    ("SS017", "  key: drop\n  «timestamp: { round: 1000 }", "`floor`"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "words"), MORE)
def test_a_mistake_in_the_envelope_is_told_at_its_place(code: str, text: str, words: str) -> None:
    head = HEAD.replace("  key: { pseudonym: user }\n  timestamp: { floor: 15m }", text)
    test_a_mistake_is_told_at_its_place_with_what_to_do(code, head + "fields: {}\n", words)


TOPICS: list[tuple[str, str, str, str]] = [
    ("SS007", "{ from: raw.web, to: «raw web }", "dlq.web", ""),
    ("SS007", "{ from: «raw web, to: clean.web }", "dlq.web", ""),
    ("SS007", '{ from: raw.web, to: «"clean.${ENV}" }', "dlq.web", ""),
    ("SS007", "{ from: a, to: a }", "dlq.web", "three different"),
    ("SS007", "{ from: a, to: b }", "b", "three different"),
    ("SS007", "{ from: a, to: b }", "a", "three different"),
    ("SS007", r"{ from: raw.web, to: 'clean.\1' }", "dlq.web", "does not have"),
    ("SS007", r"{ from: '^raw\.(.*)$', «to: 'clean.\2' }", "dlq.web", "does not have"),
    ("SS019", "{ «from: '^raw.(.*$', to: clean.web }", "dlq.web", "RE2"),
    ("SS019", r"{ «from: '^(a)\1$', to: clean.web }", "dlq.web", "RE2"),
    ("SS019", "{ «from: '^(?=a)b$', to: clean.web }", "dlq.web", "RE2"),
    ("SS030", "{ from: '^.*$', «to: clean.web }", "dlq.web", "loop"),
    ("SS030", r"{ from: '^(.*)$', «to: 'clean.\1' }", "dlq.web", "loop"),
    ("SS030", r"{ from: '^raw\..*$', to: clean.web }", "raw.dlq", "loop"),
    ("SS007", "{ from: raw.web, to: clean.web, format: «avro }", "dlq.web", "json"),
    ("SS007", "{ from: raw.web, to: clean.web, max_bytes: «0 }", "dlq.web", ""),
    ("SS007", '{ from: raw.web, to: clean.web, max_bytes: «"100" }', "dlq.web", ""),
    ("SS007", "{ from: raw.web, to: clean.web, max_depth: «1000 }", "dlq.web", ""),
    ("SS007", "{ from: raw.web, to: clean.web, max_depth: «true }", "dlq.web", ""),
]


@pytest.mark.parametrize(("code", "topics", "dead", "words"), TOPICS)
def test_a_mistake_in_topics_is_told_at_its_place(code: str, topics: str, dead: str, words: str) -> None:
    head = HEAD.replace("{ from: raw.web, to: clean.web }", topics).replace("dlq.web", dead)
    test_a_mistake_is_told_at_its_place_with_what_to_do(code, head + "fields: {}\n", words)


def test_a_policy_with_pseudonyms_must_say_how_they_turn() -> None:
    text = HEAD.replace("pseudonyms: { epoch: 7d }\n", "") + "fields: {}\n"
    test_a_mistake_is_told_at_its_place_with_what_to_do("SS018", text, "`pseudonyms:`")


@pytest.mark.parametrize("version", ["2", '"1"', "true", "1.5", "null", "[1]"])
def test_another_version_of_the_language_is_refused(version: str) -> None:
    text = HEAD.replace("version: 1", f"version: «{version}") + "fields: {}\n"
    test_a_mistake_is_told_at_its_place_with_what_to_do("SS007", text, "")


def test_selectors_that_combine_in_too_many_ways_are_told() -> None:
    letters = "abcdefgh"
    many = "".join(f'  "**.{a}.**.{b}.**.{c}": drop\n' for a in letters for b in letters for c in "ab")
    test_a_mistake_is_told_at_its_place_with_what_to_do("SS017", f"+«fields:\n{many}", "too many ways")


LINTS: list[tuple[str, str, str, str]] = [
    ("SS020", '«"**": keep', "warning", "later"),
    ("SS020", "«a.**: keep", "warning", "later"),
    ("SS021", "«a: keep", "hint", "one_of"),
    ("SS026", "«a: { truncate_ip: 24 }", "warning", "16"),
    ("SS026", "«a: { truncate_ip: { v6: 48 } }", "warning", "40"),
]


@pytest.mark.parametrize(("code", "field", "severity", "words"), LINTS)
def test_a_policy_that_leaks_is_told_so_and_loads(code: str, field: str, severity: str, words: str) -> None:
    raw, line, column = _place(f"+fields:\n  {field}\n{TAIL}")
    policy, mistakes = Policy.parse(raw.encode())
    assert policy is not None
    assert policy.lints == mistakes
    (found,) = [mistake for mistake in mistakes if mistake.code == code]
    assert (found.line, found.column, found.severity) == (line, column, severity)
    assert words in f"{found.message} {found.hint}"


ENVELOPE_LINTS: list[tuple[str, str]] = [
    ("SS022", "  key: drop\n  timestamp: keep\n  headers: { «traceparent: keep }"),
    ("SS022", "  key: drop\n  timestamp: keep\n  headers: { «Authorization: keep }"),
    ("SS023", "  «key: keep\n  timestamp: { floor: 1h }"),
    ("SS023", "  key: drop\n  «timestamp: keep"),
    ("SS025", "  key: drop\n  timestamp: keep\n  «partition: source"),
]


@pytest.mark.parametrize(("code", "envelope"), ENVELOPE_LINTS)
def test_an_envelope_that_leaks_is_told_so(code: str, envelope: str) -> None:
    head = HEAD.replace("  key: { pseudonym: user }\n  timestamp: { floor: 15m }", envelope)
    raw, line, column = _place(head + "fields: {}\n" + TAIL)
    policy, mistakes = Policy.parse(raw.encode())
    assert policy is not None
    assert (line, column) in {(m.line, m.column) for m in mistakes if m.code == code}


def test_a_policy_without_tests_or_measures_or_turns_is_told_so() -> None:
    raw = HEAD.replace("{ epoch: 7d }", "{ realm: x }") + "fields: { userId: { pseudonym: user } }\n"
    policy, mistakes = Policy.parse(raw.encode())
    assert policy is not None
    assert {mistake.code for mistake in mistakes} >= {"SS024", "SS028", "SS029"}


def test_measuring_what_is_dropped_is_told() -> None:
    raw, line, column = _place("+fields: { a: { round: 1 } }\n" + TAIL.replace("[a]", "[a, «b]"))
    _, mistakes = Policy.parse(raw.encode())
    assert [(m.line, m.column) for m in mistakes if m.code == "SS027"] == [(line, column)]


def test_a_policy_without_a_fault_has_no_mistakes() -> None:
    policy, mistakes = Policy.parse((HEAD + "fields: { a: { round: 1 } }\n" + TAIL).encode())
    assert policy is not None
    assert mistakes == policy.lints == ()


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_bytes(b"# " + b"x" * 1_048_576)
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    for name in ("missing.yaml", "big.yaml", "latin.yaml", "."):
        policy, mistakes = Policy.check(tmp_path / name)
        assert policy is None
        assert [mistake.code for mistake in mistakes] == ["SS001"]
        with pytest.raises(PolicyError) as caught:
            Policy.load(tmp_path / name)
        assert caught.value.mistakes == mistakes


def test_a_file_of_one_mebibyte_is_read() -> None:
    text = (HEAD + "fields: {}\n" + TAIL).encode()
    policy, _ = Policy.parse(text + b"#" * (1_048_576 - len(text)))
    assert policy is not None


def test_a_file_of_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_scrubber.policy.source.MAX_NODES", 500)
    policy, mistakes = Policy.parse(("a: [" + "1,\n" * 501 + "1]").encode())
    assert policy is None
    assert [(mistake.code, mistake.line) for mistake in mistakes] == [("SS001", 498)]


def test_an_alias_bomb_is_refused_at_once() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))
    policy, mistakes = Policy.parse(bomb.encode())
    assert policy is None
    assert {mistake.code for mistake in mistakes} == {"SS004"}


@pytest.mark.parametrize("opening", ["[", "{ a: "])
@pytest.mark.parametrize("levels", [101, 5_000])
def test_a_file_that_nests_deep_is_no_crash(opening: str, levels: int) -> None:
    closing = "]" if opening == "[" else "}"
    for text in (opening * levels + "x" + closing * levels, f"+fields: {{ a: {opening * levels}x{closing * levels} }}\n"):
        policy, mistakes = Policy.parse(_place(text)[0].encode())
        assert policy is None
        assert mistakes


def test_a_byte_order_mark_and_any_line_end_are_read() -> None:
    text = HEAD + "fields: { a: { round: 1 } }\n" + TAIL
    for raw in (b"\xef\xbb\xbf" + text.encode(), text.replace("\n", "\r\n").encode()):
        assert Policy.parse(raw)[0] is not None


def test_the_excerpt_is_the_line_that_is_counted() -> None:
    raw = HEAD + 'fields: { "x\u2028y\x0cz": drop, a: keep }\n  \nowner: 5\n'
    _, mistakes = Policy.parse(raw.encode())
    for mistake in mistakes:
        assert not mistake.excerpt or mistake.column <= len(mistake.excerpt)


TRAPS = [
    ("NO", "NO"),
    ("off", "off"),
    ("y", "y"),
    ("1:30", "1:30"),
    ("0o17", 15),
    ("0x1F", 31),
    ("017", 17),
    ("1_000", "1_000"),
    ("2026-11-21", "2026-11-21"),
    ("~", None),
    ("yes", "yes"),
    ("True", True),
    ("1.0", 1.0),
    ("1e3", 1000.0),
    (".5", 0.5),
    (".inf", ".inf"),
    (".nan", ".nan"),
    ("'5'", "5"),
    ("=", "="),
    ("203.0.113.77", "203.0.113.77"),
]


@pytest.mark.parametrize(("written", "meant"), TRAPS)
@pytest.mark.parametrize("directive", ["", "%YAML 1.1\n---\n"], ids=["1.2", "1.1 asked for"])
def test_scalars_mean_what_they_look_like(written: str, meant: object, directive: str) -> None:
    from stream_scrubber.policy.source import read

    data, source = read(f"{directive}a: {written}\n".encode(), "x")
    assert source.mistakes == []
    assert data == {"a": meant}
    assert type(data["a"]) is type(meant)


def test_all_mistakes_come_at_once_sorted_and_each_once() -> None:
    text = """version: 3
nmae: web
topics: { from: raw.web, to: clean.web }
pseudonyms: { epoch: 7 }
record:
  key: { pseudonim: user }
  timestamp: { floor: 15 }
  headers: { traceparent: kep }
fields:
  a: { truncat_ip: 16 }
  b[: keep
  c: keep
  c.d: keep
  e: "${X}"
dead_letter: { too: x }
leakage: { subject: "*", quasi_identifiers: { s: ["a..b"] } }
cohort: {}
"""
    _, mistakes = Policy.parse(text.encode())
    lines = {(mistake.line, mistake.code) for mistake in mistakes}
    assert lines == {
        (1, "SS007"), (2, "SS005"), (1, "SS006"), (4, "SS007"), (6, "SS012"), (7, "SS013"), (8, "SS012"), (10, "SS012"),
        (11, "SS010"), (12, "SS015"), (14, "SS016"), (15, "SS005"), (15, "SS006"), (16, "SS007"), (16, "SS010"),
        (17, "SS008"),
    }  # fmt: skip
    assert [(m.line, m.column) for m in mistakes] == sorted((m.line, m.column) for m in mistakes)
    assert len(set(mistakes)) == len(mistakes)


def test_the_form_for_people_underlines_what_is_meant() -> None:
    _, mistakes = Policy.parse((HEAD + "fields:\n  context.ip: { truncat_ip: { v4: 16 } }\n").encode(), "web.yaml")
    error = next(mistake for mistake in mistakes if mistake.severity == "error")
    assert error.pretty() == (
        'web.yaml:10:17  error SS012  unknown scrubber "truncat_ip"\n'
        "   10 |   context.ip: { truncat_ip: { v4: 16 } }\n"
        '      |                 ^^^^^^^^^^  did you mean "truncate_ip"?'
    )


def _policy(name: str, source: str = "raw.a", clean: str = "clean.a", realm: str = "r", epoch: str = "7d") -> Policy:
    text = HEAD.replace("name: web", f"name: {name}").replace("raw.web", source).replace("clean.web", clean)
    text = text.replace("{ epoch: 7d }", f"{{ realm: {realm}, epoch: {epoch} }}").replace("dlq.web", f"dlq.{name}")
    policy, mistakes = Policy.parse((text + "fields: {}\n").encode(), f"{name}.yaml")
    assert policy is not None, mistakes
    return policy


TOGETHER: list[tuple[list[Policy], set[str]]] = [
    ([_policy("a"), _policy("b", "raw.b", "clean.b")], set()),
    ([_policy("a"), _policy("a", "raw.b", "clean.b")], {"SS030"}),
    ([_policy("a"), _policy("b", "raw.a", "clean.b")], {"SS030"}),
    ([_policy("a", "'^raw.*'"), _policy("b", "raw.b", "clean.b")], {"SS030"}),
    ([_policy("a"), _policy("b", "clean.a", "clean.b")], {"SS030"}),
    ([_policy("a"), _policy("b", "dlq.a", "clean.b")], {"SS030"}),
    ([_policy("a"), _policy("b", "raw.b", "clean.b", epoch="1d")], {"SS031"}),
    ([_policy("a"), _policy("b", "raw.b", "clean.b", realm="s", epoch="1d")], set()),
]


@pytest.mark.parametrize(("policies", "codes"), TOGETHER)
@pytest.mark.parametrize("turned", [False, True])
def test_what_only_shows_together_is_told(policies: list[Policy], codes: set[str], turned: bool) -> None:
    assert {mistake.code for mistake in check_together(policies[:: -1 if turned else 1])} == codes


def test_every_code_of_a_policy_has_a_test_here() -> None:
    text = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    elsewhere = {"SS032", "SS033", "SS040"}  # of the service file, and of `test`
    missing = {code for code in CODES if not re.search(f'"{code}"', text)} - elsewhere
    assert not missing


def test_a_hint_names_the_nearest_word_or_a_short_list() -> None:
    assert did_you_mean("rond", ["round", "clamp"]) == 'did you mean "round"?'
    assert did_you_mean("zzz", ["round", "clamp"]) == "known: clamp, round"
    assert did_you_mean("zzz", [f"word{n}" for n in range(13)]) == ""


def test_an_error_of_the_policy_lists_all_its_mistakes(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(HEAD + "fields: { a: kep, b: { rund: 1 } }\n")
    with pytest.raises(PolicyError) as caught:
        Policy.load(tmp_path / "p.yaml")
    assert [mistake.code for mistake in caught.value.mistakes] == ["SS012", "SS012"]
    assert str(caught.value).count("\n") == 1


def test_the_same_text_has_the_same_identity_and_another_text_another() -> None:
    text = (HEAD + "fields: {}\n").encode()
    one, again, other = (Policy.parse(raw)[0] for raw in (text, text, text + b"#"))
    assert one is not None
    assert again is not None
    assert other is not None
    assert one.sha256 == again.sha256 != other.sha256
    assert len(one.sha256) == 64


def test_a_mistake_is_a_value() -> None:
    assert Mistake("SS001", "m") == Mistake("SS001", "m")
    assert len({Mistake("SS001", "m"), Mistake("SS001", "m")}) == 1


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("SS041", "+fields: { prefs.**: { pseudonym: p } }\n"),
        ("SS020", "+fields: { '*': { keep: { max_length: 100000 } } }\n"),
        ("SS020", "+fields: { '*': keep }\n"),
    ],
)
def test_what_a_wildcard_lets_through_is_told(code: str, text: str) -> None:
    _, mistakes = Policy.parse((HEAD + text[1:]).encode(), "web.yaml")
    assert code in {mistake.code for mistake in mistakes if mistake.severity != "hint"}


@pytest.mark.parametrize("rule", ["key: { first_chars: 100000 }", "timestamp: { floor: 1ms }"])
def test_an_envelope_that_passes_almost_as_it_is_is_told(rule: str) -> None:
    word = rule.partition(":")[0]
    head = re.sub(rf"(?m)^  {word}: .*$", f"  {rule}", HEAD) if f"  {word}:" in HEAD else HEAD
    flow = re.sub(rf"{word}: ({{[^}}]*}}|[a-z_]+)", rule, HEAD, count=1)
    _, mistakes = Policy.parse((head if head != HEAD else flow).encode() + b"fields: {}\n", "web.yaml")
    assert any(mistake.code == "SS023" for mistake in mistakes)


def test_a_data_file_in_place_of_a_policy_is_not_quoted() -> None:
    for text in ('{"userId":"jane.doe@example.com"}', '{"userId":"jane.doe@example.com"}\n{"userId":"x"}\n', "jane.doe: 1"):
        policy, mistakes = Policy.parse(text.encode(), "events.ndjson")
        assert policy is None
        assert mistakes
        assert "jane.doe" not in "".join(mistake.pretty() for mistake in mistakes)
