"""The command line as a user types it: exit codes, one clear message, no traceback, no content."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

import jsonschema
import pytest

from stream_scrubber.cli import main
from stream_scrubber.errors import REASONS
from stream_scrubber.policy.mistakes import CODES
from stream_scrubber.version import __version__
from tests.corpus import ROWS

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "examples" / "reference" / "policy.yaml"
CORPUS = ROOT / "tests" / "corpus" / "policy.yaml"
SECRET = "jane.doe@mail1.example"

PLAIN = """version: 1
name: plain
topics: { from: raw.plain, to: clean.plain }
record: { key: { one_of: [a, b] }, timestamp: { floor: 15m }, headers: { h: keep } }
fields: { a: { round: 10 }, t: { keep: { max_length: 3 } } }
dead_letter: { to: dlq.plain }
tests:
  - name: it rounds
    given: { value: { a: 14 } }
    expect: { value: { a: 10 } }
"""


class Said:
    """What a command said. Nothing a user does may show a traceback."""

    def __init__(self, code: int, out: bytes, err: bytes) -> None:
        self.code, self.out, self.err = code, out.decode(errors="replace"), err.decode(errors="replace")
        assert "Traceback" not in self.err
        assert "internal error" not in self.err, self.err


def typed(*words: object, stdin: bytes = b"", cwd: Path | None = None, **environment: str) -> Said:
    """The command in a process of its own, which takes half a second."""
    done = subprocess.run(
        [sys.executable, "-m", "stream_scrubber.cli", *map(str, words)],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=cwd,
        timeout=60,
        env={**_environment(), "PYTHONPATH": str(ROOT), **environment},
    )
    return Said(done.returncode, done.stdout, done.stderr)


def run(*words: object, stdin: bytes = b"", cwd: Path | None = None, **environment: str) -> Said:
    """The command in this process, for the many rows."""
    out, err = io.BytesIO(), io.BytesIO()
    streams = [io.TextIOWrapper(io.BytesIO(stdin)), io.TextIOWrapper(out, "utf-8"), io.TextIOWrapper(err, "utf-8")]
    with pytest.MonkeyPatch.context() as patch:
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            patch.setattr(sys, name, stream)
        for name in set(os.environ) - _environment().keys():
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.chdir(cwd or ROOT)
        try:
            code = main([str(word) for word in words])
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else 1
        for stream in streams[1:]:
            stream.flush()
    return Said(code, out.getvalue(), err.getvalue())


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("SCRUBBER", "COLUMNS"))}


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.yaml"
    path.write_text(PLAIN)
    return path


@pytest.fixture
def keys(tmp_path: Path) -> str:
    assert run("keys", "init", f"file:{tmp_path / 'keys'}").code == 0
    return f"file:{tmp_path / 'keys'}"


# the frame


def _cpu(*words: str) -> float:
    """Seconds of processor time of one run of the command, or of the interpreter alone."""
    run = "from stream_scrubber.cli import main; raise SystemExit(main())" if words else "pass"
    before = os.times()
    subprocess.run([sys.executable, "-c", run, *words], capture_output=True, check=True, cwd=ROOT)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_version_is_quick_and_needs_nothing() -> None:
    code = "import sys; from stream_scrubber.cli import main\ntry: main(['--version'])\nexcept SystemExit: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=ROOT)
    assert done.stdout.startswith(f"stream-scrubber {__version__}\n")
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    heavy = {"confluent_kafka", "faust", "presidio_anonymizer", "pydantic", "ruamel", "orjson", "rich", "prometheus_client"}
    assert not loaded & heavy
    # against a bare interpreter of the same moment, best of five: this machine may be busy
    bare = max(0.01, min(_cpu() for _ in range(5)))  # ticks are a hundredth of a second
    assert min(_cpu("--version") for _ in range(5)) < 15 * bare


def test_verbs_without_kafka_load_no_kafka(plain: Path) -> None:
    verbs = [
        ["scrub", "--policy", str(plain), os.devnull],
        ["lint", str(plain)],
        ["test", str(plain)],
        ["schema"],
        ["explain"],
        ["keys", "init", f"file:{plain.with_name('k')}"],
    ]
    code = f"import sys; from stream_scrubber.cli import main; [main(words) for words in {verbs!r}]; print('loaded', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=ROOT)
    loaded = {name.split(".")[0] for name in done.stdout.rpartition("loaded")[2].split()}
    assert not loaded & {"confluent_kafka", "faust", "presidio_anonymizer", "prometheus_client"}


def test_the_verbs_work_as_a_user_types_them(plain: Path, tmp_path: Path) -> None:
    key_file = f"file:{tmp_path / 'keys'}"
    assert typed("keys", "init", key_file).code == 0
    assert typed("lint", plain).code == 0
    assert typed("test", plain).code == 0
    line = b'{"userId":"u-42"}\n' + SECRET.encode()
    said = typed("scrub", "--policy", REFERENCE, stdin=line, SCRUBBER_KEYSTORE=key_file)
    assert said.code == 1
    assert len(json.loads(said.out)["userId"]) == 24
    assert "jane" not in said.err
    assert typed("scrub", "--policy", "missing.yaml").code == 2


@pytest.mark.parametrize(
    "words",
    [
        ["no-such-verb"],
        ["--no-such-option"],
        ["scrub"],
        ["scrub", "--policy"],
        ["scrub", "--no-such-option"],
        ["lint"],
        ["lint", "--format", "xml", "x"],
        ["test"],
        ["keys"],
        ["keys", "no-such-action"],
        ["keys", "init"],
        ["keys", "init", "vault:x"],
        ["keys", "init", "file:"],
        ["explain", "no_such_code"],
        ["schema", "surprise"],
        ["lint", "missing.yaml"],
        ["test", "missing.yaml"],
        ["scrub", "--policy", "missing.yaml"],
        ["scrub", "--policy", "."],
    ],
    ids=" ".join,
)
def test_bad_use_is_one_message_and_exit_2(words: list[str], tmp_path: Path) -> None:
    said = run(*words, cwd=tmp_path)
    assert said.code == 2
    assert said.err
    assert said.out == ""


@pytest.mark.parametrize("words", [["--help"], ["scrub", "--help"], ["lint", "--help"], ["keys", "--help"], []], ids=" ".join)
def test_help_is_there(words: list[str]) -> None:
    said = run(*words)
    assert (said.code, said.err) == (0, "")
    assert "usage: stream-scrubber" in said.out


def test_any_terminal_can_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "é.yaml").write_text(PLAIN.replace("a: { round: 10 }", '"日本": { rund: 10 }'))
    assert typed("lint", tmp_path / "é.yaml", PYTHONIOENCODING="ascii").code == 1


# scrub


def test_scrub_reads_lines_and_writes_clean_ones(plain: Path) -> None:
    said = run("scrub", "--policy", plain, stdin=b'{"a":14,"b":1}\n\n{"a":26}\r\n{"a":null}')
    assert (said.code, said.out) == (0, '{"a":10}\n{"a":30}\n{"a":null}\n')
    assert "3 lines: 3 clean, 0 dropped, 0 refused" in said.err


def test_scrub_reads_a_file_and_may_be_quiet(plain: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b'{"a":14}\n')
    said = run("scrub", "--policy", plain, "--quiet", tmp_path / "in.jsonl")
    assert (said.code, said.out, said.err) == (0, '{"a":10}\n', "")


def test_scrub_refuses_line_by_line_and_quotes_nothing(plain: Path, tmp_path: Path) -> None:
    bad = [b'{"a":"' + SECRET.encode() + b'"}', SECRET.encode(), b'{"a":1,"a":2}', b"[1]", b"\xff", b'{"t":"long"}']
    letters = tmp_path / "dead"
    said = run("scrub", "--policy", plain, "--dead-letters", letters, stdin=b"\n".join([b'{"a":1}', *bad, b'{"a":7}']))
    assert said.code == 1
    assert said.out == '{"a":0}\n{"a":10}\n'
    found = [json.loads(line) for line in letters.read_text().splitlines()]
    assert [(letter["line"], letter["code"], letter["field"]) for letter in found] == [
        (2, "type", "a"),
        (3, "bad_json", ""),
        (4, "duplicate_key", ""),
        (5, "not_object", ""),
        (6, "bad_utf8", ""),
        (7, "not_allowed", "t"),
    ]
    assert {letter["policy"] for letter in found} == {"plain"}
    for place in (said.out, said.err, letters.read_text()):
        assert "jane" not in place
        assert "long" not in place


def test_scrub_takes_whole_records(plain: Path) -> None:
    lines = [
        {"key": "a", "value": {"a": 14.50}, "headers": {"h": "1", "x": "2"}, "timestamp": 1_795_291_653_123},
        {"key_b64": base64.b64encode(b"b").decode(), "value_b64": base64.b64encode(b'{"a":26}').decode(), "timestamp": 0},
        {"value": {"a": 1}, "headers": [["h", None], ["h", {"b64": "YQ=="}]], "timestamp": 0, "topic": "raw.plain"},
        {"key": "b", "value": None, "timestamp": 0},
    ]
    said = run("scrub", "--policy", plain, "--records", stdin="\n".join(map(json.dumps, lines)).encode())
    assert said.code == 0, said.err
    clean = [json.loads(line) for line in said.out.splitlines()]
    common = {"topic": "clean.plain", "timestamp": 0, "headers": []}
    assert clean == [
        {**common, "key": "a", "value": {"a": 10}, "headers": [["h", "1"]], "timestamp": 1_795_291_200_000},
        {**common, "key": "b", "value": {"a": 30}},
        {**common, "key": None, "value": {"a": 0}, "headers": [["h", None], ["h", "a"]]},
        {**common, "key": "b", "value": None},
    ]


BAD_RECORDS: list[tuple[object, str, str]] = [
    ("not an object", "not_object", ""),
    ({"key": "a"}, "empty", "record.value"),
    ({"value": {}, "value_b64": "e30="}, "duplicate_key", "record.value"),
    ({"value": {}, "key": "a", "key_b64": "YQ=="}, "duplicate_key", "record.key"),
    ({"value": {}, "surprise": SECRET}, "unknown_field", "record"),
    ({"value": {}, "key": 5}, "bad_key", "record.key"),
    ({"value": {}, "key": {"id": SECRET}}, "bad_key", "record.key"),
    ({"value": {}, "key": SECRET}, "not_allowed", "record.key"),
    ({"value": {}, "key_b64": "/w=="}, "bad_key", "record.key"),
    ({"value": {}, "key_b64": "not base64!"}, "bad_text", "record.key"),
    ({"value": {}, "key_b64": 5}, "bad_text", "record.key"),
    ({"value_b64": "*"}, "bad_text", "record.value"),
    ({"value_b64": ""}, "empty", ""),
    ({"value_b64": "AAAAAAd7fQ=="}, "schema_bytes", ""),
    ({"value": 5}, "not_object", ""),
    ({"value": SECRET}, "not_object", ""),
    ({"value": {}, "timestamp": "now"}, "bad_time", "record.timestamp"),
    ({"value": {}, "timestamp": True}, "bad_time", "record.timestamp"),
    ({"value": {}, "timestamp": 1.5}, "bad_time", "record.timestamp"),
    ({"value": {}, "timestamp": 2**63}, "bad_time", "record.timestamp"),
    ({"value": {}, "topic": 5}, "type", "record.topic"),
    ({"value": {}, "topic": "raw.other"}, "no_policy", ""),
    ({"value": {}, "headers": "h"}, "bad_header", "record.headers"),
    ({"value": {}, "headers": {"h": 5}}, "bad_header", "record.headers"),
    ({"value": {}, "headers": [["h"]]}, "bad_header", "record.headers"),
    ({"value": {}, "headers": [[5, "x"]]}, "bad_header", "record.headers"),
    ({"value": {}, "headers": {"h": {"b64": "*"}}}, "bad_text", "record.headers"),
    ({"value": {}, "headers": {"h": {"b64": "YQ==", "x": 1}}}, "bad_header", "record.headers"),
]


def test_scrub_refuses_bad_whole_records_one_by_one(plain: Path, tmp_path: Path) -> None:
    letters = tmp_path / "dead"
    deep = b'{"value":' + b'{"a":' * 300 + b"1" + b"}" * 301
    duplicate = b'{"value":{},"value":{"a":1}}'
    data = b"\n".join([*(json.dumps(line).encode() for line, _, _ in BAD_RECORDS), deep, duplicate])
    said = run("scrub", "--policy", plain, "--records", "--dead-letters", letters, stdin=data)
    assert (said.code, said.out) == (1, "")
    found = [(letter["code"], letter["field"]) for letter in map(json.loads, letters.read_text().splitlines())]
    assert found == [(code, field) for _, code, field in BAD_RECORDS] + [("too_deep", ""), ("duplicate_key", "")]
    assert "jane" not in said.err + letters.read_text()


def test_a_value_of_the_full_depth_passes_in_a_whole_record_too(plain: Path) -> None:
    value = b'{"x":' * 64 + b"1" + b"}" * 64
    assert run("scrub", "--policy", plain, stdin=value).out == "{}\n"
    said = run("scrub", "--policy", plain, "--records", stdin=b'{"timestamp":0,"value":' + value + b"}")
    assert json.loads(said.out)["value"] == {}


def test_scrub_skips_a_line_that_is_too_long_and_goes_on(plain: Path, tmp_path: Path) -> None:
    plain.write_text(PLAIN.replace("to: clean.plain", "to: clean.plain, max_bytes: 20"))
    letters = tmp_path / "dead"
    exact = b'{"a":14,"x":"123456}'
    assert len(exact) == 20
    lines = [b'{"a":14,"x":"12345"}', b"y" * 21, b"y" * 5000, exact + b"\r\r{}", b'{"a":26}']
    said = run("scrub", "--policy", plain, "--dead-letters", letters, stdin=b"\n".join(lines))
    assert (said.code, said.out) == (1, '{"a":10}\n{"a":30}\n')
    found = [json.loads(line) for line in letters.read_text().splitlines()]
    assert [(letter["line"], letter["code"]) for letter in found] == [(2, "too_large"), (3, "too_large"), (4, "too_large")]


def test_scrub_of_the_whole_corpus_leaves_nothing_out(keys: str, tmp_path: Path) -> None:
    rows = [row for row in ROWS if row.plain and row.value is not None]
    said = run("scrub", "--policy", CORPUS, "--keystore", keys, stdin=b"\n".join(row.value or b"" for row in rows))
    assert said.code == 1
    assert f"{len(rows):,} lines" in said.err
    refused = sum("code" in row.raw for row in rows)
    assert len(said.out.splitlines()) <= len(rows) - refused
    for line in said.err.splitlines()[1:]:
        assert line.split()[1] in REASONS
    for needle in ("u-42", "jane", "Traceback"):
        assert needle not in said.err


def test_scrub_gives_the_same_tokens_again_with_the_same_keystore(keys: str, tmp_path: Path) -> None:
    line = b'{"value":{"userId":"u-42"},"key":"u-42","timestamp":1795291653123}\n'
    one, again = (run("scrub", "--policy", REFERENCE, "--records", SCRUBBER_KEYSTORE=keys, stdin=line) for _ in range(2))
    assert (one.code, one.out) == (0, again.out)
    clean = json.loads(one.out)
    assert clean["key"] == clean["value"]["userId"] != "u-42"
    assert run("keys", "init", f"file:{tmp_path / 'others'}").code == 0
    other = run("scrub", "--policy", REFERENCE, "--records", "--keystore", f"file:{tmp_path / 'others'}", stdin=line)
    assert json.loads(other.out)["key"] != clean["key"]


def test_scrub_treats_past_epochs_as_open(keys: str) -> None:
    line = b'{"value":{"userId":"u-42"},"timestamp":0}\n'
    assert run("scrub", "--policy", REFERENCE, "--records", "--keystore", keys, stdin=line).code == 0


KEYSTORES: list[tuple[str, dict[str, str], str]] = [
    ("", {}, "SCRUBBER_KEYSTORE is not set"),
    ("file:missing", {}, "keys init"),
    ("vault:x", {}, "VAULT_ADDR is not set"),
    ("cloud:x", {}, "file:PATH"),
    ("file:", {}, "file:PATH"),
    ("file:readable", {}, "chmod 600"),
    ("file:damaged", {}, "not a key file"),
    ("file:.", {}, "Is a directory"),
    ("", {"SCRUBBER_KEYSTORE": "file:missing"}, "keys init"),
    ("", {"SCRUBBER_KEYSTORE": ""}, "file:PATH"),
]


@pytest.mark.parametrize(("keystore", "environment", "words"), KEYSTORES)
def test_scrub_without_a_sound_keystore_is_bad_use(
    keystore: str, environment: dict[str, str], words: str, tmp_path: Path
) -> None:
    (tmp_path / "readable").write_text('{"version": 1, "created": 1, "realms": {}}')
    (tmp_path / "readable").chmod(0o644)
    (tmp_path / "damaged").write_text("{")
    (tmp_path / "damaged").chmod(0o600)
    tmp_path.chmod(0o700)
    option = ["--keystore", keystore] if keystore else []
    said = run("scrub", "--policy", REFERENCE, *option, stdin=b'{"userId":"u-42"}', cwd=tmp_path, **environment)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert len(said.err.splitlines()) == 1


def test_scrub_with_a_bad_policy_shows_all_its_mistakes(plain: Path) -> None:
    plain.write_text(PLAIN.replace("round", "rund").replace("keep: {", "kep: {"))
    said = run("scrub", "--policy", plain, stdin=b"{}")
    assert (said.code, said.out) == (2, "")
    assert said.err.count("error SS012") == 2
    assert f"{plain}:5:16" in said.err


@pytest.mark.parametrize(
    "words", [["missing.jsonl"], ["."], ["in.jsonl", "--dead-letters", "in.jsonl"], ["in.jsonl", "--dead-letters", "no/dead"]]
)
def test_scrub_with_a_file_that_cannot_be_used_is_bad_use(words: list[str], plain: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"a":14}\n')
    said = run("scrub", "--policy", plain, *words, cwd=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1
    assert (tmp_path / "in.jsonl").read_text() == '{"a":14}\n'


def test_a_full_disk_is_one_message(plain: Path) -> None:
    command = f"{sys.executable} -m stream_scrubber.cli scrub --quiet --policy {plain} > /dev/full"
    done = subprocess.run(
        ["sh", "-c", command], input=b'{"a":14}\n' * 5, capture_output=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stderr.decode()) == (2, "stream-scrubber scrub: No space left on device\n")


def test_a_reader_that_goes_away_is_no_fault(plain: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "stream_scrubber.cli", "scrub", "--policy", str(plain)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout
    process.stdout.close()
    err = _feed(process)
    assert (process.returncode, err) == (0, b"")


def _feed(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdin
    assert process.stderr
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(b'{"a":14}\n' * 20_000)
        process.stdin.close()
    err = process.stderr.read()
    process.stderr.close()
    process.wait(30)
    return err


# lint


def test_lint_finds_nothing_in_a_good_policy(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PLAIN)
    said = run("lint", tmp_path / "p.yaml")
    assert (said.code, said.err) == (0, "")
    assert said.out == "1 files: 0 errors, 0 warnings, 0 hints\n"


@pytest.mark.parametrize(
    ("change", "code"),
    [("{ keep: { max_length: 3 } }", 0), ("keep", 0), ("kep", 1), ("{ truncate_ip: 32 }", 1)],
)
def test_lint_exits_1_for_errors_and_warnings_but_not_for_hints(change: str, code: int, plain: Path) -> None:
    plain.write_text(PLAIN.replace("{ keep: { max_length: 3 } }", change))
    assert run("lint", plain).code == code


def test_lint_reads_folders_and_looks_at_policies_together(tmp_path: Path) -> None:
    folder = tmp_path / "policies" / "more"
    folder.mkdir(parents=True)
    (tmp_path / "policies" / "a.yaml").write_text(PLAIN)
    (folder / "b.yml").write_text(PLAIN)
    said = run("lint", tmp_path / "policies")
    assert said.code == 1
    assert said.out.count("error SS030") == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run("lint", empty).code == 2


def test_lint_speaks_to_people_machines_and_ci(plain: Path) -> None:
    plain.write_text(PLAIN.replace("round", "rund"))
    text, as_json, github, sarif = (run("lint", plain, "--format", form) for form in ("text", "json", "github", "sarif"))
    assert {said.code for said in (text, as_json, github, sarif)} == {1}
    assert 'did you mean "round"?' in text.out
    (mistake,) = json.loads(as_json.out)
    assert (mistake["code"], mistake["line"], mistake["column"], mistake["severity"]) == ("SS012", 5, 16, "error")
    assert github.out.startswith(f"::error file={plain},line=5,col=16,title=SS012::")
    region = json.loads(sarif.out)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 5, "startColumn": 16}


# test


def test_test_runs_the_tests_of_policies_without_keys(tmp_path: Path) -> None:
    said = run("test", REFERENCE, cwd=tmp_path)
    assert (said.code, said.err) == (0, "")
    assert "1 passed, 0 failed" in said.out
    assert list(tmp_path.iterdir()) == []


FAILING: list[tuple[str, str, str]] = [
    ("{ value: { a: 14 } }", "{ value: { a: 14 } }", "value.a: expected 14, got 10"),
    ("{ value: { a: 14 } }", "{ value: { b: 1 } }", "value.b: missing"),
    ("{ value: { a: 14 } }", "{ absent: [10] }", "absent: 10 is still there"),
    ("{ value: { a: 14 } }", "{ dead_letter: type }", "expected the dead letter type"),
    ("{ value: { a: x } }", "{ value: { a: 14 } }", "became the dead letter type at a"),
    ("{ value: { a: x } }", "{ dead_letter: shape }", "expected the dead letter shape, got type"),
    ("{ value: { a: 14 } }", "{ dropped: true }", "expected the record to be dropped"),
    ("{ value: { a: 14 }, key: a }", "{ key: b }", "key: differs"),
    ("{ value: { a: 14 }, headers: { h: x } }", "{ headers: {} }", "headers: expected"),
    ("{ value: { a: 14 }, timestamp: 900001 }", "{ timestamp: 1 }", "timestamp: expected 1, got 900000"),
    ("{ value: { a: 99999999999999999999999 } }", "{ value: {} }", "no record can hold this"),
    ("{ value: { t: 'a\"b' } }", "{ absent: ['a\"b'] }", "is still there"),
    ("{ value: { t: \"a\\nb\" } }", "{ absent: [\"a\\nb\"] }", "is still there"),
    ("{ value: { a: 1.0e+6 } }", "{ absent: [1.0e+6] }", "is still there"),
]


@pytest.mark.parametrize(("given", "expect", "failure"), FAILING)
def test_a_test_that_fails_says_why_and_exits_1(given: str, expect: str, failure: str, plain: Path) -> None:
    plain.write_text(PLAIN.split("tests:", maxsplit=1)[0] + f"tests:\n  - name: t\n    given: {given}\n    expect: {expect}\n")
    said = run("test", plain)
    assert said.code == 1, said.err
    assert "FAILED" in said.out
    assert failure in said.out
    assert "0 passed, 1 failed" in said.out


PASSING: list[tuple[str, str]] = [
    ("{ value: { a: 14, b: 2 } }", "{ value: {} }"),
    ("{ value: { a: 14 } }", "{ value: { a: 10.0 }, absent: [14] }"),
    ("{ value_text: '{\"a\":1,\"a\":2}' }", "{ dead_letter: duplicate_key }"),
    ("{ value_text: '' }", "{ dead_letter: empty }"),
    ("{ key: a }", "{ value: null, key: a }"),
    ("{ key: c, value: {} }", "{ dead_letter: not_allowed, absent: [c-secret] }"),
    ("{ value: {}, topic: raw.other }", "{ dead_letter: no_policy }"),
    ("{ value: {}, headers: { h: x, g: y } }", "{ headers: { h: x } }"),
]


@pytest.mark.parametrize(("given", "expect"), PASSING)
def test_a_test_that_passes_says_so(given: str, expect: str, plain: Path) -> None:
    plain.write_text(PLAIN.split("tests:", maxsplit=1)[0] + f"tests:\n  - name: t\n    given: {given}\n    expect: {expect}\n")
    said = run("test", plain)
    assert (said.code, said.err) == (0, ""), said.out


@pytest.mark.parametrize(
    ("rule", "key"), [("{ format: long, chain: [keep] }", "42"), ("{ format: json, chain: [keep] }", "42"), ("keep", "42")]
)
def test_a_key_in_a_test_is_written_as_the_policy_reads_it(rule: str, key: str, plain: Path) -> None:
    text = PLAIN.replace("{ one_of: [a, b] }", rule).split("tests:")[0]
    plain.write_text(text + f"tests:\n  - name: t\n    given: {{ value: {{}}, key: {key} }}\n    expect: {{ value: {{}} }}\n")
    assert run("test", plain).code == 0


def test_test_writes_junit_and_counts_a_broken_policy_as_bad_use(plain: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [")
    said = run("test", tmp_path, "--junit", tmp_path / "junit.xml")
    assert said.code == 2
    assert "error SS002" in said.err
    suite = Xml.parse(tmp_path / "junit.xml").getroot()  # noqa: S314  our own file
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    assert run("test", plain, "--junit", tmp_path / "no" / "junit.xml").code == 2


# schema, explain, keys


def test_schema_prints_a_schema_that_takes_the_example() -> None:
    said = run("schema")
    assert (said.code, said.err) == (0, "")
    jsonschema.Draft202012Validator.check_schema(json.loads(said.out))


def test_explain_says_what_every_code_means() -> None:
    said = run("explain")
    assert said.code == 0
    for code in (*CODES, *REASONS):
        assert any(line.startswith(code) for line in said.out.splitlines())
    assert run("explain", "SS012").out == f"SS012: {CODES['SS012']}\n"
    assert run("explain", "bad_tiem").err.rstrip().endswith('did you mean "bad_time"?')


def test_keys_init_makes_a_file_once(tmp_path: Path) -> None:
    said = run("keys", "init", f"file:{tmp_path / 'k'}")
    assert (said.code, said.err) == (0, "")
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    assert "export SCRUBBER_KEYSTORE=file:" in said.out
    assert run("keys", "init", f"file:{tmp_path / 'k'}").code == 2
    assert run("keys", "init", f"file:{tmp_path / 'no' / 'k'}").code == 2
    assert run("keys", "init", SCRUBBER_KEYSTORE=f"file:{tmp_path / 'k2'}").code == 0
    assert (tmp_path / "k2").exists()
