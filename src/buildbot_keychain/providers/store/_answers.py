"""`answer`: what is served of a value of a store, to whom and until when. Pure."""

from __future__ import annotations

from time import gmtime, strftime

from buildbot_keychain import utf8
from buildbot_keychain.details import PublicText, Requester
from buildbot_keychain.errors import AccessDenied, InvalidSecret, ProviderError, quote
from buildbot_keychain.formats import FieldError, Malformed, field_text, structured
from buildbot_keychain.providers.store._builders import denial
from buildbot_keychain.secretive import secretive
from buildbot_keychain.store.store import Value


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


def answer(
    found: Value, field: str | None, requester: Requester | None, now: int, numbers: str
) -> str | None:
    """Return a value, or a field of it: ``None`` where it has no such field.

    :param now: seconds since the epoch.
    :param numbers: whether a field that is a number is ``"text"``, or an ``"error"``.
    :raise Refused: when nothing is served.
    """
    denied = denial(found.metadata.allowed, requester)
    if denied is not None:
        raise Refused(AccessDenied, denied)
    expires = found.metadata.expires
    if expires is not None and expires <= now:
        when = strftime("%Y-%m-%d %H:%M UTC", gmtime(expires))
        raise Refused(InvalidSecret, f"it expired on {when}; store a new value")
    text = utf8.decode(found.content)
    if text is None:
        raise Refused(InvalidSecret, "it is not UTF-8 text; store it in base64")
    served = text if field is None else _field(text, field, numbers)
    is_public = served is not None and not found.metadata.redact
    return PublicText(served) if is_public else served


def _field(text: str, field: str, numbers: str) -> str | None:
    try:
        return field_text(structured(text), field, numbers=numbers)
    except Malformed as error:
        reason = f"it has no field {quote(field)}: {error}; ask for the whole secret"
        raise Refused(InvalidSecret, reason) from error
    except FieldError as error:
        reason = f"its field {quote(field)} holds {error}"
        raise Refused(InvalidSecret, reason) from error
