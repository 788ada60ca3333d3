"""Layer rules that are finer than whole packages; `make lint` checks the others."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import buildbot_keychain

PACKAGE = Path(buildbot_keychain.__file__).parent

HOSTS = {"buildbot", "buildbot_worker", "twisted", "zope"}
"""What a whole layer may know."""

LIBRARIES = {
    "OpenSSL",
    "boto3",
    "botocore",
    "brotli",
    "cryptography",
    "daachorse",
    "gnupg",
    "hvac",
    "jinja2",
    "jwt",
    "lz4",
    "pyotp",
    "pyrage",
    "service_identity",
    "sqlalchemy",
    "tomli",
    "yaml",
    "zstandard",
}
"""What one module alone may know, and turns into our own words."""

EACH_FOR_ITSELF = {
    "cryptography": {
        "providers/sops/_ciphertext.py",
        "store/_ciphers.py",
        "store/generators.py",
        "store/imports/jenkins/_ciphers.py",
    },
    "pyrage": {
        "providers/age/_identities.py",
        "store/exports/_age.py",
        "store/generators.py",
        "store/wraps/_age.py",
    },
    "sqlalchemy": {
        "buildbot/state/_approvals_table.py",
        "buildbot/state/_builds_reader.py",
        "buildbot/state/_form_values_table.py",
        "buildbot/state/_given_table.py",
        "buildbot/state/_prints_table.py",
        "buildbot/state/_references_table.py",
        "buildbot/state/_requests_table.py",
        "buildbot/state/_root_secret_table.py",
        "buildbot/state/_sealed_fields_table.py",
        "buildbot/state/_table.py",
        "buildbot/state/_tokens_table.py",
        "buildbot/state/_uses_reader.py",
        "buildbot/state/_uses_table.py",
        "buildbot/state/_writes.py",
        "cli/_database.py",
        "audit/_database.py",
        "inspection/doctor/_database.py",
        "store/_sqlalchemy.py",
    },
}
"""What several parts need, each for something else: one module of each may know it.

Of the tables in a master's database, each has a module; `_table` turns their exceptions.
"""

IMPURE = {
    "asyncio",
    "random",
    "socket",
    "subprocess",
    "tempfile",
    "time",
    "twisted.application",
    "twisted.internet",
    "twisted.python.filepath",
}
"""Reactors, clocks, networks, processes and files."""


def imports(path: Path) -> Iterator[str]:
    """The dotted names that the module at `path` imports, wherever in it, ours left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] != PACKAGE.name)


class ForeignLibraryTests(SynchronousTestCase):
    """One foreign library, one module."""

    def test_each_is_known_to_one_module_at_most(self) -> None:
        """So that one place turns its exceptions into ours."""
        users = defaultdict(set)
        for path in PACKAGE.rglob("*.py"):
            for name in imports(path):
                users[name.partition(".")[0]].add(str(path.relative_to(PACKAGE)))
        foreign = set(users) - HOSTS - set(sys.stdlib_module_names)
        self.assertEqual(foreign - LIBRARIES, set(), "not one of the extras")
        shared = {
            name: users[name]
            for name in foreign
            if len(users[name]) > 1 and users[name] != EACH_FOR_ITSELF.get(name)
        }
        self.assertEqual(shared, {})


class PurityTests(SynchronousTestCase):
    """Redaction decides by its input alone, and the store by its input and its files."""

    def test_redaction_knows_no_reactor_clock_network_or_file(self) -> None:
        """An observer of twisted.logger is all of Twisted that it may speak of."""
        for path in (PACKAGE / "redaction").rglob("*.py"):
            impure = {
                name
                for name in imports(path)
                if any(name == bad or name.startswith(f"{bad}.") for bad in IMPURE)
            }
            self.assertEqual(impure, set(), path.name)

    def test_the_store_knows_no_reactor_clock_or_network(self) -> None:
        """The time is passed in; what blocks runs in a thread of whoever calls."""
        for path in (PACKAGE / "store").rglob("*.py"):
            impure = {name for name in imports(path) if name.startswith(("twisted", *IMPURE))}
            self.assertEqual(impure, set(), path.name)
