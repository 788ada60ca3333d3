"""`SopsWriter`: writes files as sops does, from the description of the format.

It shares no code with what reads the files. Values are those of JSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from typing import Any

import pyrage
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LAST_MODIFIED = "2026-01-02T03:04:05Z"


class SopsWriter:
    """A writer with an age key of its own."""

    def __init__(self) -> None:
        self.identity = pyrage.x25519.Identity.generate()
        self.recipient = str(self.identity.to_public())
        self.data_key = os.urandom(32)

    @property
    def key_file(self) -> str:
        """The content of an identity file as age-keygen writes it."""
        return f"# created: 2026\n# public key: {self.recipient}\n{self.identity}\n"

    def sealed(self, content: bytes, kind: str, additional: str) -> str:
        """Return one encrypted value."""
        nonce = os.urandom(32)
        out = AESGCM(self.data_key).encrypt(nonce, content, additional.encode())
        data, iv, tag = (base64.b64encode(part).decode() for part in (out[:-16], nonce, out[-16:]))
        return f"ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:{kind}]"

    def tree(
        self,
        values: dict[str, Any],
        encrypt: Callable[[list[str]], bool] = lambda path: True,
        **metadata: Any,
    ) -> dict[str, Any]:
        """Return a file's tree, for `json.dumps` or `yaml.safe_dump`.

        :param encrypt: decides by the path of keys which values are encrypted.
        :param metadata: replaces or adds metadata.
        """
        digest = hashlib.sha512()
        only = metadata.get("mac_only_encrypted", False)
        if only:
            digest.update(bytes.fromhex(hashlib.sha256(b"sops").hexdigest()))

        def walk(node: Any, path: list[str]) -> Any:
            if isinstance(node, dict):
                return {key: walk(value, [*path, key]) for key, value in node.items()}
            if isinstance(node, list):
                return [walk(value, path) for value in node]
            if node is None:
                return None
            kind = {str: "str", bytes: "str", bool: "bool", int: "int", float: "float"}[type(node)]
            content = node if isinstance(node, bytes) else str(node).encode()
            if encrypt(path):
                digest.update(content)
                return self.sealed(content, kind, ":".join(path) + ":") if content else ""
            if not only:
                digest.update(content)
            return node

        written = walk(values, [])
        mac = digest.hexdigest().upper().encode()
        sealed_key = pyrage.encrypt(self.data_key, [self.identity.to_public()], armored=True)
        written["sops"] = {
            "age": [{"recipient": self.recipient, "enc": sealed_key.decode()}],
            "lastmodified": LAST_MODIFIED,
            "mac": self.sealed(mac, "str", LAST_MODIFIED),
            "unencrypted_suffix": "_unencrypted",
            "version": "3.11.0",
            **metadata,
        }
        return written

    def json(self, values: dict[str, Any], **metadata: Any) -> str:
        """Return a JSON file."""
        return json.dumps(self.tree(values, **metadata), indent="\t", ensure_ascii=False) + "\n"
