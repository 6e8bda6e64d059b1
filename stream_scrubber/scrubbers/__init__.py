"""The catalogue. `ALL` is the list of scrubbers; policy language, JSON Schema, docs and example tests come
from it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from stream_scrubber.scrubbers.base import Scrubber
from stream_scrubber.scrubbers.browsers import ClientHints, UserAgent
from stream_scrubber.scrubbers.crypto_pan import CryptoPan
from stream_scrubber.scrubbers.devices import Imei, Imsi, Mac, Msisdn
from stream_scrubber.scrubbers.fingerprints import Fingerprint
from stream_scrubber.scrubbers.identifiers import Pseudonym
from stream_scrubber.scrubbers.network import TruncateIp
from stream_scrubber.scrubbers.numbers import Bucket, Clamp, Noise, Round, SignificantDigits
from stream_scrubber.scrubbers.passing import Drop, Keep, OneOf
from stream_scrubber.scrubbers.place import H3, Geohash, Grid, PlanarLaplace
from stream_scrubber.scrubbers.sealing import Encrypt, Seal
from stream_scrubber.scrubbers.sets import Lookup, SampleItems, TopItems
from stream_scrubber.scrubbers.text import FirstChars, MaskText
from stream_scrubber.scrubbers.time import Floor, Shift, TimeNoise
from stream_scrubber.scrubbers.urls import Url

ALL: tuple[type[Scrubber], ...] = (
    Keep,
    OneOf,
    Drop,
    # time
    Floor,
    Shift,
    TimeNoise,
    # place
    Geohash,
    Grid,
    H3,
    PlanarLaplace,
    # network
    TruncateIp,
    CryptoPan,
    Url,
    # devices
    UserAgent,
    ClientHints,
    Fingerprint,
    Mac,
    Imei,
    Imsi,
    Msisdn,
    # identifiers
    Pseudonym,
    Encrypt,
    Seal,
    # numbers
    Round,
    Bucket,
    SignificantDigits,
    Clamp,
    Noise,
    # sets
    Lookup,
    SampleItems,
    TopItems,
    # text
    FirstChars,
    MaskText,
)
"""Every scrubber, in the order of the docs."""

BY_NAME: Mapping[str, type[Scrubber]] = MappingProxyType({scrubber.name: scrubber for scrubber in ALL})


def make(name: str, parameters: Any = None) -> Scrubber:
    """The scrubber that `{name: parameters}` says: a mapping names parameters, a bare scalar or list is the
    first.

    Raises KeyError for an unknown name and `pydantic.ValidationError` for parameters that do not fit.
    """
    from dataclasses import fields

    from pydantic import TypeAdapter

    kind = BY_NAME[name]
    given: Mapping[Any, Any]
    if parameters is None:
        given = {}
    elif isinstance(parameters, Mapping):
        given = parameters
    else:
        first = fields(kind)[0].name if fields(kind) else name  # type: ignore[arg-type]
        given = {first: parameters}
    return TypeAdapter(kind).validate_python(given)
