"""How many bits a text is worth."""

from __future__ import annotations

import base64
import random
import string
import uuid
from collections.abc import Callable

import pytest

from buildbot_keychain.redaction.strength import LARGEST, OPEN_BITS, bits

WEAK = [
    *("postgres", "production", "administrator", "Password123!", "P@ssw0rd2024!", "Tr0ub4dor&3"),
    *("correct horse battery staple", "Correct-Horse-Battery-Staple-Lamp"),
    *("crumble velvet orbit walnut stencil", "correcthorsebatterystaple", "MySecretPassword1"),
    *("a" * 60, "ab" * 40, "hunter2hunter2hunter2", "abc123abc123abc123", "deadbeefdeadbeef"),
    *("0123456789abcdef", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv", "qwertyuiopasdfghjkl"),
    *("abccbacabcbabcacbbca", "0110100110010110100101100110100110010110", "-_-.-_._--_.._-_-._-_"),
    *("4711471147", "8675309123", "1719999999", "1719999999999", "1719999999999999999"),
    *("2024-01-01T00:00:00Z", "2024-01-01 12:34:56.789123+01:00", "20240101T000000Z"),
    *("docker-compose.production.yaml", "/usr/lib/python3/dist-packages/twisted/internet/ssl.py"),
    *("C:\\Windows\\System32\\drivers\\etc\\hosts", "application/x-www-form-urlencoded"),
    *("db01.internal.example.com", "kubernetes.default.svc.cluster.local"),
    *("10.0.0.1", "2001:db8:85a3:8d3:1319:8a2e:370:7348"),
    "deploy-bot@my-project-123456.iam.gserviceaccount.com",
    "https://github.com/buildbot/buildbot/archive/refs/tags/v4.3.0.tar.gz",
    "https://pypi.org/project/buildbot-worker/4.3.0/",
    *("twisted==24.7.0", "buildbot_keychain-0.1.0-py3-none-any.whl"),
    "numpy-1.26.4-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "@babel/plugin-proposal-nullish-coalescing-operator",
    "babel-plugin-transform-react-remove-prop-types",
    "us-central1-docker.pkg.dev/my-project/my-repo/my-image:latest",
    "projects/my-project/secrets/api-key/versions/latest",
    "the quick brown fox jumps over the dog",
    "curl -u bob:4821 https://internal.example.org/api/v1/deploy",
    "mysql -ubob -p4821 -hdb.internal.example.org app",
    "docker login -u deployer -p 4821 registry.internal.example.org",
    "PGPASSWORD=4821 psql -h db.internal.example.org -U app production",
    "CREATE USER deployer WITH PASSWORD '4821' VALID UNTIL '2030-01-01'",
    "{'user': 'bob', 'pin': '4821', 'host': 'db.internal.example.org'}",
    "user bob pin 4821 host db.internal.example.org port 5432 database production",
    "token 4821 expires 2030-01-01T00:00:00Z scope deploy:production:write",
    *("dXNlcjpwYXNzd29yZA==", "50617373776f726431323321", "Password%20123%21%20%20%20"),
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
    *("$6$rounds=5000$kQmT2vXzR7pL4wN8$482913", "$2b$12$kQmT2vXzR7pL4wN8HsJ3dF482913"),
    "$argon2id$v=19$m=65536,t=2,p=1$kQmT2vXzR7pL4wN8$482913",
    "please remember that the door to the safe in the corridor on the right opens with 482913",
    base64.b32encode(b"the password of bob is 4821 on db01 ").decode(),
    base64.b64encode("the password of bob is 4821 on db01".encode("utf-16-le")).decode(),
    "00000000-0000-0000-0000-000000000000",
    *("", " ", "\0\0\0", "\u5317\u4eac\u5927\u5b66", "p\xe4ssw\xf6rter"),
]
STRONG = [
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "glpat-xY3kQ9mT2vXzR7pL8sHn",
    "xoxb-123456789012-1234567890123-Zk3QmT2vXzR7pL8sHnJdFgA6",
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "AKIAX7QP2MZLW4TRK9BD",
    "https://hooks.slack.com/services/T00000000/B00000000/kQ9mT2vXzR7pL8sHnJdFgA6e",
    "3f786850e387550fdab836ed7e6dc881de23001b",
    "crumble velvet orbit walnut stencil mango thicket",
    "crumble-velvet-orbit-walnut-stencil-mango-thicket",
    "x7$Kq!2mZ#p9@Lw^4v",
    "curl -u bob:kQ9mT2vXzR7pL8sH https://internal.example.org/api/v1/deploy",
    "CREATE USER deployer WITH PASSWORD 'kQ9mT2vXzR7pL8sH' VALID UNTIL '2030-01-01'",
    *("Tr0ub4dor & k9QmT2vXzR7pWc", "aB3$ xY7! qW9% zT2^ kL5&"),
]
CONSTANT = [
    *("ghp_", "github_pat_", "glpat-", "AKIA", "sk_live_", "xoxb-", "npm_", "hvs."),
    "xoxb-123456789012-1234567890123-",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.",
]


@pytest.mark.parametrize("text", WEAK, ids=range(len(WEAK)))
def test_what_can_be_guessed_does_not_count_as_open(text: str) -> None:
    assert 0 <= bits(text) < OPEN_BITS


@pytest.mark.parametrize("text", STRONG, ids=range(len(STRONG)))
def test_what_cannot_be_guessed_does(text: str) -> None:
    assert bits(text) >= OPEN_BITS


@pytest.mark.parametrize("prefix", CONSTANT)
def test_what_all_tokens_begin_with_counts_nothing(prefix: str) -> None:
    assert bits(prefix) == 0
    assert bits(prefix + "kQ9mT2vXzR7pL8sHn") == bits("kQ9mT2vXzR7pL8sHn")


def characters(alphabet: str, size: int) -> Callable[[random.Random], str]:
    return lambda source: "".join(source.choices(alphabet, k=size))


@pytest.mark.parametrize(
    ("make", "entropy"),
    [
        (characters(string.ascii_letters + string.digits, 11), 65.5),
        (characters(string.ascii_letters + string.digits, 24), 142.9),
        (characters("0123456789abcdef", 16), 64),
        (characters("0123456789ABCDEF", 40), 160),
        (characters("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 13), 65),
        (characters("abcdefghijklmnopqrstuvwxyz234567", 26), 130),
        (characters(string.ascii_lowercase + string.digits, 14), 72.4),
        (characters(string.ascii_lowercase, 16), 75.2),
        (characters(string.digits, 20), 66.4),
        (characters("".join(map(chr, range(33, 127))), 16), 104.9),
        (lambda source: str(uuid.UUID(int=source.getrandbits(128), version=4)), 122),
        (lambda source: base64.b64encode(source.randbytes(16)).decode(), 128),
    ],
)
def test_random_texts(make: Callable[[random.Random], str], entropy: float) -> None:
    """Few are taken for less than they are, and none for much more."""
    source = random.Random(7)
    found = [bits(make(source)) for _ in range(500)]
    assert sum(one >= OPEN_BITS for one in found) >= 475
    assert max(found) <= entropy + 6
    assert sorted(found)[250] >= 0.75 * entropy


def test_numbers_of_ten_digits_are_never_enough() -> None:
    source = random.Random(7)
    assert max(bits(str(source.randrange(10**10))) for _ in range(500)) < OPEN_BITS


@pytest.mark.parametrize("unit", ["a", "ab", "\0", "%41", "eyJ.", "2024-", "a.b/", "aB1!", "\xe9"])
def test_a_bounded_part_of_a_text_is_looked_at(unit: str) -> None:
    text = unit * (4 * LARGEST)
    assert bits(text) == bits(text[: 3 * LARGEST])


def test_a_long_random_text_has_many_bits() -> None:
    assert bits("".join(random.Random(7).choices(string.hexdigits, k=1 << 16))) > 4_000
