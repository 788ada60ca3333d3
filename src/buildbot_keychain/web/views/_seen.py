"""What the pages of secrets have in common: which secret a visitor asks for, and may know of."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from buildbot_keychain.web._permissions import Action, may
from buildbot_keychain.web._refusals import NO_SECRETS, Refused
from buildbot_keychain.web._sight import Sight, requester_of, sight_of
from buildbot_keychain.web.host_secrets import Listed
from buildbot_keychain.web.views._answers import Call

LONGEST = 1000
"""Characters of a name, or of what is searched for."""

NOT_ALL = "not all of its secrets are shown now"
"""What is said of a provider to those who may not know why."""

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)

_NONE = "There is no such secret, or you may not know of it."


def secrets_of(host: Any) -> Any:  # noqa: ANN401 - an ISecrets of an IPageHost
    """Return the secrets of a host."""
    if host.secrets is None:
        raise Refused(503, NO_SECRETS)
    return host.secrets


def stores_for(host: Any, call: Call) -> tuple[str, ...]:  # noqa: ANN401 - an IPageHost
    """Return the names of the encrypted stores whose secrets the visitor may change."""
    if host.stores is None or not may(call.roles, Action.CHANGE):
        return ()
    names: tuple[str, ...] = host.stores.names
    return names


def limited(call: Call, name: str) -> str:
    """Return what the address says as `name`; ``""`` if it does not."""
    said = call.query.get(name, "")
    if len(said) > LONGEST:
        raise Refused(400, f"The address says more than {LONGEST} characters as {name}.")
    return said


def number_in(call: Call, name: str) -> int:
    """Return the number that the address says as `name`; 0 if it does not."""
    text = call.query.get(name, "")
    if text and not _NUMBER.fullmatch(text):
        raise Refused(400, f"What the address says as {name} must be a number.")
    return int(text or 0)


def switch_in(call: Call, name: str) -> bool:
    """Return whether the address says `name`, as ``yes``."""
    said = call.query.get(name, "")
    if said not in ("", "yes"):
        raise Refused(400, f"What the address says as {name} must be yes, or nothing.")
    return bool(said)


def limit_in(call: Call, usual: int, most: int) -> int:
    """Return how many the address wants as `limit`; `usual` if it does not say, or says 0."""
    limit = number_in(call, "limit") or usual
    if limit > most:
        raise Refused(400, f"The limit must be 1 to {most}.")
    return limit


def seen_by(host: Any, call: Call) -> Callable[[Listed], bool]:  # noqa: ANN401 - an IPageHost
    """Return a function of whether the visitor may know that there is a secret."""
    sees = sight_of(call.roles, call.person, secrets_of(host).policy)

    def is_seen(secret: Listed) -> bool:
        return sees(secret.provider, secret.path, secret.is_canonical) is not Sight.NOTHING

    return is_seen


async def seen_secret(host: Any, call: Call, name: str) -> tuple[Listed, Sight]:  # noqa: ANN401 - as above
    """Return a secret by its canonical name, and what the visitor may know of it.

    What the visitor may not know of is refused before any provider is asked for it, in the same
    words as what does not exist.
    """
    secrets = secrets_of(host)
    if len(name) > LONGEST:
        raise Refused(400, f"The name has more than {LONGEST} characters.")
    question = await secrets.question(name, requester_of(call.person))
    if question is None:
        raise Refused(404, _NONE)
    secret = Listed(question.provider, question.path, question.canonical)
    sees = sight_of(call.roles, call.person, secrets.policy)
    sight = sees(secret.provider, secret.path, secret.is_canonical)
    if secret.name != name or sight is Sight.NOTHING:
        raise Refused(404, _NONE)
    return secret, sight


def missing() -> Refused:
    """Return the refusal of what does not exist."""
    return Refused(404, _NONE)
