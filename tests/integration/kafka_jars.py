"""Apache Kafka as jars out of Maven Central, fetched once into a cache folder.

Rules:

- A folder of jars that exists is complete: Maven fills a folder of another name, which is renamed at the end,
  so two runs at once or one that was broken off leave no half of a Kafka behind.
- What is missing (Java, Maven, network) is `NoKafkaError` with a sentence for the tests' summary.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

KAFKA_VERSION = "4.3.1"
SLF4J_VERSION = "1.7.36"  # the binding has to match the slf4j-api that this Kafka brings
JAVA_NEEDED = 17
FETCH_SECONDS = 300

_POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>stream-scrubber</groupId><artifactId>kafka-lab</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>{SLF4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
"""


class NoKafkaError(Exception):
    """No real Kafka can be run here, and why."""


def cache() -> Path:
    """Where things fetched once are kept: STREAM_SCRUBBER_CACHE, or the user's cache folder."""
    chosen = os.environ.get("STREAM_SCRUBBER_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "stream-scrubber"


def fetch() -> Path:
    """The folder of jars, fetched by Maven if this cache has none yet."""
    _check_java()
    home = cache() / f"kafka-{KAFKA_VERSION}"
    if home.is_dir():
        return home
    if shutil.which("mvn") is None:
        raise NoKafkaError("Maven (mvn) is not installed and the cache holds no Kafka")
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        _run_maven(Path(scratch))
        try:
            (Path(scratch) / "libs").rename(home)
        except OSError:
            if not home.is_dir():  # otherwise another run was faster, and its jars are the same
                raise
    return home


def _check_java() -> None:
    if shutil.which("java") is None:
        raise NoKafkaError("Java is not installed")
    shown = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', shown)
    if version is None or int(version.group(1)) < JAVA_NEEDED:
        raise NoKafkaError(f"Java is older than {JAVA_NEEDED}")


def _run_maven(folder: Path) -> None:
    (folder / "pom.xml").write_text(_POM)
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder / 'libs'}"]
    try:
        subprocess.run(
            ["mvn", "-q", "-B", *goal], cwd=folder, capture_output=True, check=True, timeout=FETCH_SECONDS
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise NoKafkaError("Maven could not fetch Kafka's jars (no network?)") from None
