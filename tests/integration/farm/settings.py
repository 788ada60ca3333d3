"""`Settings`: how large a farm is. `Place`: where a master finds what it needs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

MASTERS = 2

BUILDERS_OF_WORKER = 20
SECRETS_OF_TEAM = 25
MOST_TEAMS = 200
STEPS = 5
"""Of a build."""


@dataclass(frozen=True)
class Settings:
    """A farm.

    :param library: whether its masters have our library, or Buildbot's own provider.
    :param builders: of all masters.
    :param steps_per_hour: of all masters.
    :param seconds: for which builds are requested.
    """

    library: bool
    builders: int
    secrets: int
    steps_per_hour: float
    seconds: float

    @property
    def teams(self) -> int:
        """How many there are; each has its own secrets, and may have no others."""
        return max(2, min(MOST_TEAMS, self.secrets // SECRETS_OF_TEAM, self.builders // 4))

    @property
    def pause(self) -> float:
        """Seconds from one build of a master to its next."""
        return 3600 * STEPS * MASTERS / self.steps_per_hour


@dataclass(frozen=True)
class Place:
    """Where one master finds what it needs, and writes what it has measured.

    :param number: of the master, from 0.
    :param basedir: of the master.
    :param secrets: the directory with secrets in files.
    :param database: the URL of Buildbot's database.
    :param store: the URL of the encrypted store.
    :param keys: the file with its keys.
    :param results: the file to write figures to.
    """

    number: int
    basedir: str
    secrets: str
    database: str
    store: str
    keys: str
    results: str


def to_json(settings: Settings, place: Place) -> str:
    """Return both as a text."""
    return json.dumps([asdict(settings), asdict(place)])


def from_json(text: str) -> tuple[Settings, Place]:
    """Return what `to_json` has made a text of."""
    settings, place = json.loads(text)
    return Settings(**settings), Place(**place)
