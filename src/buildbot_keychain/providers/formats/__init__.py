"""Files of settings read as names and texts: ``.env``, JSON, YAML, TOML; one module for each.

All of them give `Entries`, where nested names are joined by ``/``. A value that is not a text is
kept as what it is instead of it, so that it disturbs no other; a file that cannot be read wholly,
or that has a name twice, is `Malformed`. That tells the line where it is known, and never what
stands there: what looks like a name may be a value in the wrong place.
"""

from __future__ import annotations

from buildbot_keychain.providers.formats._dotenv import read_env
from buildbot_keychain.providers.formats._entries import Entries, Malformed, NotText
from buildbot_keychain.providers.formats._json_text import parse_json, read_json
from buildbot_keychain.providers.formats._toml_text import read_toml
from buildbot_keychain.providers.formats._yaml_text import STRING, YamlError, yaml_documents
from buildbot_keychain.providers.formats._yaml_tree import read_yaml

__all__ = [
    "FORMATS",
    "STRING",
    "SUFFIXES",
    "Entries",
    "Malformed",
    "NotText",
    "YamlError",
    "parse_json",
    "yaml_documents",
]

FORMATS = {"env": read_env, "json": read_json, "yaml": read_yaml, "toml": read_toml}
"""The function that reads a text of each format."""

SUFFIXES = {".env": "env", ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml"}
"""The format that the end of a file's name tells."""
