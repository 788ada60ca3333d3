"""A build of Buildbot, as far as it says for whom it runs and whether it has ended."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from buildbot.process.properties import Properties
from twisted.internet.defer import Deferred


class Stamp:
    """A source stamp; `category` is that of its only change, which arrived on the same branch."""

    def __init__(
        self,
        branch: str | None,
        project: str,
        repository: str = "",
        codebase: str = "",
        *,
        category: str | None = None,
        patch: object = None,
        revision: str | None = None,
        properties: dict[str, object] | None = None,
    ) -> None:
        self.ssid = 7
        self.branch, self.project, self.repository = branch, project, repository
        self.codebase, self.patch, self.revision = codebase, patch, revision
        self.changes: list[Any] = [
            SimpleNamespace(
                branch=branch,
                category=category,
                revision=revision,
                repository=repository,
                properties=properties or {},
            )
        ]


class FakeBuild:
    """A build, which renders with itself; it ends when `ending` fires."""

    buildid: int | None = 17
    number = 3
    workername = "worker"
    currentStep: Any = None
    stopped = _is_substantiating = False
    builder: Any = SimpleNamespace(
        name="linux", project_name="site", config=SimpleNamespace(tags=["release"])
    )
    master: Any = None
    stamps: tuple[Stamp, ...] = (Stamp("main", "app"),)
    requests: tuple[Any, ...] = ()

    def __init__(self) -> None:
        self.properties = Properties()
        self.finished = False
        self.ending: Deferred[None] = Deferred()

    def finish(self) -> Deferred[None]:
        self.finished = True
        return self.ending

    def getAllSourceStamps(self) -> Any:
        return self.stamps

    def getBuild(self) -> Any:
        return self

    def getProperties(self) -> Any:
        return self.properties
