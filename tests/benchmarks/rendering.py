"""Compares how fast steps render secrets in files with Buildbot's own support.

Run ``python -m tests.benchmarks.rendering`` at the top of the repository. A step of a real build
renders a ``Secret`` and an ``Interpolate`` with a secret again and again, one after the other and
many at once: with Buildbot's own provider and classes, on a master without a keychain, and with
ours, with a policy, an audit trail in a file, metrics and all that is hidden. Each master runs in a
process of its own, and in that of Buildbot's own nothing of ours is imported that replaces parts of
Buildbot. What is printed is the processor time of one, in all threads of the process and until the
events are written: the least of some turns. It fails where ours is slower.

What a build is given for the first time, which is decided, noted and hidden, has lines of its own:
the very first secret, and all renderings of a build with 1, 5 and 20 secrets, of which each is in
the environment of its ten steps. Buildbot reads files when it is configured, and then only looks
into a dictionary. The last lines are of those builds as a whole, from the request to the end.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from buildbot.config.builder import BuilderConfig
from buildbot.plugins import secrets as buildbot_secrets
from buildbot.plugins import util as buildbot_util
from buildbot.process.buildstep import BuildStep
from buildbot.process.factory import BuildFactory
from buildbot.process.results import SUCCESS
from twisted.internet.defer import Deferred, gatherResults, inlineCallbacks
from twisted.internet.task import react

from tests.support.ending import end_process
from tests.support.real_master import BUILDER_NAME, WORKER_NAME, RealMaster, write_secret

TIMES = 1000
TURNS = 2
NAMES = 20
BUILDS = 2

BUILDBOT, KEYCHAIN = "buildbot", "keychain"
FIRST = "Secret, first in a build"
OF_A_BUILD = (1, 5, 20)
"""Secrets of builds that are measured as a whole."""
STEPS = 10
WHOLE = 3
"""Builds of each kind, of which the first reads the files."""

_AGAIN = [
    f"{name}, {how}" for name in ("Secret", "Interpolate") for how in ("one by one", "at once")
]
"""What is rendered again in a build."""

_TIMEOUT = 600.0  # seconds


class Renders(BuildStep):
    """Renders, and notes the processor time of one renderable in seconds."""

    def __init__(self, kind: Any, found: dict[str, float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind
        self.found = found

    @inlineCallbacks
    def run(self) -> Any:
        names = [f"secret-{number % NAMES}" for number in range(TIMES)]
        kinds = {
            "Secret": [self.kind.Secret(name) for name in names],
            "Interpolate": [self.kind.Interpolate(f"a %(secret:{name})s b") for name in names],
        }
        yield self._one_by_one(FIRST, kinds["Secret"][:NAMES])
        for name, renderables in kinds.items():
            for _ in range(TURNS):
                yield self._one_by_one(f"{name}, one by one", renderables)
                began = time.process_time()
                yield gatherResults([self.build.render(each) for each in renderables])
                self._note(f"{name}, at once", began, TIMES)
        return SUCCESS

    @inlineCallbacks
    def _one_by_one(self, what: str, renderables: list[Any]) -> Any:
        began = time.process_time()
        for renderable in renderables:
            yield self.build.render(renderable)
        self._note(what, began, len(renderables))

    def _note(self, what: str, began: float, times: int) -> None:
        keychain = getattr(self.master, "buildbot_keychain", None)
        while keychain is not None and any(sink.waiting for sink in keychain.audit.states):
            time.sleep(0.01)
        took = (time.process_time() - began) / times
        self.found[what] = min(took, self.found.get(what, took))


class RendersItsEnvironment(BuildStep):
    """A step of a build with some secrets: renders each of them once, as its environment."""

    def __init__(self, kind: Any, found: dict[str, float], secrets: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind
        self.found = found
        self.secrets = secrets

    @inlineCallbacks
    def run(self) -> Any:
        names = [f"secret-{number}" for number in range(self.secrets)]
        environment = {name: self.kind.Interpolate(f"a %(secret:{name})s b") for name in names}
        began = time.process_time()
        yield self.build.render(environment)
        took = time.process_time() - began
        build: Any = self.build
        taken = vars(build).setdefault("benchmark_took", [])
        taken.append(took)
        if len(taken) == STEPS:
            for what, seconds in (("first step", taken[0]), ("all steps", sum(taken))):
                line = f"{what}, {self.secrets} secrets"
                self.found[line] = min(seconds, self.found.get(line, seconds))
        return SUCCESS


def _name_of(secrets: int) -> str:
    return f"environment-{secrets}"


async def measure(
    directory: Path, provider: Any, kind: Any, of_a_build: Sequence[int]
) -> dict[str, float]:
    """Return the processor time of each way to render, in seconds.

    :param of_a_build: the numbers of secrets of builds that are measured as a whole.
    """
    found: dict[str, float] = {}
    factory = BuildFactory([Renders(kind, found)])
    builders = [BuilderConfig(BUILDER_NAME, workernames=[WORKER_NAME], factory=factory)]
    for secrets in of_a_build:
        steps = [RendersItsEnvironment(kind, found, secrets) for _ in range(STEPS)]
        name, factory = _name_of(secrets), BuildFactory(steps)
        builders.append(BuilderConfig(name, workernames=[WORKER_NAME], factory=factory))
    config = {"builders": builders, "secretsProviders": [provider]}
    master = RealMaster(directory, config, "null")
    await master.start()
    for _ in range(BUILDS):
        build = await master.build()
        if build.result != "success":
            raise RuntimeError(build.outline())
    for secrets in of_a_build:
        for number in range(WHOLE):
            began = time.process_time(), time.perf_counter()
            build = await master.build(_name_of(secrets))
            if build.result != "success":
                raise RuntimeError(build.outline())
            if number:
                ends = time.process_time(), time.perf_counter()
                for what, start, end in zip(("processor", "wall"), began, ends, strict=True):
                    line = f"build, {secrets} secrets, {what}"
                    found[line] = min(end - start, found.get(line, end - start))
    return found


def _support(variant: str, files: str, audit: Path, others: Sequence[str] = ()) -> tuple[Any, Any]:
    """Return the provider of a master, and where its steps find the classes to render.

    :param others: the names of its other builders.
    """
    if variant == BUILDBOT:
        return buildbot_secrets.SecretInAFile(files), buildbot_util
    # Whatever is configured in a process that imports this has a keychain.
    from buildbot_keychain.plugins import secrets, util  # noqa: PLC0415

    manager = secrets.SecretManager(
        providers=[secrets.SecretInAFile(name="files", dirname=files)],
        policy=[
            secrets.Allow("secret-*", schedulers=["force"], outside=True),
            secrets.Allow("secret-*", builders=[BUILDER_NAME, *others], outside=True),
            secrets.Allow("secret-*", forced=True),
        ],
        audit=[secrets.AuditToFile(audit)],
    )
    return manager, util


def measured_in_process(variant: str, files: Path, of_a_build: Sequence[int]) -> dict[str, float]:
    """Return what `measure` finds, in a process of its own."""
    command = [sys.executable, "-m", __spec__.name, variant, str(files), *map(str, of_a_build)]
    top = Path(__file__).parents[2]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=_TIMEOUT, cwd=top)
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def compare(files: Path, of_a_build: Sequence[int] = ()) -> dict[str, tuple[float, float]]:
    """Return what it takes with Buildbot's own support, and with ours; see `measure`."""
    for number in range(NAMES):
        write_secret(files / f"secret-{number}", f"value-{number}-8fK2vQ")
    own, ours = (
        measured_in_process(variant, files, of_a_build) for variant in (BUILDBOT, KEYCHAIN)
    )
    return {what: (own[what], ours[what]) for what in own}


def slower_than_buildbots_own(found: dict[str, tuple[float, float]]) -> list[str]:
    """Return in what ours is slower, of what `compare` has found."""
    return [what for what, (own, ours) in found.items() if ours > own and what in _AGAIN]


def main(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        if arguments:
            variant, files, *numbers = arguments
            of_a_build = [int(number) for number in numbers]

            async def serve(_reactor: Any) -> None:
                names = [_name_of(secrets) for secrets in of_a_build]
                support = _support(variant, files, Path(directory) / "audit.jsonl", names)
                found = await measure(Path(directory), *support, of_a_build)
                print(json.dumps(found), flush=True)
                end_process(Path(directory))

            react(lambda reactor: Deferred.fromCoroutine(serve(reactor)))
        found = compare(Path(directory) / "secrets", OF_A_BUILD)
        for what, (own, ours) in found.items():
            ratio = f"{own / ours:6.2f} times as fast"
            print(f"{what:28} {own * 1e6:9.1f} µs {ours * 1e6:9.1f} µs {ratio}")
        if slower := slower_than_buildbots_own(found):
            sys.exit(f"slower than Buildbot's own: {'; '.join(slower)}")


if __name__ == "__main__":
    main(sys.argv[1:])
