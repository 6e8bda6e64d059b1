"""The one place that decides whether a record's epoch still has a key, or may get one."""

from __future__ import annotations

from dataclasses import dataclass

from stream_scrubber.errors import KeystoreError
from stream_scrubber.keys.base import Closed, Keystore
from stream_scrubber.keys.epochs import Epoch, EpochRule


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of one realm. `every_epoch_open` is for `scrub` and `--backfill`, where past epochs get keys too."""

    store: Keystore
    realm: str
    rule: EpochRule
    every_epoch_open: bool = False

    def __post_init__(self) -> None:
        if self.rule.length and self.store.read_only:
            raise KeystoreError(
                f"{self.store!r} is read-only: it can neither make nor destroy the keys that `epoch:` needs. "
                "Use file: or vault:, or leave `epoch:` out and say how such pseudonyms turn"
            )

    def key(self, epoch: Epoch, now: int | None) -> bytes | None:
        """The key of an epoch, or None: then its records are the dead letter `epoch_closed`.

        A key that is there serves, however late: destroying it is somebody's decision, not the clock's. A key that
        is not there is made while the epoch runs or overlaps, unless the epoch ended before the store was made.
        Without `now` nothing counts as late.
        """
        key = self.store.get(self.realm, epoch.name)
        if key is None and self._may_make(epoch, now):
            key = self.store.make(self.realm, epoch.name)
        return None if isinstance(key, Closed) else key

    def _may_make(self, epoch: Epoch, now: int | None) -> bool:
        if self.every_epoch_open:
            return True
        if epoch.end <= self.store.created:
            return False
        return now is None or now < epoch.end + self.rule.overlap
