"""Two redactors whose secrets differ only in what nobody knows.

Someone who was not given the secret must see the same in both, whatever is published.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from buildbot_keychain.redaction import RedactionPolicy, Redactor

from .channels import CHANNELS, Channel, Publisher

OWN = ("own", "Xq7mV2cRk9Tz4WbLh8Ns")
"""The secret that the attacker was given."""

OTHERS = (
    ("registry", "https://robot:9fKw2LpQx7Vt@registry.example.org"),
    ("hook", "4c1f8a7d90be5362f7a18c04d9e3b265"),
    ("code", "8251"),
)
"""Secrets that differ in no world."""

Secrets = Iterable[tuple[str, str]]


class World(NamedTuple):
    """A redactor, and what it does for the attacker."""

    redactor: Redactor
    publisher: Publisher


def world(secrets: Secrets, *, given: Iterable[str] = (OWN[0],), old_rule: bool = False) -> World:
    """Return a redactor with secrets beside those of all worlds.

    :param given: the names of the secrets that the attacker was given.
    :param old_rule: whether everything is hidden as if the attacker had been given all secrets.
    """
    redactor = Redactor(RedactionPolicy.build_log())
    for name, value in (OWN, *OTHERS, *secrets):
        redactor.add(name, value)
    redactor.settle()
    return World(redactor, redactor.seen_by(None if old_rule else set(given)))


def differences(
    one: World, other: World, texts: list[str], channels: Iterable[Channel] = CHANNELS
) -> list[str]:
    """Return the channels on which the worlds are told apart by texts, and by how many of them."""
    found = []
    for channel in channels:
        seen, otherwise = channel(one.publisher, texts), channel(other.publisher, texts)
        count = sum(a != b for a, b in zip(seen, otherwise, strict=True))
        if count:
            found.append(f"{channel.__name__}: {count} of {len(texts)} texts")
    return found
