"""What a patch expects of Buildbot, and how it is checked: by signature, code, value or probe.

A check costs microseconds. It reads no source files, which need not be installed: the names and
texts that a function's code mentions are kept with the compiled code. Nothing is imported that a
running master would not import.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any, Protocol


class MissingTargetError(Exception):
    """What a patch is about is missing, or is not a function; the error's text says which."""


@dataclass(frozen=True)
class Target:
    """An attribute of a module, or of something in a module, that may or may not exist.

    :param path: ``package.module:Class.attribute``.
    """

    path: str

    @property
    def name(self) -> str:
        """How messages call it: ``Class.attribute``."""
        return self.path.partition(":")[2]

    @property
    def attribute(self) -> str:
        """The last part of its name: ``attribute``."""
        return self.path.rpartition(".")[2]

    def problem(self) -> str:
        """Return ``""``; a target that is missing raises a `MissingTargetError` that says so."""
        self.value()
        return ""

    def owner(self) -> tuple[Any, str]:
        """Return what has the attribute, and the attribute's name.

        :raise MissingTargetError: when the module or the owner is missing.
        """
        module_name, _, path = self.path.partition(":")
        *parents, attribute = path.split(".")
        try:
            owner: Any = importlib.import_module(module_name)
        except Exception as error:  # an import runs code, which may raise anything
            raise MissingTargetError(f"{module_name} cannot be imported") from error
        try:
            for parent in parents:
                owner = getattr(owner, parent)
        except AttributeError as error:
            raise MissingTargetError(f"{self.name} is missing") from error
        return owner, attribute

    def value(self) -> Any:
        """Return the attribute.

        :raise MissingTargetError: when it is missing.
        """
        owner, attribute = self.owner()
        try:
            return getattr(owner, attribute)
        except AttributeError as error:
            raise MissingTargetError(f"{self.name} is missing") from error


class Expectation(Protocol):
    """One thing that a patch expects of one target."""

    @property
    def target(self) -> Target:
        """What it is expected of."""

    def problem(self) -> str:
        """Return in what way Buildbot differs, as part of a sentence, or ``""``.

        :raise MissingTargetError: when the target is missing; the error's text says so.
        """

    def __str__(self) -> str:
        """Return what is expected, for the documentation."""


@dataclass(frozen=True)
class Takes:
    """A function has exactly these parameters: ``self, text``, ``self, name, **options``."""

    target: Target
    parameters: str

    def problem(self) -> str:
        """See `Expectation.problem`."""
        found = ", ".join(_parameters_of(self.target))
        if found == self.parameters:
            return ""
        return f"{self.target.name} takes ({found}), not ({self.parameters})"

    def __str__(self) -> str:
        return f"`{self.target.name}({self.parameters})`"


@dataclass(frozen=True)
class Accepts:
    """A function has these parameters, and perhaps others."""

    target: Target
    names: tuple[str, ...]

    def problem(self) -> str:
        """See `Expectation.problem`."""
        found = set(_parameters_of(self.target))
        missing = [name for name in self.names if name not in found]
        return f"{self.target.name} has no parameter {missing[0]!r}" if missing else ""

    def __str__(self) -> str:
        return f"`{self.target.name}` has the parameters {_listed(self.names)}"


@dataclass(frozen=True)
class Mentions:
    """The code of a function mentions these names or texts."""

    target: Target
    names: tuple[str, ...]

    def problem(self) -> str:
        """See `Expectation.problem`."""
        code = getattr(inspect.unwrap(self.target.value()), "__code__", None)
        found = set() if code is None else set(_mentioned(code))
        missing = [name for name in self.names if name not in found]
        return f"{self.target.name} does not use {missing[0]!r}" if missing else ""

    def __str__(self) -> str:
        return f"`{self.target.name}` uses {_listed(self.names)}"


@dataclass(frozen=True)
class Is:
    """A constant has this value."""

    target: Target
    expected: object

    def problem(self) -> str:
        """See `Expectation.problem`."""
        found = self.target.value()
        return "" if found == self.expected else f"{self.target.name} is not {self.expected!r}"

    def __str__(self) -> str:
        return f"`{self.target.name}` is `{self.expected!r}`"


@dataclass(frozen=True)
class Behaves:
    """Something behaves as a probe of it expects.

    :param behaviour: what it does, as the end of a sentence that begins with its name.
    :param probe: returns whether it does; an error means that it does not.
    """

    target: Target
    behaviour: str
    probe: Callable[[], bool]

    def problem(self) -> str:
        """See `Expectation.problem`."""
        self.target.value()
        try:
            behaves = self.probe()
        except Exception:  # noqa: BLE001 - an unknown Buildbot may raise anything
            behaves = False
        return "" if behaves else f"not found: {self.target.name} {self.behaviour}"

    def __str__(self) -> str:
        return f"`{self.target.name}` {self.behaviour}"


def _parameters_of(target: Target) -> Iterator[str]:
    value = target.value()
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError) as error:
        raise MissingTargetError(f"{target.name} is not a function") from error
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            yield f"*{parameter.name}"
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            yield f"**{parameter.name}"
        else:
            yield parameter.name


def _mentioned(code: CodeType) -> Iterator[str]:
    """Yield the names and texts in the code of a function, and of the functions in it."""
    yield from code.co_names
    yield from code.co_freevars
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, CodeType):
            yield from _mentioned(constant)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
