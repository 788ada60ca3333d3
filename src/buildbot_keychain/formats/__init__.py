"""Readers of settings files: ``.env``, JSON, YAML and TOML, each as names and texts.

Contract: a reader interprets nothing. A value that is not a text is reported for what it is and
never converted, so that a password that looks like a number stays what it was written as. A message
names the line where something is wrong and never quotes it: what looks like a name may be a value
in the wrong place.

Every reader returns `Entries`: nested names are joined by ``/``, and a `NonText` stands for a value
that is not a text, so that it does not keep the others from being read. A file that cannot be read
as a whole, has a name twice, or is beyond the limits on nesting and on names, is `Malformed`. No
text of 1 MiB takes a reader more than a few seconds, or much more memory than it has itself.

`_dotenv`, `_json`, `_toml`, `_yaml`   the readers; and objects in JSON that servers return
`_yaml_documents`                      YAML as it is written, for readers that decide differently
`_fields`                              a field of a structured value
`_structured`                          the fields of a value that is JSON or of lines of NAME=value
`_entries`                             what the readers return
"""

from __future__ import annotations

from buildbot_keychain.formats._dotenv import read_env
from buildbot_keychain.formats._entries import (
    NESTED_TOO_DEEPLY,
    Entries,
    Malformed,
    NonText,
    number_as_text,
)
from buildbot_keychain.formats._fields import NUMBERS, FieldError, field_text
from buildbot_keychain.formats._json import (
    is_nested_too_deeply,
    json_object,
    parse_json,
    read_json,
)
from buildbot_keychain.formats._structured import structured
from buildbot_keychain.formats._toml import read_toml, toml_document
from buildbot_keychain.formats._yaml import read_yaml
from buildbot_keychain.formats._yaml_documents import STRING, YamlError, yaml_documents

__all__ = [
    "FORMATS",
    "NESTED_TOO_DEEPLY",
    "NUMBERS",
    "STRING",
    "SUFFIXES",
    "Entries",
    "FieldError",
    "Malformed",
    "NonText",
    "YamlError",
    "field_text",
    "is_nested_too_deeply",
    "json_object",
    "number_as_text",
    "parse_json",
    "structured",
    "toml_document",
    "yaml_documents",
]

FORMATS = {"env": read_env, "json": read_json, "yaml": read_yaml, "toml": read_toml}
"""The reader of each format: a function from a text to `Entries`."""

SUFFIXES = {".env": "env", ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml"}
"""The format of a file, by the end of its name."""
