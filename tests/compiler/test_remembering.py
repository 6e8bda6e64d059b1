"""What repeats is remembered, within bounds, and never changes what an action gives."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stream_scrubber.compiler.remembering import LONGEST, remembering
from stream_scrubber.errors import Mismatch


def counted(calls: list[Any]) -> Any:
    def action(value: Any) -> Any:
        calls.append(value)
        if value == "bad":
            raise Mismatch("type")
        return None if value == "nobody" else f"<{value!r}>"

    return action


values = st.one_of(st.text(max_size=3), st.integers(-1, 2), st.booleans(), st.sampled_from(["nobody", 1.0, "x" * 200]))


@given(st.lists(values, max_size=60))
def test_a_remembering_action_gives_what_the_action_gives(asked: list[Any]) -> None:
    plain, fast = counted([]), remembering(counted([]), capacity=4)
    assert [plain(value) for value in asked] == [fast(value) for value in asked]


def test_equal_keys_of_a_dict_are_not_equal_values() -> None:
    fast = remembering(counted([]))
    assert [fast("1"), fast(1), fast(1.0), fast(True)] == ["<'1'>", "<1>", "<1.0>", "<True>"]


def test_null_is_remembered_and_a_mismatch_is_not() -> None:
    calls: list[Any] = []
    fast = remembering(counted(calls))
    assert fast("nobody") is fast("nobody") is None
    for _ in range(2):
        try:
            fast("bad")
        except Mismatch as mismatch:
            calls.append(mismatch.code)
    assert calls == ["nobody", "bad", "type", "bad", "type"]


def test_long_strings_are_not_kept_whatever_their_number() -> None:
    calls: list[Any] = []
    fast = remembering(counted(calls))
    long = "x" * (LONGEST + 1)
    fast(long)
    fast(long)
    assert len(calls) == 2


def test_values_that_never_come_again_end_the_remembering() -> None:
    calls: list[Any] = []
    fast = remembering(counted(calls), capacity=8)
    for number in range(8):
        fast(str(number))
    fast("again")
    fast("again")
    assert calls[-2:] == ["again", "again"]
