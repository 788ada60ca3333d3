"""What of a private key's file is secret. The keys are made by ssh-keygen and openssl."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.fields import secret_bits
from buildbot_keychain.redaction.fields.private_keys import secret_in_lines, secret_runs
from buildbot_keychain.redaction.forms.unguessable import unguessable
from buildbot_keychain.redaction.protection import ANYWHERE_LENGTH
from buildbot_keychain.redaction.strength import OPEN_BITS

PASSPHRASE = "only for tests"
NOBODY: frozenset[str] = frozenset()

SSH = {
    " ".join((kind, *style, *(["encrypted"] if phrase else []))): (
        *("-t", *kind.split(), *style, "-N", phrase),
    )
    for kind in ("rsa -b 2048", "ed25519", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521")
    for style in ((), ("-m", "PEM"), ("-m", "PKCS8"))
    for phrase in ("", PASSPHRASE)
    if not phrase or kind in ("rsa -b 2048", "ed25519", "ecdsa -b 256")
}
_ALGORITHMS = {
    "rsa": ("RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "ec": ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    **{name: (name,) for name in ("ED25519", "ED448", "X25519")},
}
_OUTPUTS = {
    "": (),
    "traditional": ("-traditional",),
    "encrypted": ("-aes128", "-passout", "pass:x"),
    "traditional encrypted": ("-traditional", "-aes128", "-passout", "pass:x"),
}
OPENSSL = {
    f"{name} {style}".strip(): (algorithm, output)
    for name, algorithm in _ALGORITHMS.items()
    for style, output in _OUTPUTS.items()
    if not style.startswith("traditional") or name in ("rsa", "ec")
}


def run(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def of_ssh_keygen(options: tuple[str, ...], folder: Path) -> tuple[str, list[str]]:
    """Return a private key and the ways its public key is printed."""
    path = folder / "id"
    run("ssh-keygen", "-q", "-C", "deploy@ci.example.org", "-f", str(path), *options)
    public = Path(f"{path}.pub").read_text()
    printed = [public, run("ssh-keygen", "-y", "-P", options[-1], "-f", str(path))]
    forms = ("RFC4716",) if "ed25519" in options else ("RFC4716", "PKCS8", "PEM")
    printed += [run("ssh-keygen", "-e", "-m", form, "-f", f"{path}.pub") for form in forms]
    return path.read_text(), printed


def of_openssl(
    algorithm: tuple[str, ...], output: tuple[str, ...], folder: Path
) -> tuple[str, list[str]]:
    """Return the same of a key that openssl makes."""
    plain, path = folder / "plain.pem", folder / "key.pem"
    run("openssl", "genpkey", "-algorithm", *algorithm, "-out", str(plain))
    run("openssl", "pkey", "-in", str(plain), "-out", str(path), *output)
    public = run("openssl", "pkey", "-in", str(plain), "-pubout")
    printed = [public, run("openssl", "pkey", "-in", str(plain), "-pubout", "-text_pub")]
    if algorithm[0] == "RSA":
        printed.append(run("openssl", "rsa", "-in", str(plain), "-RSAPublicKey_out"))
    return path.read_text(), printed


@pytest.fixture(params=[*SSH, *OPENSSL], scope="module")
def key(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Key:
    folder = tmp_path_factory.mktemp("key")
    name = request.param
    if name in SSH:
        return Key(*of_ssh_keygen(SSH[name], folder), folder / "id", SSH[name][-1])
    text, printed = of_openssl(*OPENSSL[name], folder)
    return Key(text, printed, folder / "plain.pem", "x" if "encrypted" in name else "")


class Key:
    """A private key, and what may be known of it."""

    def __init__(self, text: str, printed: list[str], path: Path, passphrase: str) -> None:
        self.text = text
        self.printed = printed
        self.path = path
        self.encrypted = bool(passphrase)
        self.lines = text.splitlines()
        self.redactor = redactor_of(text)
        self.body = [line for line in self.lines if re.fullmatch("[A-Za-z0-9+/]+=*", line)]

    def __repr__(self) -> str:
        return "<key>"

    def secrets(self) -> Iterator[bytes]:
        """Yield the numbers that openssl and ssh-keygen call private, of a key as it is."""
        pem = self.path
        if "OPENSSH" in self.text and "ssh-ed25519" in self.printed[0]:
            blob = base64.b64decode(self.printed[0].split()[1])
            data = base64.b64decode("".join(self.body))
            at = data.rindex(blob[-32:])
            yield data[at - 32 : at]
            return
        if "OPENSSH" in self.text:
            pem = self.path.with_name("copy")
            pem.write_text(self.text)
            pem.chmod(0o600)
            run("ssh-keygen", "-q", "-p", "-P", "", "-N", "", "-m", "PEM", "-f", str(pem))
        text = run("openssl", "pkey", "-in", str(pem), "-noout", "-text")
        for name, digits in re.findall(r"^(\w+):\n((?: +[0-9a-f:]+\n)+)", text, re.MULTILINE):
            number = bytes.fromhex(re.sub(r"[\s:]", "", digits)).lstrip(b"\0")
            if name == "privateExponent":
                yield number[(len(number) + 1) // 2 :]
            elif name in ("priv", "prime1", "prime2", "exponent1", "exponent2", "coefficient"):
                yield number

    def secret_characters(self) -> list[int]:
        """Return how many characters that belong to secrets each line of the body has at most."""
        data = base64.b64decode("".join(self.body))
        marks = bytearray(len(data))
        for number in self.secrets():
            at = data.find(number)
            if at >= 0:
                marks[at : at + len(number)] = b"\1" * len(number)
        width = len(self.body[0])
        places = range(len(data) * 8 // 6)
        secret = [marks[6 * place // 8] and marks[(6 * place + 5) // 8] for place in places]
        return [sum(secret[at : at + width]) for at in range(0, len(secret), width)]


def redactor_of(text: str) -> Redactor:
    redactor = Redactor()
    redactor.add("key", text)
    return redactor


def test_the_public_key_is_nobodys_secret(key: Key) -> None:
    reader = key.redactor.seen_by(NOBODY)
    for text in key.printed:
        assert reader.redact(text) == text
        for line in text.splitlines():
            for word in (line, *line.split()):
                assert reader.redact(word) == word


def test_a_line_is_hidden_if_enough_of_it_is_secret(key: Key) -> None:
    reader = key.redactor.seen_by(NOBODY)
    shown = [reader.redact(f"{line}\n") == f"{line}\n" for line in key.body]
    if not key.encrypted:
        counts = key.secret_characters()
        assert sum(counts) > 32
        # Where a number begins with zero bytes, a character or two may count less.
        assert not any(one for one, count in zip(shown, counts, strict=True) if count > 14)
        assert all(one for one, count in zip(shown, counts, strict=True) if count < 9)
    elif "OPENSSH" in key.text:
        public = len(key.printed[0].split()[1]) // 70
        assert any(shown[: public + 1])
        assert not any(shown[public + 5 :])
    else:
        assert not any(shown[4:])
        assert not all(shown)


def test_whoever_was_given_the_key_sees_none_of_its_lines(key: Key) -> None:
    for line in key.body:
        if len(line) >= ANYWHERE_LENGTH:
            assert line not in key.redactor.redact(f"{line}\n", given={"key"})


SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda text: text.replace("\n", "\\n"),
    lambda text: json.dumps({"private_key": text}),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: text.encode().hex(),
    lambda text: text.replace("\n", "\\r\\n"),
)


def test_the_key_on_one_line(key: Key) -> None:
    reader = key.redactor.seen_by(NOBODY)
    for spell in SPELLINGS:
        text = spell(key.text)
        if len(text) <= 4096:
            assert "<" in reader.redact(text)
    for spell in SPELLINGS[:3]:
        value = spell(key.text)
        reader = redactor_of(value).seen_by(NOBODY)
        assert "<" in reader.redact(value)
        assert reader.redact(key.printed[0]) == key.printed[0]


def test_a_text_is_looked_at_for_what_is_secret_in_it(key: Key) -> None:
    for text in (key.text.strip(), *(spell(key.text) for spell in SPELLINGS[:3])):
        lines = [line.strip() for line in key.lines]
        for one in unguessable([text.strip(), key.text.strip(), *lines]).values():
            place = one.text[round(one.start * len(one.text)) : round(one.end * len(one.text))]
            assert len(place) * 6 >= OPEN_BITS
            assert not any(place in printed for printed in key.printed)
            if one.text in lines:
                start, end = secret_in_lines(key.text)[one.text]
                assert one.kernel == one.text[start:end]


def test_bits(key: Key) -> None:
    assert secret_bits(key.text) >= OPEN_BITS
    assert secret_bits(key.text) <= 6 * sum(end - start for start, end in secret_runs(key.text))
    for text in key.printed:
        assert secret_runs(text) == []
        if text.startswith("-----"):
            assert secret_bits(text) == 0


@pytest.mark.parametrize("right", [True, False])
def test_a_secret_made_of_a_public_part_and_a_guess(tmp_path: Path, right: bool) -> None:
    """Whether the guess is right cannot be told from what becomes of that secret."""
    text, _ = of_ssh_keygen(SSH["rsa -b 2048"], tmp_path)
    places = secret_in_lines(text)
    line, start = next((line, start) for line, (start, end) in places.items() if end > start)
    assert start > 12
    guess = line[start : start + 6]
    guess = guess if right else guess.swapcase()[::-1]
    value = f"{line[:start]}{guess}q7Zt2Xw9"
    redactor = redactor_of(text)
    redactor.add("mine", value)
    assert redactor.redact(value, given=NOBODY) == "<secret>"


PUTTY = """PuTTY-User-Key-File-{version}: ssh-ed25519
Encryption: {encryption}
Comment: deploy
Public-Lines: 2
AAAAC3NzaC1lZDI1NTE5AAAAIPxRzHVu1uZ0v0CnKgNSsVqTVhwCbRRrVQaWbqAK
vkqN
{derivation}Private-Lines: 1
AAAAICzXF6ndkVfc4pCvq3lcbk2T6m1oI7cEJBYJm8lqV3oN
Private-MAC: 5bf1a3bb3a2a0a9a02a8c25c6b8ce5b8f8be9d2d
"""


@pytest.mark.parametrize(
    ("version", "encryption", "derivation"),
    [
        (2, "none", ""),
        (3, "none", ""),
        (2, "aes256-cbc", ""),
        (3, "aes256-cbc", "Key-Derivation: Argon2id\nArgon2-Memory: 8192\nArgon2-Salt: d1e2f3\n"),
    ],
)
def test_puttys_format(version: int, encryption: str, derivation: str) -> None:
    text = PUTTY.format(version=version, encryption=encryption, derivation=derivation)
    public = "AAAAC3NzaC1lZDI1NTE5AAAAIPxRzHVu1uZ0v0CnKgNSsVqTVhwCbRRrVQaWbqAKvkqN"
    reader = redactor_of(text).seen_by(NOBODY)
    for line in (*text.splitlines()[:6], f"ssh-ed25519 {public} deploy"):
        assert reader.redact(f"{line}\n") == f"{line}\n"
    private = "AAAAICzXF6ndkVfc4pCvq3lcbk2T6m1oI7cEJBYJm8lqV3oN"
    assert private not in reader.redact(f"{private}\n")
    start, end = secret_in_lines(text)[private]
    assert (start, end) == ((6, 48) if encryption == "none" else (0, 48))


def test_age() -> None:
    recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    identity = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
    text = f"# created: 2026-01-02T03:04:05Z\n# public key: {recipient}\n{identity}\n"
    reader = redactor_of(text).seen_by(NOBODY)
    for line in (recipient, *text.splitlines()[:2]):
        assert reader.redact(f"{line}\n") == f"{line}\n"


@pytest.mark.parametrize("cut", [0, 1, 7, 40, 41, 64, 65, 66, 100, 110, 120, 150, 180, 300])
def test_odd_input(tmp_path: Path, cut: int) -> None:
    """Nothing fails, and what is no key has none."""
    text, _ = of_ssh_keygen(SSH["ed25519"], tmp_path)
    first, *body, last = text.splitlines()
    data = base64.b64decode("".join(body))
    for one in (data[:cut], data[cut:], data[:cut] + b"\xff" * 8 + data[cut:], bytes(cut), b"0"):
        lines = f"{first}\n{base64.b64encode(one).decode()}\n{last}\n"
        runs = secret_runs(lines)
        assert all(0 <= start < end <= len(lines) for start, end in runs)
        secret_in_lines(lines)
    assert secret_runs(f"{first}\nno key\n{last}") == []
    assert secret_runs(f"{first}\n{last}") == []


def test_the_work_is_linear() -> None:
    """These take minutes if it is not."""
    header = "PuTTY-User-Key-File-2: a\nEncryption: none\nPublic-Lines: 1\n"
    for text in (header, f"{header}AAAA\n", "-----BEGIN PRIVATE KEY-----\n", "LS0tLS1CRUdJTi"):
        assert secret_runs(text * 20_000) == []
