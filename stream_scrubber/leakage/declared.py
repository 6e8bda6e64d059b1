"""What a policy says of its clean fields: which form a scrubber's output has, and which fields are released.

The residual scan holds a field against its form instead of looking for personal data in it: a token looks like a
secret, and `203.0.0.0` like an address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from stream_scrubber.leakage.residual import ScannedField
from stream_scrubber.policy.load import Policy
from stream_scrubber.policy.rules import Chain
from stream_scrubber.selectors import Selector

ANYTHING = r"(?s:.*)"
"""The form of outputs that keep the form of what they stand for. Nothing can be said of them by looking."""


def scanned_fields(policy: Policy) -> tuple[ScannedField, ...]:
    """Every field that a rule releases, with its form where its last scrubber has one."""
    return tuple(ScannedField(rule.selector, form_of(rule.chain)) for rule in policy.rules if not rule.chain.drops)


def form_of(chain: Chain) -> str | None:
    """A pattern for the whole text; None for what may be any text, which is searched."""
    last = chain.scrubbers[-1]
    form = _FORMS.get(last.name)
    return None if form is None else form(last)


def released_fields(policy: Policy) -> tuple[Selector, ...]:
    """Fields that can be followed one by one: released, and named without wildcards."""
    return tuple(rule.selector for rule in policy.rules if not rule.chain.drops and rule.selector.literal)


def identifiers(policy: Policy) -> tuple[Selector, ...]:
    """Raw fields that are identifiers by what the policy does with them: the subject, and what becomes a pseudonym."""
    subjects = policy.leakage.subjects if policy.leakage else ()
    tokens = (rule.selector for rule in policy.rules if any(one.name in _TOKENS for one in rule.chain.scrubbers))
    return tuple(dict.fromkeys([*subjects, *(selector for selector in tokens if selector.literal)]))


_TOKENS = frozenset({"pseudonym", "encrypt", "seal"})


def _truncated(scrubber: Any) -> str:
    """Addresses whose last whole octets are 0. IPv6 is told by its colons."""
    octet = r"[0-9]{1,3}"
    kept = -(-scrubber.v4 // 8)
    v4 = r"\.".join([octet] * kept + ["0"] * (4 - kept))
    return rf"{v4}|[0-9a-f:]*::|[0-9a-f:]+:[0-9a-f:]+"


def _always(pattern: str) -> Callable[[Any], str]:
    return lambda _scrubber: pattern


_FORMS: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "pseudonym": _always(r"[a-z2-7]{24}"),
        "truncate_ip": _truncated,
        "crypto_pan": _always(r"[0-9.]{7,15}|[0-9a-f:]+"),
        "encrypt": _always(ANYTHING),
        "seal": _always(ANYTHING),
        "floor": _always(r"[0-9TZ:.+\- ]+|[^@]{0,40}"),
        "shift": _always(ANYTHING),
        "time_noise": _always(ANYTHING),
        "geohash": _always(r"[0-9b-hjkmnp-z]{1,12}"),
        "h3": _always(r"[0-9a-f]{15,16}"),
        "mac": _always(ANYTHING),
        "imei": _always(ANYTHING),
        "imsi": _always(ANYTHING),
        "msisdn": _always(ANYTHING),
    }
)
"""By scrubber. What is not here is searched by the independent detectors."""
