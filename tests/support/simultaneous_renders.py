"""Builds of a real master that all render the same secrets at the same moment.

The provider answers when every rendering waits for it, so that what it is asked does not depend on
how fast the machine is. There are a policy, an audit trail and a redactor.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.process.buildstep import BuildStep
from buildbot.process.factory import BuildFactory
from buildbot.process.results import FAILURE, SUCCESS
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import LoopingCall
from zope.interface import implementer

from buildbot_keychain.audit import AuditToFile
from buildbot_keychain.buildbot import MasterKeychain
from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.plugins import secrets, util
from tests.support.real_master import WORKER_NAME, RealMaster

LOOK = 0.01
"""Seconds between looks at how many renderings wait."""

DEADLINE = 3000.0
"""Seconds that a lookup may take: until the last of all waits."""


@implementer(ICanonicalNames)
class HeldProvider:
    """Answers when it is told to.

    :ivar asked: what it was asked for.
    """

    def __init__(self, name: str, values: dict[str, str]) -> None:
        self.name = name
        self.values = values
        self.asked: list[str] = []
        self._held: list[tuple[str, Deferred[str]]] = []

    def get(self, path: str) -> Deferred[str]:
        self.asked.append(path)
        self._held.append((path, Deferred()))
        return self._held[-1][1]

    def canonical(self, path: str) -> str:
        return path

    def answer(self) -> None:
        """Answer all that it was asked."""
        held, self._held = self._held, []
        for path, waiting in held:
            waiting.callback(self.values[path])


class RendersAtOnce(BuildStep):
    """Renders secrets when all others are ready to; succeeds if all have their own values."""

    def __init__(self, renders: SimultaneousRenders, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.renders = renders

    def run(self) -> Deferred[int]:
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> int:
        await self.renders.ready()
        values = self.renders.provider.values
        rendered = await gatherResults([self.build.render(util.Secret(name)) for name in values])
        audience = MasterKeychain.of(self.master).audiences.of_build(self.build)
        shown = audience.redact("\n".join(rendered))
        is_hidden = shown == "\n".join(f"<{name}>" for name in values)
        return int(SUCCESS if rendered == list(values.values()) and is_hidden else FAILURE)


class SimultaneousRenders:
    """So many builds, each of which renders so many names.

    :param audit: the file of the audit trail.
    :ivar config: the configuration of the master.
    """

    def __init__(self, builds: int, names: int, audit: Path) -> None:
        values = {f"n{n}": f"value-{sha256(b'%d' % n).hexdigest()[:24]}" for n in range(names)}
        self.provider = HeldProvider("held", values)
        self.builders = [f"b{number}" for number in range(builds)]
        self._ready: list[Deferred[None]] = []
        factory = BuildFactory([RendersAtOnce(self)])
        rules = [secrets.Allow("n*", builders=["b*"], outside=outside) for outside in (True, False)]
        manager = secrets.SecretManager(
            providers=[self.provider],
            policy=rules,
            audit=[AuditToFile(audit)],
            deadline=DEADLINE,
        )
        self.config: dict[str, Any] = {
            "builders": [
                BuilderConfig(name, workernames=[WORKER_NAME], factory=factory)
                for name in self.builders
            ],
            "secretsProviders": [manager],
        }

    def ready(self) -> Deferred[None]:
        """Return a Deferred that fires when all builds are ready."""
        waiting: Deferred[None] = Deferred()
        self._ready.append(waiting)
        if len(self._ready) == len(self.builders):
            ready, self._ready = self._ready, []
            for each in ready:
                each.callback(None)
        return waiting

    async def run(self, master: RealMaster) -> Sequence[str]:
        """Run a build of each builder; return their results."""
        keychain = MasterKeychain.of(master.master)
        renderings = len(self.builders) * len(self.provider.values)
        before = len(self.provider.asked)
        joined = keychain.provider_states["held"].joined

        def look() -> None:
            state = keychain.provider_states["held"]
            waiting = len(self.provider.asked) - before + state.joined - joined
            if waiting >= renderings:
                looking.stop()
                self.provider.answer()

        looking = LoopingCall(look)
        looking.clock = master.master.reactor
        looked = looking.start(LOOK)
        builds = [Deferred.fromCoroutine(master.build(name)) for name in self.builders]
        finished = await gatherResults(builds)
        await looked
        return [build.result for build in finished]
