"""Every way by which a secret gets out of a build, one builder each.

A channel is a function that adds steps to its own builder. It is given a `Kit`, which knows the
channel's canary and gives the renderables that stand for it. Where the channel's use of the secret
can be checked, it is: a step that got anything but the true value fails, and so does the test.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from buildbot.plugins import util

from tests.integration.leaks.canaries import Canary, plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODULES = ("commands", "output", "forms", "states", "stored", "failures", "twistd", "sources")

PYTHON = [sys.executable, "-ISc"]

# A command can say what a worker logs in its place; work on files cannot.
PATHS = {"worker's twistd.log": "the worker logs the paths that it works on"}


@dataclass(frozen=True)
class Channel:
    """One way out: its name, how its canary is made, what its builder does, how the build ends.

    A channel is `alone` in its builder if its build ends early. `inherent` names the sinks into
    which the channel puts the secret by its very purpose (a file that was asked for), with the
    reason.
    """

    name: str
    make_canary: Callable[[str, str], Canary] = field(repr=False)
    add_steps: Callable[[Kit], None] = field(repr=False)
    result: str = "success"
    alone: bool = False
    inherent: dict[str, str] = field(default_factory=dict)

    def canary(self, seed: str) -> Canary:
        """Return the secret of this channel in the run that `seed` stands for."""
        return self.make_canary(self.name, seed)


class Kit:
    """What a channel builds with: `secret` and `text` are the renderables of the tested library."""

    def __init__(self, canary: Canary, util_module: Any, payloads: Path, settings: Any) -> None:
        self.canary = canary
        self.settings = settings
        self.factory = util.BuildFactory()
        self.builder_options: dict[str, Any] = {}
        self.schedulers: list[Any] = []
        self.more_builders: list[Any] = []
        self._util = util_module
        self._payloads = payloads

    @property
    def secret(self) -> Any:
        """The secret itself, as ``util.Secret``."""
        return self._util.Secret(self.canary.secret_name)

    def other_secret(self, name: str) -> Any:
        """A secret by another name."""
        return self._util.Secret(name)

    def text(self, form: str) -> Any:
        """A text with the secret in place of each ``{}``, as ``util.Interpolate``."""
        return self._util.Interpolate(form.replace("{}", f"%(secret:{self.canary.secret_name})s"))

    @property
    def read(self) -> Any:
        """A renderable that reads the secret, shows it nowhere and is true: for ``doStepIf``."""
        secret = self.secret

        @util.renderer
        async def read(properties: Any) -> bool:
            return bool(await properties.render(secret))

        return read

    def payload(self, content: str | bytes, name: str = "payload") -> str:
        """Write a file, beforehand and on the worker's machine; return its path."""
        path = self._payloads / f"{self.canary.secret_name}.{name}"
        path.touch(mode=0o600)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def add(self, step: Any) -> None:
        """Add a step to the channel's builder."""
        self.factory.addStep(step)


def all_channels() -> list[Channel]:
    """Return every channel, those that wait longest first."""
    channels: list[Channel] = []
    for name in MODULES:
        channels += importlib.import_module(f"{__name__}.{name}").CHANNELS
    names = [channel.name for channel in channels]
    assert len(names) == len(set(names)), "two channels have one name"
    return channels


class ChannelTable(list[Channel]):
    """A list of channels, filled by decorating the functions that build them."""

    def __call__(
        self, name: str, make_canary: Callable[[str, str], Canary] = plain, **more: Any
    ) -> Callable[[Callable[[Kit], None]], Callable[[Kit], None]]:
        def add(add_steps: Callable[[Kit], None]) -> Callable[[Kit], None]:
            self.append(Channel(name, make_canary, add_steps, **more))
            return add_steps

        return add
