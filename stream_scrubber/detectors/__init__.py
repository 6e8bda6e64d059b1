"""What to find in text. One family a file; `ALL` is the visible list.

Rules: a detector is a frozen dataclass with a name, a trigger, examples, and `build`. What happens to a find
is not its business (`scrubbers.text`). Order in `ALL` is rank: where spans overlap, the united span takes the
entity of the longest, and among equals of the detector that stands first: check digits before mere form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from stream_scrubber.detectors.base import Detector, Find, Span
from stream_scrubber.detectors.contact import Email, Phone
from stream_scrubber.detectors.device import Imei, Uuid
from stream_scrubber.detectors.names import Name, Organization, Place
from stream_scrubber.detectors.national import NATIONAL
from stream_scrubber.detectors.ner import Ner
from stream_scrubber.detectors.network import Ip, Mac, Url
from stream_scrubber.detectors.payment import Card, Iban, Wallet
from stream_scrubber.detectors.person import BirthDate, Coordinates, Handle
from stream_scrubber.detectors.plugins import loaded, plugged
from stream_scrubber.detectors.postal import Address, LicencePlate
from stream_scrubber.detectors.secrets import Secret, Token

STRUCTURED: tuple[type[Detector], ...] = (
    Url,
    Token,
    Secret,
    Email,
    Iban,
    Uuid,
    Wallet,
    Mac,
    Ip,
    Coordinates,
    BirthDate,
    Imei,
    *NATIONAL,
    Card,
    Phone,
    Handle,
)
"""Types with a form of their own: what the group `structured` stands for."""

SOFT: tuple[type[Detector], ...] = (Address, LicencePlate, Name, Organization, Place)
"""Types that lists and the words around them carry only so far: the group `gazetteer`."""

MODELS: tuple[type[Detector], ...] = (Ner,)
"""What needs an extra: each is built only where a policy names it."""

ALL: tuple[type[Detector], ...] = (*STRUCTURED, *SOFT, *MODELS)

BY_NAME: Mapping[str, type[Detector]] = MappingProxyType({detector.name: detector for detector in ALL})
"""The detector of each name that a policy may write under `find`."""

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "national_id": tuple(detector.name for detector in NATIONAL),
        "structured": tuple(detector.name for detector in STRUCTURED),
        "gazetteer": tuple(detector.name for detector in SOFT),
    }
)
"""Names that stand for several detectors."""



def known() -> tuple[str, ...]:
    """Every name that a policy may write under `find`: groups, detectors, and those of installed packages."""
    return (*GROUPS, *BY_NAME, *(name for name in plugged() if name not in BY_NAME and name not in GROUPS))


def made(names: Iterable[str]) -> tuple[Detector, ...]:
    """The detectors that `names` stand for, in their rank. Raises KeyError for a name that is not known."""
    wanted = dict.fromkeys(each for name in names for each in GROUPS.get(name, (name,)))
    own = {name: kind() for name, kind in BY_NAME.items() if wanted.pop(name, wanted) is None}
    return (*own.values(), *(loaded(name) for name in wanted))


__all__ = ["ALL", "BY_NAME", "GROUPS", "STRUCTURED", "Detector", "Find", "Span", "known", "made"]
