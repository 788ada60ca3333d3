"""What is served of a secret of a store, to whom and until when.

Who may have a secret, and whether it is hidden, stands in the metadata of each of its versions, of
which only the current one is edited. So what that says counts for the older ones, too.
"""

from __future__ import annotations

from time import gmtime, strftime

from buildbot_keychain import utf8
from buildbot_keychain.details import DescribedText, PublicText, Requester
from buildbot_keychain.errors import AccessDenied, InvalidSecret, ProviderError, quote
from buildbot_keychain.formats import FieldError, Malformed, field_text, structured
from buildbot_keychain.providers.store._builders import denial
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.store.names import SecretName
from buildbot_keychain.store.store import Store, Value


@secretive
class Refused(Exception):
    """What is not served.

    :param kind: the class of the error of the lookup.
    :param reason: why, as the end of a sentence.
    """

    def __init__(self, kind: type[ProviderError], reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


def values_of(secrets: Store, name: SecretName) -> tuple[Value, Metadata] | None:
    """Return the value of a name, and the metadata of the current version. Blocks.

    :raise StoreError: when the store cannot be read, or has no such version.
    """
    found = secrets.get(name.name, name.version)
    if found is None or name.version is None:
        return None if found is None else (found, found.metadata)
    current = secrets.describe(name.name)
    return None if current is None or current.deleted else (found, current.metadata)


def answer(  # noqa: PLR0917 - what it depends on
    found: Value,
    current: Metadata,
    field: str | None,
    requester: Requester | None,
    now: int,
    numbers: str,
) -> str | None:
    """Return a value, or a field of it: ``None`` where it has no such field. Pure.

    :param current: the metadata of the current version.
    :param now: seconds since the epoch.
    :param numbers: whether a field that is a number is ``"text"``, or an ``"error"``.
    :raise Refused: when nothing is served.
    """
    for known in (current, found.metadata):
        denied = denial(known.allowed, requester)
        if denied is not None:
            raise Refused(AccessDenied, denied)
    expired = found.metadata.expired_at(now)
    if expired is not None:
        when = strftime("%Y-%m-%d %H:%M UTC", gmtime(expired))
        raise Refused(InvalidSecret, f"it expired on {when}; store a new value")
    text = utf8.decode(found.content)
    if text is None:
        raise Refused(InvalidSecret, "it is not UTF-8 text; store it in base64")
    served = text if field is None else _field(text, field, numbers)
    if served is None:
        return None
    is_hidden = current.redact or found.metadata.redact
    kind = DescribedText if is_hidden else PublicText
    return kind(served, found.version, found.metadata.created, found.metadata.expires)


def _field(text: str, field: str, numbers: str) -> str | None:
    try:
        return field_text(structured(text), field, numbers=numbers)
    except Malformed as error:
        reason = f"it has no field {quote(field)}: {error}; ask for the whole secret"
        raise Refused(InvalidSecret, reason) from error
    except FieldError as error:
        reason = f"its field {quote(field)} holds {error}"
        raise Refused(InvalidSecret, reason) from error
