"""`sops_values`: all that is encrypted in a place, under the names that lookups use. Blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

from buildbot_keychain.providers.age import Identities
from buildbot_keychain.providers.sops._decryption import decrypt_document, text_of
from buildbot_keychain.providers.sops._document import BINARY_NAME, format_of
from buildbot_keychain.providers.sops._errors import SopsError
from buildbot_keychain.providers.sops._files import Candidate, files_below, stem_of

_PROVIDER = "sops"


def sops_values(
    place: str, identities: Identities, form: str | None = None
) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield the name of each value and a function that returns it.

    That raises `ProviderError` for a value that cannot be used. A file that cannot be read is one
    such value, called by its path, and so is the place if a directory in it cannot be listed; files
    that sops did not encrypt are passed over in a directory.

    :param place: a file, or a directory, in which the path of a file begins the names.
    :param form: as that argument of `SecretInSops`.
    """
    try:
        for prefix, candidate in _candidates(place, form):
            yield from _values(prefix, candidate, identities)
    except SopsError as error:
        yield place, partial(_fail, place, error)


def _values(
    prefix: str, candidate: Candidate, identities: Identities
) -> Iterator[tuple[str, Callable[[], str]]]:
    try:
        document = candidate.document()
        leaves = {} if document is None else decrypt_document(document, identities)
    except SopsError as error:
        yield candidate.path, partial(_fail, candidate.path, error)
        return
    for name, leaf in leaves.items():
        whole = prefix.removesuffix("/") if candidate.whole else prefix + name
        yield whole, partial(_text, whole, partial(text_of, leaf, numbers="text"))


def _candidates(place: str, form: str | None) -> Iterator[tuple[str, Candidate]]:
    """Yield what names in a file begin with, and the file."""
    if not os.path.isdir(place):
        yield "", Candidate(place, "", form, found=False)
        return
    for below in files_below(place):
        path = os.path.join(place, below)
        if format_of(below) == "binary":
            yield below, Candidate(path, BINARY_NAME, whole=True)
        else:
            yield f"{stem_of(below)}/", Candidate(path, "")


def _text(name: str, read: Callable[[], str]) -> str:
    try:
        return read()
    except SopsError as error:
        raise error.kind(_PROVIDER, name, error.reason) from error


def _fail(path: str, error: SopsError) -> str:
    raise error.kind(_PROVIDER, path, error.reason) from error
