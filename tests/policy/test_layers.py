"""`extends`: who wins, who must give a reason, and whose line a mistake names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stream_scrubber.cli import main
from stream_scrubber.policy import Mistake, Policy
from stream_scrubber.policy.mistakes import CODES, Severity

BASE = """\
version: 1
name: base
topics: { from: raw.x, to: clean.x }
pseudonyms: { epoch: 7d }
record: { key: { pseudonym: user }, timestamp: { floor: 15m }, headers: { a|b: drop } }
fields:
  user: { pseudonym: user }
  city|country: { first_chars: 2 }
  at: { floor: 15m }
  secret.**: drop
  items[*].price: { round: 5 }
dead_letter: { to: dlq.x }
tests:
  - { name: of the base, given: { value: { city: Berlin } }, expect: { value: { city: Be } } }
"""


def layered(tmp_path: Path, mine: str, base: str = BASE) -> tuple[Policy | None, list[Mistake]]:
    (tmp_path / "base.yaml").write_text(base)
    (tmp_path / "mine.yaml").write_text("version: 1\nextends: [./base.yaml]\n" + mine)
    policy, found = Policy.check(tmp_path / "mine.yaml")
    return policy, [m for m in found if m.severity is not Severity.HINT and m.code not in ("SS024", "SS028")]


def codes(found: list[Mistake]) -> list[tuple[str, str, int]]:
    return [(m.code, Path(m.file).name, m.line) for m in found]


def test_a_file_that_only_extends_is_the_base(tmp_path: Path) -> None:
    policy, found = layered(tmp_path, "")
    assert policy, found
    assert not found
    assert policy.name == "base"
    assert len(policy.rules) == 6
    assert not policy.tests


def test_later_layers_win_by_selector_and_alternatives_are_taken_apart(tmp_path: Path) -> None:
    policy, found = layered(tmp_path, "name: mine\nfields:\n  city: drop\n  extra: { round: 1 }\n")
    assert policy, found
    assert not found
    rules = {rule.selector.text: str(rule.chain) for rule in policy.rules}
    assert rules["city"] == "drop"
    assert rules["country"] == "first_chars"
    assert {name: Path(place).name for name, place in policy.places.items()} == {
        "user": "base.yaml:7",
        "country": "base.yaml:8",
        "at": "base.yaml:9",
        "secret.**": "base.yaml:10",
        "items[*].price": "base.yaml:11",
        "city": "mine.yaml:5",
        "extra": "mine.yaml:6",
        "record.key": "base.yaml:5",
        "record.timestamp": "base.yaml:5",
        "record.headers.a": "base.yaml:5",
        "record.headers.b": "base.yaml:5",
    }


@pytest.mark.parametrize(
    "rule",
    [
        "  at: keep",
        "  at: { floor: 5m }",
        "  at: { floor: 25m }",
        "  user: { first_chars: 1 }",
        "  secret.x: { round: 5 }",
        '  "secret.*": { round: 5 }',
        '  "secret.deep.**": keep',
        "  items[0].price: keep",
        "  items[*].price: { round: 3 }",
    ],
)
def test_a_looser_or_incomparable_rule_is_refused_without_a_reason(tmp_path: Path, rule: str) -> None:
    policy, found = layered(tmp_path, f"fields:\n{rule}\n")
    assert policy is None
    assert ("SS035", "mine.yaml", 4) in codes(found)
    assert any("base.yaml:" in m.message for m in found)


@pytest.mark.parametrize(
    "rule",
    [
        "  at: { floor: 30m }",
        "  at: drop",
        "  at: [{ floor: 15m }, { first_chars: 10 }]",
        "  secret: drop",
        '  "**": drop',
        '  "**.price": keep',  # the base's items[*].price is more specific, and stays
        "  new.field: keep",
        "  items[*].price: [{ round: 5 }, { clamp: { max: 100 } }]",
    ],
)
def test_a_tighter_or_a_new_rule_needs_none(tmp_path: Path, rule: str) -> None:
    policy, found = layered(tmp_path, f"fields:\n{rule}\n")
    assert policy, found
    assert not [m for m in found if m.severity is Severity.ERROR]


def test_with_a_reason_it_may(tmp_path: Path) -> None:
    policy, found = layered(tmp_path, "fields:\n  at: { floor: 5m, loosen: true, reason: billing needs it }\n")
    assert policy, found
    assert not found
    assert policy.reasons == {"at": "billing needs it"}


@pytest.mark.parametrize(
    "words", ["loosen: true", "reason: why not", "loosen: false, reason: x", 'loosen: true, reason: " "']
)
def test_loosen_and_reason_stand_together(tmp_path: Path, words: str) -> None:
    policy, found = layered(tmp_path, f"fields:\n  at: {{ floor: 5m, {words} }}\n")
    assert policy is None
    assert ("SS036", "mine.yaml", 4) in codes(found)


def test_a_reason_for_nothing_is_a_warning(tmp_path: Path) -> None:
    policy, found = layered(tmp_path, "fields:\n  at: { floor: 1h, loosen: true, reason: x }\n")
    assert policy
    assert codes(found) == [("SS037", "mine.yaml", 4)]


@pytest.mark.parametrize(
    "section",
    [
        "record: { timestamp: { floor: 5m } }",
        "record: { key: { first_chars: 3 } }",
        "record: { partition: source }",
        "record: { headers: { a: keep } }",
        "pseudonyms: { epoch: 30d }",
    ],
)
def test_the_envelope_and_epochs_are_compared_too(tmp_path: Path, section: str) -> None:
    policy, found = layered(tmp_path, section)
    assert policy is None
    assert ("SS035", "mine.yaml", 3) in codes(found)


def test_a_section_may_give_a_reason_for_its_words(tmp_path: Path) -> None:
    policy, found = layered(tmp_path, "pseudonyms: { epoch: 30d, loosen: true, reason: monthly reports }\n")
    assert policy, found
    assert policy.epochs
    assert policy.epochs.length == 30 * 86_400_000


def test_mistakes_name_the_layer_and_the_line(tmp_path: Path) -> None:
    policy, found = layered(tmp_path, "fields:\n  z: { rond: 5 }\n", BASE.replace("floor: 15m }\n  s", "flor: 15m }\n  s"))
    assert policy is None
    assert {("SS012", "base.yaml", 9), ("SS012", "mine.yaml", 4)} <= set(codes(found))
    assert all(m.excerpt for m in found)


def test_the_hash_covers_every_layer(tmp_path: Path) -> None:
    one, _ = layered(tmp_path, "")
    other, _ = layered(tmp_path, "", BASE.replace("of the base", "of a base"))
    again, _ = layered(tmp_path, "")
    assert one
    assert other
    assert again
    assert one.sha256 == again.sha256 != other.sha256


def test_layers_of_layers_and_circles(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "low.yaml").write_text(BASE)
    policy, _ = layered(tmp_path, "", "version: 1\nextends: deep/low.yaml\nname: middle\n")
    assert policy
    assert [Path(layer).name for layer in policy.layers] == ["low.yaml", "base.yaml", "mine.yaml"]
    policy, found = layered(tmp_path, "", "version: 1\nextends: ./base.yaml\n")
    assert policy is None
    assert ("SS034", "base.yaml", 2) in codes(found)
    assert layered(tmp_path, "", "version: 1\nextends: nowhere.yaml\n")[1][0].code == "SS034"


def test_a_preset_that_is_not_there_gets_a_hint(tmp_path: Path) -> None:
    _, found = layered(tmp_path, "", "version: 1\nextends: preset:segmnt\n")
    assert (found[0].code, found[0].hint) == ("SS034", 'did you mean "segment"?')


def test_explain_prints_where_each_rule_comes_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layered(tmp_path, "fields:\n  at: { floor: 5m, loosen: true, reason: billing needs it }\n")
    assert main(["explain", str(tmp_path / "mine.yaml")]) == 0
    text = capsys.readouterr().out
    assert "mine.yaml:4  (loosened: billing needs it)" in text
    assert "base.yaml:7" in text
    assert main(["explain", str(tmp_path / "mine.yaml"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["layers"]) == 2
    assert main(["explain", "SS035"]) == 0
    assert CODES["SS035"] in capsys.readouterr().out
    assert main(["explain", "SS999"]) == 2
