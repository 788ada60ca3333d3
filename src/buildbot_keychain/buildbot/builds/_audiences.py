"""`Audiences`: who reads the texts of a build, as far as redaction must know.

Whoever reads a build's logs and states may be somebody who makes it print guesses. So what is
hidden there depends on what that build was given. Of every other text, and wherever the build is
unknown, the readers are `Audiences.nobody`, to whom no secret was given: in those, only what nobody
could guess is hidden.
"""

from __future__ import annotations

from typing import Any

from buildbot_keychain.buildbot.builds._given import GivenSecrets
from buildbot_keychain.latest import Latest
from buildbot_keychain.redaction import Audience, Redactor

_KEPT = 200
"""Audiences that are kept at hand; another one is made when it is needed."""


class Audiences:
    """The audiences of one master's texts.

    :ivar nobody: readers to whom nothing was given.
    """

    def __init__(self, redactor: Redactor, given: GivenSecrets) -> None:
        self._redactor = redactor
        self._given = given
        self._of_id: Latest[int, Audience] = Latest(_KEPT)
        self.nobody = redactor.seen_by(frozenset())

    def of_build(self, build: Any) -> Audience:
        """Return the readers of the texts of Buildbot's `build`; nobody for ``None``."""
        if build is None:
            return self.nobody
        if build.buildid is None:
            return self._redactor.seen_by(self._given.of_build(build))
        return self.of_buildid(build.buildid)

    def of_buildid(self, buildid: int | None) -> Audience:
        """Return the readers of the texts of the build with this id; nobody for ``None``."""
        if buildid is None:
            return self.nobody
        audience = self._of_id.get(buildid)
        if audience is None:
            audience = self._redactor.seen_by(self._given.of_buildid(buildid))
        self._of_id[buildid] = audience
        return audience

    def rest(self, buildid: int | None) -> None:
        """Keep what was given to a build that has ended, but nothing compiled of it."""
        audience = None if buildid is None else self._of_id.get(buildid)
        if audience is not None:
            audience.rest()
