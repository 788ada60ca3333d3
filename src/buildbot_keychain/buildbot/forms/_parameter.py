"""`SecretParameter`: a field of a force form whose text is a secret of the build.

Buildbot's class puts what is typed into properties and into its messages. So everything that reads
the text is replaced here, and no message has any of it.
"""

from __future__ import annotations

from typing import Any

from buildbot import config
from buildbot.schedulers.forcesched import BaseParameter, ValidationError
from twisted.internet.defer import Deferred

from buildbot_keychain import utf8
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.errors import quote

FIELD_PREFIX = "keychain_secret_"
"""What the names of fields begin with, by which the script and the style of the page mask them."""

LARGEST = 1 << 20
"""Bytes that can be typed, in UTF-8."""

_TAKEN = frozenset(
    {
        *("branch", "builderid", "builderNames", "codebase", "collector", "owner", "priority"),
        *("project", "reason", "repository", "revision", "scheduler", "self", "username"),
    }
)
"""Names that a form or a buildset uses itself."""


class SecretParameter(BaseParameter):
    """A password or another secret that whoever forces a build types in.

    Steps use it as ``%(secret:form!name)s`` or ``util.Secret("form!name")``. It needs
    ``SecretManager(key_file=...)``.

    :param name: what it is called: an identifier.
    :param label: what the form shows beside it; the name by default.
    :param multiline: whether it may have several lines, such as a private key.
    :param required: whether it must not be left empty.
    :param maxsize: how many bytes it may have, in UTF-8; at most 1 MiB.
    :param tooltip: what the form shows to explain it.
    """

    spec_attributes = ["size", "cols", "rows", "secret", "tooltip"]  # 4.0 shows no tooltip itself
    size, cols, rows = 40, 80, 10
    secret = True
    debug = False

    def __init__(
        self,
        name: str,
        label: str | None = None,
        *,
        multiline: bool = False,
        required: bool = True,
        maxsize: int = LARGEST,
        tooltip: str = "",
        **others: object,
    ) -> None:
        super().__init__(str(name), label)
        self.type = "textarea" if multiline else "text"
        self.multiline = multiline
        self.required = required
        self.maxsize = maxsize
        self.tooltip = tooltip
        for problem in _problems(name, maxsize, others):
            config.error(f"SecretParameter {quote(name)}: {problem}")

    @property
    def fullName(self) -> str:
        """The name of the field in the form, which Buildbot's page writes into its element."""
        return f"{FIELD_PREFIX}{self.name}"

    def setParent(self, parent: Any) -> None:
        """Refuse to be a part of another parameter: its value would be a part of a property."""
        super().setParent(None)
        if parent is not None:
            config.error(
                f"SecretParameter {quote(self.name)}: it cannot be a field of another parameter; "
                "write it into properties=[...] of the ForceScheduler"
            )

    def getFromKwargs(self, kwargs: Any) -> Any:
        """Refuse to be anything but a property."""
        raise ValidationError(f"{self.label}: a SecretParameter can only be one of the properties")

    def updateFromKwargs(
        self, properties: Any, kwargs: Any, master: Any = None, **unused: Any
    ) -> Any:
        """Set the property to the label of what was typed.

        :raise ValidationError: when it cannot be taken, for the form to show; it shows nothing of
            what was typed.
        """
        # Programs may send it by the name that it has in the configuration.
        given = [kwargs.pop(name, []) for name in (self.fullName, self.name)]
        text = self._checked([text for each in given for text in _listed(each)])
        if not text:
            return None
        keychain = keychain_of(master)
        weakness = keychain.forms.weakness(self.name, text)
        if weakness:
            raise ValidationError(f"{self.label}: {weakness}")

        async def seal() -> None:
            properties[self.name] = await keychain.forms.seal(self.name, text)

        return Deferred.fromCoroutine(seal())

    def _checked(self, typed: list[Any]) -> str:
        """Return what was typed, or ``""`` for nothing that is allowed."""
        text = typed[0] if typed else ""
        if len(typed) > 1 or not isinstance(text, str):
            raise ValidationError(f"{self.label}: it must be one text")
        if not text.strip():
            if self.required:
                raise ValidationError(f"'{self.label}' needs to be specified")
            return ""
        if not utf8.is_encodable(text):
            raise ValidationError(f"{self.label}: it is not valid Unicode")
        if len(text.encode()) > self.maxsize:
            raise ValidationError(f"{self.label}: it is larger than {self.maxsize} bytes")
        if not self.multiline and text.splitlines() != [text]:
            raise ValidationError(f"{self.label}: it must be one line, without a line end")
        return text


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _problems(name: object, maxsize: object, others: dict[str, object]) -> list[str]:
    problems = []
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
        problems.append("its name must be an identifier, such as deploy_password")
    elif name in _TAKEN or name.startswith("keychain_"):
        problems.append("a form or a buildset uses that name itself; take another one")
    if type(maxsize) is not int or not 0 < maxsize <= LARGEST:
        problems.append(f"maxsize must be an int from 1 to {LARGEST}")
    if {"default", "value"} & others.keys():
        problems.append(
            "it has no default, which every form would show; keep such a secret in a provider"
        )
    unknown = sorted(others.keys() - {"default", "value"})
    if unknown:
        problems.append(f"it has no argument {', '.join(unknown)}")
    return problems
