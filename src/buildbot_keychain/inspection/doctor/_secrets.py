"""The providers of an installation, and its policy."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from shlex import quote
from typing import Any, NamedTuple

from buildbot.secrets.providers.file import SecretInAFile as BuildbotsSecretInAFile

from buildbot_keychain.attention import (
    ANY_AGE,
    EXPIRED,
    Attention,
    AttentionList,
    SeenSecrets,
    Watch,
)
from buildbot_keychain.audit.trail import AuditTrail
from buildbot_keychain.errors import KeychainError
from buildbot_keychain.inspection._asking import run_asking
from buildbot_keychain.inspection._child import Told
from buildbot_keychain.inspection._findings import NOTE, PROBLEM, UNCHECKED, Finding
from buildbot_keychain.inspection._hosting import hosted_by
from buildbot_keychain.inspection._loading import working_directory
from buildbot_keychain.inspection._places import arguments_of
from buildbot_keychain.inspection._providers import policy_of, providers_of
from buildbot_keychain.inspection.check import assessed
from buildbot_keychain.inspection.checks import brings_from_outside
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._installation import Installation
from buildbot_keychain.providers.files import SecretInAFile
from buildbot_keychain.redaction import Redactor

_FAULTS = {
    "SecretInAFile": "lets the group of its files read them, and reads changed ones at a restart",
    "SecretInPass": "answers that there is no secret where pass fails",
    "HashiCorpVaultKvSecretProvider": "fails where a secret is missing, so that no other provider "
    "is asked, and takes threads that the master needs itself",
}
"""What is known of Buildbot's own providers, by the name of their class."""


def providers_and_policy(installation: Installation) -> Iterator[Finding]:
    """Yield what is to be said of them before anybody asks."""
    config = installation.config
    if config is None or not config.secretsProviders:
        return
    remedy = "from buildbot_keychain.plugins import secrets, which has the same names"
    for provider in providers_of(config):
        cls = type(provider)
        if cls.__module__.startswith("buildbot.") and cls.__name__ in _FAULTS:
            sentence = f"Buildbot's own {cls.__name__} {_FAULTS[cls.__name__]}"
            level = None
            if cls.__name__ == "SecretInPass" and arguments_of(provider).get("gpgPassphrase"):
                sentence += ", and has the passphrase in the environment and arguments of programs"
                level = PROBLEM
            place = f"{cls.__name__} {provider.name!r}"
            yield found("buildbot-provider", sentence, place, remedy=remedy, level=level)
    if policy_of(config) is None:
        sentence = "there is no policy: every builder is given every secret"
        remedy = f"buildbot-keychain policy suggest --config {quote(str(installation.file))}"
        outside = [
            f"{type(each).__name__} {each.name!r}"
            for each in config.change_sources
            if brings_from_outside(each)
        ]
        if outside:
            sentence += ", also to build what anybody proposes"
        places, level = outside or [str(installation.file)], PROBLEM if outside else None
        yield found("no-policy", sentence, *places, remedy=remedy, level=level)


class Asked(NamedTuple):
    """What came of asking the providers.

    :param findings: what is wrong with them, and with what they use themselves.
    :param named: secrets that whoever asks is given, but for those in files.
    :param has_files: whether there are directories of secrets.
    """

    findings: list[Finding]
    named: tuple[str, ...] = ()
    has_files: bool = False


def ask_providers(installation: Installation, told: Told, seconds: float) -> Asked:
    """Ask the providers as a check does.

    :param seconds: how long that may take.
    """
    loaded = installation.loaded
    if loaded is None or not loaded.config.secretsProviders:
        return Asked([])
    assessment = assessed(loaded, told)
    files = file_providers(installation)
    attention = AttentionList(AuditTrail(Redactor()), time.time)

    async def ask(reactor: Any) -> None:
        await assessment.ask(reactor, seconds, lambda master: _look(master, attention, reactor))

    failure = run_asking(ask, told, seconds)
    if failure is not None:
        sentence = f"the providers cannot be asked: {failure}"
        finding = found("provider", sentence, loaded.file, remedy=_check(installation))
        return Asked([finding], has_files=bool(files))
    named = tuple(name for provider, name in assessment.for_all if provider not in files)
    findings = [*_ill(assessment, installation), *_ending(attention.items)]
    return Asked(findings, named, bool(files))


def file_providers(installation: Installation) -> frozenset[str]:
    """Return the names of the providers that hold secrets in the files of a directory."""
    with working_directory(installation.basedir):
        providers = providers_of(installation.config)
        return frozenset(each.name for each in providers if _has_files(each))


def _has_files(provider: Any) -> bool:
    """Return whether a provider, ours or Buildbot's, is one of files, and there are some."""
    checked = getattr(provider, "checked", provider)
    try:
        if isinstance(checked, SecretInAFile):
            return any(True for _ in checked.names())
        is_theirs = isinstance(provider, BuildbotsSecretInAFile)
        return is_theirs and any(Path(arguments_of(provider)["dirname"]).iterdir())
    except (KeychainError, OSError):  # asking says what is wrong
        return False


async def _look(master: Any, attention: AttentionList, reactor: Any) -> None:
    """Look for what the providers use themselves and that ends soon."""
    providers, seen = hosted_by(master), SeenSecrets(lambda _: None)
    await Watch(attention, seen, lambda: (providers, ANY_AGE), lambda: reactor).look()


def _ill(assessment: Any, installation: Installation) -> Iterator[Finding]:
    """Yield which providers do not answer, and whether a check finds more."""
    reasons: dict[tuple[str, str], list[str]] = defaultdict(list)
    others = 0
    for finding in assessment.findings:
        if finding.level == UNCHECKED or (finding.level == PROBLEM and finding.kind == "failed"):
            reasons[finding.level, finding.sentence].extend(finding.places)
        elif finding.level == PROBLEM:
            others += 1
    for (level, sentence), places in reasons.items():
        yield found("provider", sentence, *places, remedy=_check(installation), level=level)
    if others:
        count = "a problem" if others == 1 else f"{others} problems"
        sentence = f"a check of the configuration finds {count} with its secrets"
        yield found("secrets", sentence, installation.file, remedy=_check(installation))


def _ending(items: Iterable[Attention]) -> Iterator[Finding]:
    for each in items:
        when = datetime.fromtimestamp(each.when, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        level = PROBLEM if each.problem == EXPIRED else NOTE
        sentence = f"{each.kind} {each.name!r} {each.problem}: {when}"
        place = f"provider {each.provider!r}"
        yield found("expires", sentence, place, remedy=each.remedy, level=level)


def _check(installation: Installation) -> str:
    return f"buildbot-keychain check {quote(str(installation.basedir))}"
