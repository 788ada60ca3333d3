"""Executes a configuration as Buildbot does, in this process, without a master.

What the configuration prints goes to standard error. The text of an error that it raises is
dropped, as it may hold values. What it logs may hold some, too: `drop_logs` keeps Twisted from
printing it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildbot import version
from buildbot.config import errors as buildbot_errors
from buildbot.config import master as buildbot_config
from buildbot.scripts import base as buildbot_scripts
from twisted.logger import globalLogBeginner

from buildbot_keychain.errors import ConfigurationError, ConfigurationWarning
from buildbot_keychain.versions import UnfitBuildbotError


class UnfitError(ConfigurationError):
    """This library refuses the installed Buildbot.

    :ivar sentences: what it would not do there, and why.
    """

    def __init__(self, file: Path, sentences: tuple[str, ...]) -> None:
        self.sentences = sentences
        super().__init__(
            f"{file} is refused, as buildbot-keychain does not fit Buildbot {version}: "
            f"{'; '.join(sentences)}"
        )


@dataclass
class Loaded:
    """A configuration that has been executed, and read as far as that was possible.

    :param file: its path.
    :param basedir: the master's directory.
    :param config: Buildbot's ``MasterConfig``; what is wrong is missing in it.
    :param errors: why Buildbot refuses it; none if it does not.
    :param warnings: what this library warns of.
    """

    file: Path
    basedir: Path
    config: Any
    errors: list[str]
    warnings: list[str]


def find(path: str) -> tuple[Path, Path]:
    """Return the directory of a master, and the file of its configuration.

    :param path: the file, or the directory, whose ``buildbot.tac`` is executed.
    :raise ConfigurationError: if there is no such file.
    """
    file = Path(path).absolute()
    basedir = file.parent
    if file.is_dir():
        basedir, file = file, _configuration_of(file)
    if not file.is_file():
        raise ConfigurationError(
            f"{file if file.parent == basedir else path} is not a file: --config needs the path of "
            "a master.cfg, or of the directory of a master"
        )
    return basedir, file


def execute(basedir: Path, file: Path) -> dict[str, Any]:
    """Return the ``BuildmasterConfig`` of a configuration.

    :raise UnfitError: if it imports this library, and that does not fit Buildbot.
    :raise ConfigurationError: if it fails; the message does not quote its error.
    """
    with _quietly(basedir):
        try:
            _, entries = buildbot_config.loadConfigDict(str(basedir), str(file))
        except Exception as error:  # a configuration is a program, and may raise anything
            if isinstance(error.__context__, UnfitBuildbotError):
                raise UnfitError(file, error.__context__.sentences) from error
            raise ConfigurationError(
                f"{file} fails with {_kind_of(error, file)}: run buildbot checkconfig to see why"
            ) from error
    return dict(entries)


def load(basedir: Path, file: Path) -> Loaded:
    """Return a configuration as a master would have it, with what is wrong.

    :raise ConfigurationError: if it cannot be executed.
    """
    read: list[Any] = []

    class Kept(buildbot_config.MasterConfig):  # type: ignore[misc]
        """Is there also where Buildbot raises an error instead of returning it."""

        def __init__(self) -> None:
            super().__init__()
            read.append(self)

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with buildbot_errors.capture_config_errors() as errors:
            entries = execute(basedir, file)
        found = list(errors.errors)
        with _quietly(basedir):
            try:
                Kept.loadFromDict(entries, str(file))
            except buildbot_errors.ConfigErrors as error:
                found += error.errors
            except Exception as error:  # noqa: BLE001 - what it is made of may raise anything
                found.append(f"the configuration fails with {type(error).__name__}")
    ours = [str(w.message) for w in warned if issubclass(w.category, ConfigurationWarning)]
    return Loaded(file, basedir, read[-1], list(dict.fromkeys(found)), list(dict.fromkeys(ours)))


def _kind_of(error: BaseException, file: Path) -> str:
    """Return of which class an error is, and in which line of `file` it was raised."""
    # Buildbot puts its own in place of what a configuration raises.
    cause = error.__context__ or error
    lines = [
        line
        for frame, line in traceback.walk_tb(cause.__traceback__)
        if frame.f_code.co_filename == str(file)
    ]
    return type(cause).__name__ + (f" in line {lines[-1]}" if lines else "")


def _configuration_of(basedir: Path) -> Path:
    """Return the configuration of the master in a directory, as its ``buildbot.tac`` names it."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            name = str(buildbot_scripts.getConfigFileFromTac(str(basedir), quiet=True))
    except Exception as error:  # it is a program, and may raise anything
        kind = type(error).__name__
        raise ConfigurationError(
            f"{basedir / 'buildbot.tac'} fails with {kind}: name the configuration itself"
        ) from error
    return basedir / name


def drop_logs() -> None:
    """Have Twisted print nothing of what is logged in this process."""
    globalLogBeginner.beginLoggingTo([], redirectStandardIO=False)


@contextlib.contextmanager
def _quietly(basedir: Path) -> Iterator[None]:
    with working_directory(basedir), contextlib.redirect_stdout(sys.stderr):
        yield


@contextlib.contextmanager
def working_directory(directory: Path) -> Iterator[None]:
    """Change to `directory`, as a master does, so that relative paths mean what they mean there."""
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)
