"""`Notes`: a step that notes what it is given, for tests that look at it afterwards."""

from __future__ import annotations

from typing import Any, ClassVar

from buildbot.process.buildstep import BuildStep
from buildbot.process.results import SUCCESS


class Notes(BuildStep):
    """Notes what it is given.

    :cvar noted: by all of them; a test patches it, so that it begins with nothing.
    """

    renderables = ("given",)
    noted: ClassVar[list[Any]] = []

    def __init__(self, given: Any, **options: Any) -> None:
        super().__init__(**options)
        self.given = given

    def run(self) -> int:
        self.noted.append(self.given)
        return int(SUCCESS)
