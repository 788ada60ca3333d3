"""Private keys whose numbers are members of a document: which of them are secret.

JSON Web Keys (RFC 7517; RFC 7518 section 6; RFC 8037 section 2) and the XML of .NET's
`RSA.ToXmlString` and `DSA.ToXmlString` (names of XML Signature 1.1, section 4.5.2). All other
members, and a document without a secret one, are a public key or say what it is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .field import Role

__all__ = ["Member", "MemberKey", "member_keys", "role_of_member"]

_SECRET: Mapping[str, frozenset[str]] = {
    "RSA": frozenset({"d", "p", "q", "dp", "dq", "qi"}),
    "EC": frozenset({"d"}),
    "OKP": frozenset({"d"}),
    "oct": frozenset({"k"}),
    "RSAKeyValue": frozenset({"D", "P", "Q", "DP", "DQ", "InverseQ"}),
    "DSAKeyValue": frozenset({"X"}),
}
"""The names of secret members, by ``kty`` or the name of the element."""

_JWK = re.compile(r"\{([^{}]*)\}")
_JWK_MEMBER = re.compile(r"\"(\w{1,8})\\*\"\s*:\s*\\*\"([A-Za-z0-9_-]*)=*\\*\"")
_XML = re.compile(r"<([RD]SAKeyValue)>((?:(?!<[RD]SAKeyValue>).)*?)<\\?/\1>", re.DOTALL)
_XML_MEMBER = re.compile(r"<(\w{1,12})>\s*([A-Za-z0-9+/]+(?:\s+[A-Za-z0-9+/]+)*)[=\s]*<\\?/")


class Member(NamedTuple):
    """A member whose text is a number in Base64 or a name."""

    start: int
    end: int
    """Where its text is, without padding."""

    secret: bool
    half: bool
    """Whether only the lower half of it is secret: RSA's private exponent."""


class MemberKey(NamedTuple):
    """A private key."""

    start: int
    end: int
    """Where its document is."""

    members: list[Member]


def role_of_member(kind: str, name: str) -> Role | None:
    """Return the role of a member of a private key.

    :param kind: ``kty`` of a JSON Web Key, or the name of the XML element.
    """
    if kind not in _SECRET:
        return None
    return Role.SECRET if name in _SECRET[kind] else Role.PUBLIC


def member_keys(text: str) -> Iterator[MemberKey]:
    """Yield the private keys in the documents in a text (str), which may be escaped for JSON."""
    if '"kty' in text or 'kty\\"' in text:
        for document in _JWK.finditer(text):
            members = list(_JWK_MEMBER.finditer(text, *document.span(1)))
            kind = next((member[2] for member in members if member[1] == "kty"), "")
            yield from _key(document, kind, members)
    if "KeyValue>" in text:
        for document in _XML.finditer(text):
            yield from _key(
                document, document[1], list(_XML_MEMBER.finditer(text, *document.span(2)))
            )


def _key(document: re.Match[str], kind: str, members: list[re.Match[str]]) -> Iterator[MemberKey]:
    names = _SECRET.get(kind, frozenset())
    found = [
        Member(*member.span(2), member[1] in names, half=member[1] in "dD" and kind[:3] == "RSA")
        for member in members
    ]
    if any(member.secret for member in found):
        yield MemberKey(*document.span(), found)
