"""Private keys in documents: what everybody may know of them is shown to everybody."""

from __future__ import annotations

import base64
import functools
import hashlib
import json

import pytest

from buildbot_keychain.redaction import RedactionPolicy, Redactor
from buildbot_keychain.redaction.fields import secret_bits, secret_in_lines
from buildbot_keychain.redaction.fields.key_members import member_keys
from buildbot_keychain.redaction.fields.private_keys import secret_runs
from buildbot_keychain.redaction.strength import OPEN_BITS


def number(name: str, size: int, *, url: bool = True) -> str:
    data = hashlib.shake_256(name.encode()).digest(size)
    encoded = base64.urlsafe_b64encode(data) if url else base64.b64encode(data)
    return encoded.decode().rstrip("=")


def jwk(kind: str, public: dict[str, int], secret: dict[str, int], **more: str) -> dict[str, str]:
    return {
        "kty": kind,
        "kid": f"deploy-{number(f'{kind}/kid', 15)}",
        "use": "sig",
        **more,
        **{name: number(f"{kind}/{name}", size) for name, size in (public | secret).items()},
    }


RSA = {"d": 256, **dict.fromkeys(("p", "q", "dp", "dq", "qi"), 128)}
JWKS = {
    "RSA": (jwk("RSA", {"n": 256}, RSA, e="AQAB", alg="RS256"), RSA),
    "EC": (jwk("EC", {"x": 32, "y": 32}, {"d": 32}, crv="P-256"), {"d"}),
    "OKP": (jwk("OKP", {"x": 32}, {"d": 32}, crv="Ed25519"), {"d"}),
    "oct": (jwk("oct", {}, {"k": 32}), {"k"}),
}
XML_SECRET = ("P", "Q", "DP", "DQ", "InverseQ", "D")
XML = {
    "Modulus": number("xml/n", 256, url=False) + "==",
    "Exponent": "AQAB",
    **{name: number(f"xml/{name}", 256 if name == "D" else 129, url=False) for name in XML_SECRET},
}
DOTNET = f"<RSAKeyValue>{''.join(f'<{n}>{text}</{n}>' for n, text in XML.items())}</RSAKeyValue>"


def shown(value: str, text: str, given: frozenset[str] = frozenset()) -> bool:
    return redactor_of(value).redact(f"{text}\n", given=given) == f"{text}\n"


@functools.lru_cache(maxsize=4)
def redactor_of(value: str) -> Redactor:
    redactor = Redactor(RedactionPolicy.build_log())
    redactor.add("key", value)
    return redactor


def spellings(document: dict[str, str]) -> list[str]:
    return [
        json.dumps(document),
        json.dumps({"keys": [document]}, indent=2),
        json.dumps({"key": json.dumps(document)}),
    ]


@pytest.mark.parametrize("kind", JWKS)
def test_json_web_keys(kind: str) -> None:
    document, secret = JWKS[kind]
    for value in spellings(document):
        for spell in ("{1}", '"{0}": "{1}",'):
            printed = {name: spell.format(name, text) for name, text in document.items()}
            assert {name for name in printed if not shown(value, printed[name])} == set(secret)
            given = {name for name in secret if shown(value, printed[name], frozenset({"key"}))}
            assert given == set()
        assert secret_bits(value) >= OPEN_BITS
        public = {name: text for name, text in document.items() if name not in secret}
        assert shown(value, json.dumps(public))
        assert secret_runs(json.dumps(public)) == []
        assert not shown(value, json.dumps(document))


def test_the_base64_of_a_json_web_key() -> None:
    document, _ = JWKS["EC"]
    value = base64.b64encode(json.dumps(document, indent=2).encode()).decode()
    assert not shown(value, value)
    (run,) = secret_in_lines(value).values()
    assert base64.b64decode(value)[run[0] * 6 // 8 + 1 : run[1] * 6 // 8] in document["d"].encode()
    public = {name: text for name, text in document.items() if name != "d"}
    assert shown(value, base64.b64encode(json.dumps(public, indent=2).encode()).decode())


def test_xml_of_dotnet() -> None:
    for value in (DOTNET, DOTNET.replace("><", ">\n  <"), f'<?xml version="1.0"?>\n{DOTNET}'):
        for spell in ("{1}", "  <{0}>{1}</{0}>"):
            printed = {name: spell.format(name, text) for name, text in XML.items()}
            assert {name for name in printed if not shown(value, printed[name])} == set(XML_SECRET)
            given = {name for name in XML_SECRET if shown(value, printed[name], frozenset({"key"}))}
            assert given == set()
        assert secret_bits(value) >= OPEN_BITS
        assert not shown(value, DOTNET)
    public = (
        f"<RSAKeyValue><Modulus>{XML['Modulus']}</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>"
    )
    assert shown(DOTNET, public)
    assert list(member_keys(public)) == []


def test_the_upper_half_of_the_private_exponent_follows_from_the_public_key() -> None:
    document, _ = JWKS["RSA"]
    size = len(document["d"])
    places = secret_in_lines(json.dumps(document))
    assert places[document["d"]] == (size // 2, size)
    assert places[document["p"]] == (0, len(document["p"]))
    assert places[document["n"]] == (0, 0)


@pytest.mark.parametrize(
    "text", ["{", '{"kty":"RSA"', "<RSAKeyValue>", "<DSAKeyValue><X>AAAA", "<X>"]
)
def test_odd_input_takes_linear_time(text: str) -> None:
    """These take minutes if it does not."""
    assert secret_runs(text * 20_000) == []


@pytest.mark.parametrize(
    ("before", "part", "after"),
    [
        ("<RSAKeyValue><D>", " ", "!</D></RSAKeyValue>"),
        ("<RSAKeyValue><D>", "A ", "!</D></RSAKeyValue>"),
        ("<RSAKeyValue><D>A", " ", "!</D></RSAKeyValue>"),
        ("<RSAKeyValue>", "<D> ", "</RSAKeyValue>"),
        ('{"kty":"RSA","d":', "\\", "}"),
        ('{"kty":"RSA","d', "\\", "}"),
        ('{"kty":"RSA","d"', " ", "}"),
        ('{"kty":"RSA","d":"', "=", "}"),
    ],
)
def test_odd_members_take_linear_time(before: str, part: str, after: str) -> None:
    """These take minutes if it does not."""
    assert list(member_keys(before + part * 200_000 + after)) == []
