"""A build of Buildbot, as far as it says for whom it runs and whether it has ended."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred


class Stamp:
    def __init__(self, branch: str | None, project: str) -> None:
        self.branch, self.project = branch, project


class FakeBuild:
    """A build, which renders with itself; it ends when `ending` fires."""

    buildid: int | None = 17
    number = 3
    workername = "worker"
    builder = type("Builder", (), {"name": "linux"})
    stamps: tuple[Stamp, ...] = (Stamp("main", "app"),)

    def __init__(self) -> None:
        self.finished = False
        self.ending: Deferred[None] = Deferred()

    def finish(self) -> Deferred[None]:
        self.finished = True
        return self.ending

    def getAllSourceStamps(self) -> Any:
        return self.stamps

    def getBuild(self) -> Any:
        return self
