"""The site: what `make docs` is not able to notice."""

from __future__ import annotations

import importlib
import re
import runpy
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

DOCS = Path(__file__).resolve().parents[2] / "docs"
API = DOCS / "reference" / "api"

PUBLIC = {
    "library.rst": ["buildbot_keychain"],
    "plugins.rst": [f"buildbot_keychain.plugins.{name}" for name in ("secrets", "steps", "util")],
    "redaction.rst": ["buildbot_keychain.redaction"],
    "testing.rst": ["buildbot_keychain.testing"],
    "vault.rst": ["buildbot_keychain.providers.vault"],
}
"""The modules with an ``__all__``, by the page that describes them."""

ELSEWHERE = {
    "plugins.rst": re.compile(
        "Allow|AuditTo.*|Deny|Interpolate|MetricsPort|Resilience|Secret|TransitKeyOf|Vault.*"
    ),
    "vault.rst": re.compile("SecretInVault"),
}
"""Names that a page leaves to another one."""


class ApiTests(SynchronousTestCase):
    """The pages that are generated from docstrings."""

    def test_every_public_name_is_described(self) -> None:
        """Each name of an ``__all__`` is listed, unless the page takes all members."""
        for page, modules in PUBLIC.items():
            text = (API / page).read_text()
            for module in modules:
                if f".. automodule:: {module}\n   :members:" in text:
                    continue
                names = set(importlib.import_module(module).__all__)
                elsewhere = {n for n in names if page in ELSEWHERE and ELSEWHERE[page].fullmatch(n)}
                listed = set(re.findall(r"^.. auto(?:class|function):: (\w+)$", text, re.MULTILINE))
                for name in sorted(names - elsewhere - listed):
                    self.fail(f"docs/reference/api/{page} lacks '.. autoclass:: {name}'")


class PictureTests(SynchronousTestCase):
    """`docs/development/layers.svg`."""

    def test_it_shows_the_code_as_it_is(self) -> None:
        """The committed picture is what the script draws now."""
        script = runpy.run_path(str(DOCS / "development" / "draw_layers.py"))
        if script["PICTURE"].read_text() != script["draw"]():
            self.fail("the picture is out of date; run: make format")

    def test_every_package_is_on_it(self) -> None:
        """The contract of the layers names each of them."""
        script = runpy.run_path(str(DOCS / "development" / "draw_layers.py"))
        shown = {name for layer in script["layers"](script["ROOT"]) for name in layer}
        package = script["ROOT"] / "src" / "buildbot_keychain"
        members = {path.stem for path in package.iterdir() if re.match("[a-z]", path.name)}
        self.assertEqual(members - {"py"}, shown)
