"""What one topic family becomes, as data: model, loading, lint, schema."""

from stream_scrubber.policy.load import Policy
from stream_scrubber.policy.mistakes import Mistake, Severity

__all__ = ["Mistake", "Policy", "Severity"]
