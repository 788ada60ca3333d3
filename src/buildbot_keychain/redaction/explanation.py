"""`explain`: how well a secret can be hidden in a master, in words, and nothing of its value.

Neither a length nor a number that would help to guess: bits are above or below what makes a value
unguessable, the number of spellings is rounded, and a field is named only if its name is one that
everybody uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from buildbot_keychain.redaction import PARTS, Protection, RedactionPolicy, Redactor
from buildbot_keychain.redaction.fields import Field, Role, fields_of
from buildbot_keychain.redaction.forms.expansion import expand
from buildbot_keychain.redaction.strength import OPEN_BITS

_WHERE = {
    Protection.ANYWHERE: "wherever it occurs",
    Protection.WORDS: "only where no letter or digit is next to it: it is short",
    Protection.COMMON: "only where no letter or digit is next to it: it is a common word",
    Protection.GUESSED: "wherever it occurs, but everybody tries it first",
    Protection.NONE: "nowhere: it is too short or too common",
    Protection.BLANK: "nowhere: it is blank",
    Protection.PUBLIC: "nowhere: it is public",
}

_NAMES_TEXT = """
access_key account api_key apikey auth authorization bearer client_id client_secret cookie database
email host hostname id key key_id login machine name passphrase passwd password pin port private_key
project project_id pwd refresh_token region registry role secret secret_id secret_key server sig
signature token type uri url user username version
"""
_NAMES = frozenset(_NAMES_TEXT.split())
"""The names of fields that are shown."""


def explain(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield what there is to say about a secret: of what, and what.

    :param name: its name (str).
    :param value: its value (str), of which nothing is shown.
    """
    policy = RedactionPolicy.build_log()
    hiding = Redactor(policy).add(name, value)
    expansion = expand(value, 0, policy)
    open_texts = {text.text for text in expansion.open_texts}
    amount = "at least" if hiding.bits >= OPEN_BITS else "fewer than"
    yield "hidden from readers who were given it", _WHERE[hiding.protection]
    yield "hidden from all others", _open(value.strip(), open_texts)
    yield "to be guessed by somebody who knows the rest", f"{amount} {OPEN_BITS} bits"
    yield from _describe_fields(value)
    forms = (
        "in every form"
        if expansion.complete
        else "not in every form: it is too long or has too many"
    )
    yield "spellings that are looked for", f"{_rounded(len(expansion.patterns))}, {forms}"


def _open(value: str, open_texts: AbstractSet[str]) -> str:
    if not open_texts:
        return "nowhere: somebody could guess it"
    if value in open_texts and len(value.splitlines()) == 1:
        return "where it stands as a whole"
    return "those of its lines and fields that nobody could have guessed"


def _describe_fields(value: str) -> Iterator[tuple[str, str]]:
    hidden = {text for part in PARTS for text in part(value)}
    fields = fields_of(value)
    for title, some in (
        ("fields that are hidden on their own", [f for f in fields if f.text in hidden]),
        ("fields that are not", [f for f in fields if f.text not in hidden]),
    ):
        if some:
            yield title, f"{len(some)} ({_named(some)})"


def _named(fields: Sequence[Field]) -> str:
    """Return the names of fields that everybody uses, and what the others are."""
    shown = sorted({name for field in fields if (name := _common_name(field.key))})
    others = [field for field in fields if not _common_name(field.key)]
    for role, what in (
        (Role.SECRET, "secret by another name"),
        (Role.PUBLIC, "public by another name"),
        (Role.UNKNOWN, "judged by what they hold"),
    ):
        if count := sum(field.role is role for field in others):
            shown.append(f"{count} {what}")
    return ", ".join(shown)


def _common_name(key: str) -> str:
    """Return the common name in which a key ends, as ``clientSecret`` or ``DB_PASSWORD``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[-. ]+", "_", key).lower().split("_")
    names = ("_".join(words[at:]) for at in range(len(words)))
    return next((name for name in names if name in _NAMES), "")


def _rounded(count: int) -> str:
    """Return a number with one digit that is not 0."""
    unit = 10 ** max(0, len(str(count)) - 1)
    return f"about {round(count / unit) * unit:,}" if count else "none"
