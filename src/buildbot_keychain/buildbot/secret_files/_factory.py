"""`BuildFactory`: Buildbot's, with a ``withSecrets`` whose files do not stay.

Used like Buildbot's::

    with f.withSecrets([("netrc", util.Interpolate("machine m password %(secret:token)s"))]):
        f.addStep(steps.ShellCommand(command=["curl", "--netrc-file", "netrc", "https://m/"]))

    f.addSteps([...], withSecrets=[("netrc", ...)])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from buildbot import config
from buildbot.process import factory

from buildbot_keychain.buildbot._call_site import call_site
from buildbot_keychain.buildbot.secret_files._blocks import Block, check_overlap, parse_block
from buildbot_keychain.buildbot.secret_files._build import SecretFilesBuild
from buildbot_keychain.buildbot.secret_files._steps import RemoveSecretFiles, WriteSecretFiles
from buildbot_keychain.errors import ConfigurationError

Secrets = Iterable[tuple[object, object]]


class BuildFactory(factory.BuildFactory):
    """A list of steps for Buildbot's builders.

    :param steps: the first steps.
    """

    buildClass = SecretFilesBuild

    def __init__(self, steps: Iterable[Any] | None = None) -> None:
        self._open_blocks: list[Block] = []
        self._not_entered: list[str] = []
        super().__init__(steps)

    def withSecrets(self, secrets: Secrets) -> AbstractContextManager[BuildFactory]:
        """Have files there for the steps that are added inside the ``with``, and for no other.

        :param secrets: a list of (path, content) pairs. A path is a `str` or a renderable,
            relative to the working directory of the steps or absolute; a content is a renderable,
            a `str`, which is written as UTF-8, or `bytes`. Each file is readable by the worker's
            user alone. Missing directories are made, and removed again. A file that exists already
            is not overwritten: the build fails and says so.
        :raise buildbot.config.ConfigErrors: for anything else.
        """
        site = call_site()
        self._not_entered.append(site)
        return self._files_of(self._parse(secrets), site)

    @property
    def misused_blocks(self) -> tuple[str, ...]:
        """Return where `withSecrets` was called without ``with``, which does nothing."""
        return tuple(self._not_entered)

    @contextmanager
    def _files_of(self, block: Block | None, site: str) -> Iterator[BuildFactory]:
        self._not_entered.remove(site)
        if block is None:
            yield self
            return
        self.addStep(WriteSecretFiles(block))
        self._open_blocks.append(block)
        try:
            yield self
        finally:
            self._open_blocks.remove(block)
            self.addStep(RemoveSecretFiles(block))

    def addSteps(self, steps: Iterable[Any], withSecrets: Secrets | None = None) -> None:
        """Add steps, with files there for them if `withSecrets` is given (see there)."""
        with self.withSecrets(withSecrets or []):
            for step in steps:
                self.addStep(step)

    def _parse(self, secrets: Secrets) -> Block | None:
        try:
            block = parse_block(secrets)
            for outer in self._open_blocks:
                check_overlap(block, outer)
        except ConfigurationError as error:
            config.error(f"{error} ({call_site()})")
            return None
        return block if block.files else None


def block_problems(configuration: Any) -> Iterator[str]:
    """Yield a sentence for each `withSecrets` whose files no step would have.

    :param configuration: Buildbot's ``MasterConfig``, loaded.
    """
    for builder in configuration.builders:
        for site in getattr(builder.factory, "misused_blocks", ()):
            yield (
                f"builder {builder.name!r}: withSecrets does nothing without 'with': write "
                f"'with f.withSecrets([...]):' before the steps, or addSteps([...], "
                f"withSecrets=[...]) ({site})"
            )
