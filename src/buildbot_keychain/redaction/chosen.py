"""Values that somebody chose who was not given all secrets of the readers.

A build that triggers another one lends it what it has declared to be secret. That may be made of
what the other build prints before a secret of its own, and of a guess of that secret: if the guess
is right, the value stands in the log. So all that its chooser does not know is hidden first, and
the value is looked for in what is shown then. Whoever reads that could have looked for it as well,
so the log tells them nothing new, be the guess right or wrong.

What its chooser knows may be a part of the value, and is hidden along with it. Where several have
chosen values for the same readers, those come last whose choosers know least.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from buildbot_keychain.secretive import secretive

from .matching.pattern import ANONYMOUS
from .output.writer import Run, unite

__all__ = ["Unknown"]


@secretive
class Unknown:
    """The secrets that a chooser does not know."""

    def __init__(self, keys: Sequence[str | None], known: AbstractSet[str]) -> None:
        """Take by what each secret (its index) is given, and the live set of what is known."""
        self._keys = keys
        self._known = known

    def __contains__(self, secret: int) -> bool:
        """Return whether a secret (its index) was not given to the chooser."""
        return self._keys[secret % ANONYMOUS] not in self._known

    def runs(self, covers: Iterable[Run], end: int) -> list[Run]:
        """Return what is to be hidden first, united: what is unknown, with all that overlaps it.

        What reaches over the end of what is looked at may overlap something there.
        """
        covers = list(covers)
        unknown = sorted(start for start, _, secret in covers if secret in self)
        return [
            run
            for run in unite(covers)
            if run[1] > end
            or bisect.bisect_left(unknown, run[0]) < bisect.bisect_left(unknown, run[1])
        ]
