"""Makes the home directory of a Jenkins, by the inverse of what the reader does.

It is made, not recorded: keys and values are ours, in the forms that Jenkins' sources describe.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.store.imports.jenkins._keys import JenkinsKeys

MAGIC = b"::::MAGIC::::"
SECRET = "hudson.util.Secret"
SECRET_BYTES = "com.cloudbees.plugins.credentials.SecretBytes.KEY"
OLD_FILES = "org.jenkinsci.plugins.plaincredentials.impl.FileCredentialsImpl"

MASTER_KEY = "0123456789abcdef" * 16
SECRET_KEY = "fedcba9876543210" * 4

PLAIN = "com.cloudbees.plugins.credentials.impl"
SSH = "com.cloudbees.jenkins.plugins.sshcredentials.impl.BasicSSHUserPrivateKey"


def derived(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def key_material(key_id: str) -> bytes:
    """256 bytes that are the same in each run."""
    return hashlib.shake_256(key_id.encode()).digest(256)


def encrypt(key: bytes, data: bytes, iv: bytes | None = None) -> bytes:
    length = 16 - len(data) % 16
    mode = modes.ECB() if iv is None else modes.CBC(iv)
    encryptor = Cipher(algorithms.AES(key), mode).encryptor()
    return encryptor.update(data + bytes([length]) * length) + encryptor.finalize()


def base64(data: bytes) -> str:
    return b64encode(data).decode()


def secret(value: str | bytes, iv: bytes = b"\x10" * 16) -> str:
    """A ``hudson.util.Secret`` of today."""
    data = value.encode() if isinstance(value, str) else value
    text = encrypt(key_material(SECRET)[:16], data, iv)
    lengths = len(iv).to_bytes(4, "big") + len(text).to_bytes(4, "big")
    return _braced(b"\x01" + lengths + iv + text)


def _braced(data: bytes) -> str:
    return "{" + base64(data) + "}"


def old_secret(value: str, key: bytes | None = None) -> str:
    """One of before 2017; with the key of ``secret.key``, of before 2013."""
    return base64(encrypt(key or key_material(SECRET)[:16], value.encode() + MAGIC))


def oldest_secret(value: str) -> str:
    return old_secret(value, derived(SECRET_KEY))


def secret_bytes(value: bytes, salt: bytes = b"saltsalt") -> str:
    key = hashlib.sha256(key_material(SECRET_BYTES)[:16] + salt).digest()
    return _braced(salt + b"\x07" + encrypt(key[:16], value, key[16:]) + b"padding")


def old_file(value: bytes) -> str:
    return base64(encrypt(key_material(OLD_FILES)[:16], value))


def element(tag: str, *children: str, **attributes: str) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<{tag}{written}>{''.join(children)}</{tag}>"


def leaf(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>"


def credential(tag: str, identifier: str, *children: str) -> str:
    return element(tag, leaf("scope", "GLOBAL"), leaf("id", identifier), *children)


def user_password(identifier: str, username: str, password: str, description: str = "") -> str:
    return credential(
        f"{PLAIN}.UsernamePasswordCredentialsImpl",
        identifier,
        leaf("description", description),
        leaf("username", username),
        leaf("password", password),
    )


def credentials(*entries: str) -> str:
    return element(
        "domainCredentialsMap",
        element(
            "entry",
            "<com.cloudbees.plugins.credentials.domains.Domain><specifications/>"
            "</com.cloudbees.plugins.credentials.domains.Domain>",
            element("java.util.concurrent.CopyOnWriteArrayList", *entries),
        ),
        **{"class": "hudson.util.CopyOnWriteMap$Hash"},
    )


def xml(body: str, version: str = "1.1") -> bytes:
    return f"<?xml version='{version}' encoding='UTF-8'?>\n{body}\n".encode()


def system(*entries: str) -> bytes:
    """The content of ``credentials.xml``."""
    tag = "com.cloudbees.plugins.credentials.SystemCredentialsProvider"
    return xml(element(tag, credentials(*entries), plugin="credentials@2.6"))


def folder(*entries: str) -> bytes:
    """The content of a folder's ``config.xml``."""
    tag = "com.cloudbees.hudson.plugins.folder"
    provider = f"{tag}.properties.FolderCredentialsProvider_-FolderCredentialsProperty"
    inner = element("properties", element(provider, credentials(*entries)))
    return xml(element(f"{tag}.Folder", inner))


class JenkinsTestCase(SynchronousTestCase):
    """The home of a Jenkins that has nothing but its keys."""

    def setUp(self) -> None:
        self.home = make_home(Path(self.mktemp()), {})
        self.keys = self.read_keys()

    def read_keys(self) -> JenkinsKeys:
        """Return its keys, of which none was read before."""
        return JenkinsKeys(self.home / "secrets", self.home / "secret.key")


def make_home(home: Path, files: dict[str, bytes]) -> Path:
    """Write the keys and `files` below `home`."""
    secrets = home / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "master.key").write_text(MASTER_KEY)
    (home / "secret.key").write_text(f"{SECRET_KEY}\n")
    for key_id in (SECRET, SECRET_BYTES, OLD_FILES):
        content = encrypt(derived(MASTER_KEY), key_material(key_id) + MAGIC)
        (secrets / key_id).write_bytes(content)
    for name, content in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return home
