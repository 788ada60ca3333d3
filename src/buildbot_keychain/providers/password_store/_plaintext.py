"""`parse_plaintext`: what an entry decrypts to, checked, as an `Entry` with its one-time code."""

from __future__ import annotations

import time
from dataclasses import replace

from buildbot_keychain import utf8
from buildbot_keychain.errors import InvalidSecret
from buildbot_keychain.providers.password_store._entry import Entry
from buildbot_keychain.providers.password_store._one_time import OneTimeCodeError, one_time_code

LONGEST_PLAINTEXT = 1 << 20
"""Bytes, as for every file of a secret; whatever decrypts to more is not a secret."""


def parse_plaintext(provider: str, name: str, content: bytes) -> Entry:
    """Return the entry that `content` is.

    :param provider: the provider's name, for errors.
    :param name: the entry's name, for errors.
    :raise InvalidSecret: when it is too large, is not a text, or is in a format that is not read.
    """
    text = utf8.decode(content)
    problem = ""
    if len(content) > LONGEST_PLAINTEXT:
        problem = "is larger than 1 MiB when decrypted; keep it elsewhere"
    elif text is None:
        problem = "is not UTF-8 text when decrypted; store it in base64"
    elif Entry(text).has_header():
        problem = "is in the format of gopass 1.10 to 1.12; rewrite it with `gopass edit`"
    if text is None or problem:
        raise InvalidSecret(provider, name, f"its file {problem}")
    entry = Entry(text)
    uri = entry.one_time_uri()
    if uri is None:
        return entry
    try:
        return replace(entry, code=one_time_code(uri, time.time()))
    except OneTimeCodeError as error:
        return replace(entry, code_problem=str(error))
