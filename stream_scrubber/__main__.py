"""``python -m stream_scrubber`` is ``stream-scrubber``."""

from __future__ import annotations

import sys

from stream_scrubber.cli import main

if __name__ == "__main__":
    sys.exit(main())
