"""Finds the secrets in one file of Jenkins: credentials, and whatever else is encrypted.

An element that decrypts is a secret, whatever plug-in it is of. It is named after the credential
that it stands in: ``id``, or ``id/field`` for all but the main one. Outside of credentials it is
named after the file, the element around it and its own.

Within a credential, a text that is not encrypted is taken as well if its element is called as
secrets are, with a warning: Jenkins reads it so. The user name of a credential comes with it, as
``id/username``, not to be hidden unless Jenkins hides it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from buildbot_keychain.errors import quote
from buildbot_keychain.store.imports._entries import Entry, ImportedSecret, ImportProblem
from buildbot_keychain.store.imports.jenkins._keys import JenkinsKeys
from buildbot_keychain.store.imports.jenkins._values import (
    UNENCRYPTED,
    UNOPENED,
    ValueProblem,
    decode,
    looks_encrypted,
)
from buildbot_keychain.store.imports.jenkins._xml import End, Start, XmlError, read_xml

_MAIN = {
    "UsernamePasswordCredentialsImpl": "password",
    "BasicSSHUserPrivateKey": "privateKey",
    "StringCredentialsImpl": "secret",
    "FileCredentialsImpl": "secretBytes",
    "CertificateCredentialsImpl": "uploadedKeystoreBytes",
}
"""The element that a credential is named after, by class. Others have one if they have one."""

_OLDER = {"data": "secretBytes", "uploadedKeystore": "uploadedKeystoreBytes"}
"""What older versions called some elements."""

_OLD_FILE = "FileCredentialsImpl"

_FACTS = frozenset({"id", "description", "username", "usernameSecret", "fileName", "name"})
"""Elements that say something about the credential that they are in."""

_ON_MASTER = frozenset({"privateKeyFile", "keyStoreFile"})
"""Elements that name a file in which the secret is kept."""

_SECRET = re.compile(
    r"(?:pass|passwd|password|passphrase|passcode|pwd|secret|token|credential|privatekey|apikey"
    r"|accesskey|secretkey|secretbytes|keystore|keystorebytes|^key|^data|^pin)$",
    re.IGNORECASE,
)
"""Names of elements that hold secrets."""

_SETTINGS = frozenset({"true", "false"})
"""Texts of elements that may be called like a secret, and say something about one."""

_MAX_FACT = 1024  # characters
_MAX_OTHERS = 10
_PEM = "-----BEGIN "


@dataclass(slots=True)
class _Found:
    element: str
    value: str | bytes = field(repr=False)
    warning: str
    container: str = ""


@dataclass(slots=True)
class _Frame:
    """An element that has begun.

    :param holds_credentials: whether it is in a list of credentials.
    """

    tag: str
    attributes: dict[str, str] = field(repr=False)
    holds_credentials: bool
    facts: dict[str, str] = field(default_factory=dict, repr=False)
    found: list[_Found] = field(default_factory=list)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def take(self, inner: _Frame) -> None:
        """Take over what was found in an element within this one."""
        for found in inner.found:
            found.container = found.container or inner.tag
        self.found += inner.found
        self.problems += inner.problems
        self.others += inner.others[: _MAX_OTHERS - len(self.others)]


def read_config(content: bytes, where: str, prefix: str, keys: JenkinsKeys) -> Iterator[Entry]:
    """Yield what stands in one file.

    :param where: its path, for a report.
    :param prefix: what names of its secrets begin with: empty, or a path that ends with ``/``.
    :param keys: the keys of that Jenkins.
    """
    reader = _Reader(where, prefix, keys)
    try:
        for event in read_xml(content):
            if isinstance(event, Start):
                reader.begin(event)
            else:
                yield from reader.end(event)
    except XmlError as error:
        remedy = "correct the file; what follows there was not read"
        yield ImportProblem(where, str(error), remedy)
    yield from reader.rest()


class _Reader:
    def __init__(self, where: str, prefix: str, keys: JenkinsKeys) -> None:
        self._where = where
        self._prefix = prefix
        self._keys = keys
        self._stack = [_Frame("", {}, holds_credentials=False)]
        self._names: Counter[str] = Counter()

    def begin(self, event: Start) -> None:
        parent = self._stack[-1]
        holds = (
            parent.holds_credentials
            or event.tag == "domainCredentialsMap"
            # Before there were domains.
            or (event.tag == "credentials" and parent.tag.endswith("CredentialsProvider"))
        )
        self._stack.append(_Frame(event.tag, event.attributes, holds))

    def end(self, event: End) -> Iterator[Entry]:
        frame = self._stack.pop()
        parent = self._stack[-1]
        if event.text is not None:
            self._leaf(frame, event.text, parent, is_cut=event.is_cut)
        elif frame.facts.get("id") and (frame.found or frame.problems or frame.holds_credentials):
            yield from self._credential(frame)
        else:
            parent.take(frame)

    def rest(self) -> Iterator[Entry]:
        """Yield what belongs to no credential, at the end of the file."""
        outermost, *open_ones = self._stack
        for frame in open_ones:  # if the file is cut off
            outermost.take(frame)
        for found in outermost.found:
            parts = [_simple(found.container), _simple(found.element)]
            name = self._prefix + "/".join(part for part in parts if part)
            yield ImportedSecret(
                self._numbered(name),
                found.value,
                self._where,
                tags=("jenkins",),
                warning=found.warning,
            )
        yield from self._problems(outermost, self._where)

    def _leaf(self, frame: _Frame, text: str, parent: _Frame, *, is_cut: bool) -> None:
        element = frame.tag
        looks_secret = parent.holds_credentials and _SECRET.search(element) is not None
        problem = None
        if looks_secret and is_cut:
            problem = "is larger than 1 MiB", "keep it elsewhere, or in parts"
        elif looks_secret and not text.strip() and "reference" in frame.attributes:
            problem = "stands for another element, by a reference", "set it by hand"
        if problem:
            parent.problems.append((element, *problem))
        if is_cut or not text.strip():
            return
        try:
            old_file = element == "data" and self._is_within(_OLD_FILE)
            decoded = decode(text, element, self._keys, old_file=old_file)
        except ValueProblem as found:
            if found.is_certain or looks_secret:
                parent.problems.append((element, found.why, found.remedy))
            return
        if decoded is None:
            self._plain_text(element, text, parent, looks_secret=looks_secret)
        elif decoded.value:
            parent.found.append(_Found(element, decoded.value, decoded.warning))

    @staticmethod
    def _plain_text(element: str, text: str, parent: _Frame, *, looks_secret: bool) -> None:
        if element in _FACTS:
            parent.facts.setdefault(element, text[:_MAX_FACT])
        elif element in _ON_MASTER and parent.holds_credentials:
            why = "is the path of a file on the machine of Jenkins"
            parent.problems.append((element, why, "set the content of that file by hand"))
        elif looks_secret and text.strip() not in _SETTINGS:
            warning = UNOPENED if looks_encrypted(text) else UNENCRYPTED
            parent.found.append(_Found(element, text, warning))
        elif parent.holds_credentials and len(parent.others) < _MAX_OTHERS:
            parent.others.append(element)

    def _is_within(self, class_name: str) -> bool:
        return any(_simple(frame.tag) == class_name for frame in self._stack)

    def _credential(self, frame: _Frame) -> Iterator[Entry]:
        identifier = frame.facts["id"].strip()
        kind = _simple(frame.attributes.get("class") or frame.tag)
        where = f"{self._where}: {quote(identifier)}"
        description = frame.facts.get("description", "").strip()
        if "fileName" in frame.facts:
            description = f"{description} ({frame.facts['fileName']})".strip()
        name = self._prefix + identifier
        main = _main(kind, frame.found)
        for found in frame.found:
            own = name if found is main else f"{name}/{_simple(found.element)}"
            yield ImportedSecret(
                own,
                _complete(found),
                where,
                description,
                ("jenkins", kind),
                warning=found.warning,
            )
        username = frame.facts.get("username")
        if username and frame.found:
            hidden = frame.facts.get("usernameSecret", "").strip() == "true"
            tags = ("jenkins", kind)
            yield ImportedSecret(f"{name}/username", username, where, description, tags, hidden)
        yield from self._problems(frame, where)
        if not frame.found and not frame.problems:
            others = ", ".join(map(_simple, frame.others)) or "none"
            why = f"has nothing that is encrypted or called like a secret (elements: {others})"
            yield ImportProblem(where, why, "set it by hand if there is a secret in it")

    @staticmethod
    def _problems(frame: _Frame, where: str) -> Iterator[ImportProblem]:
        for element, why, remedy in frame.problems:
            yield ImportProblem(f"{where}, {_simple(element)}", why, remedy)

    def _numbered(self, name: str) -> str:
        self._names[name] += 1
        count = self._names[name]
        return name if count == 1 else f"{name}-{count}"


def _simple(class_name: str) -> str:
    """Return the last part of the name of a class, as XStream writes it in a tag."""
    return re.split(r"[.$]|_-", class_name)[-1].replace("__", "_")


def _main(kind: str, found: Sequence[_Found]) -> _Found | None:
    """Return what is named after the credential alone: nothing if there are several equals."""
    wanted = _MAIN.get(kind)
    if wanted is None:
        return found[0] if len(found) == 1 else None
    return next((f for f in found if _OLDER.get(f.element, f.element) == wanted), None)


def _complete(found: _Found) -> str | bytes:
    """Return a value; a private key with the line end that ssh needs, as Jenkins writes it."""
    value = found.value
    if isinstance(value, str) and value.startswith(_PEM) and not value.endswith("\n"):
        return f"{value}\n"
    return value
