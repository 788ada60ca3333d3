"""What a user downloads: the wheel's files and what they say about themselves."""

from __future__ import annotations

import email
import email.message
import os
import sysconfig
from pathlib import Path
from zipfile import ZipFile

from twisted.trial.unittest import SkipTest, SynchronousTestCase

import buildbot_keychain
from buildbot_keychain.providers.catalog import CATALOG

SOURCE = Path(__file__).parents[2] / "src"


class WheelTestCase(SynchronousTestCase):
    """Opens the wheel that `make test` built and installed."""

    def setUp(self) -> None:
        wheel = os.environ.get("KEYCHAIN_WHEEL")
        if not wheel:
            msg = "KEYCHAIN_WHEEL names no wheel: `make test` builds and names one"
            raise SkipTest(msg)
        self.wheel = ZipFile(wheel)
        self.addCleanup(self.wheel.close)
        self.dist_info = next(
            name.partition("/")[0]
            for name in self.wheel.namelist()
            if name.endswith(".dist-info/METADATA")
        )

    def metadata(self) -> email.message.Message:
        """The wheel's core metadata."""
        return email.message_from_bytes(self.wheel.read(f"{self.dist_info}/METADATA"))


class ContentsTests(WheelTestCase):
    """The files."""

    def test_the_package_is_the_source_tree_and_nothing_else(self) -> None:
        """Each file of the package, unchanged; no tests, no examples, no compiled files."""
        shipped = {
            name: self.wheel.read(name)
            for name in self.wheel.namelist()
            if not name.startswith(f"{self.dist_info}/")
        }
        source = {
            str(path.relative_to(SOURCE)): path.read_bytes()
            for path in (SOURCE / "buildbot_keychain").rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        self.assertEqual(sorted(shipped), sorted(source))
        changed = [name for name in source if shipped[name] != source[name]]
        self.assertEqual(changed, [])

    def test_types_are_shipped(self) -> None:
        """The marker of PEP 561 lies in the package."""
        self.assertIn("buildbot_keychain/py.typed", self.wheel.namelist())

    def test_the_licence_is_shipped(self) -> None:
        """Where PEP 639 wants it."""
        text = self.wheel.read(f"{self.dist_info}/licenses/LICENSE").decode()
        self.assertIn("MIT License", text)
        self.assertIn("The buildbot-keychain authors", text)

    def test_the_tests_use_what_was_installed_from_it(self) -> None:
        """Not the source tree, which may hold files that the wheel forgot."""
        package = Path(buildbot_keychain.__file__).parent
        self.assertEqual(package.parent, Path(sysconfig.get_path("purelib")))
        installed = {
            name: (package.parent / name).read_bytes()
            for name in self.wheel.namelist()
            if name.startswith("buildbot_keychain/")
        }
        stale = [name for name in installed if installed[name] != self.wheel.read(name)]
        self.assertEqual(stale, [])


class MetadataTests(WheelTestCase):
    """What installers and people read."""

    def test_the_names_a_user_meets(self) -> None:
        """Name, licence, Python."""
        metadata = self.metadata()
        self.assertEqual(metadata["Name"], "buildbot-keychain")
        self.assertEqual(metadata["License-Expression"], "MIT")
        self.assertEqual(metadata["Requires-Python"], ">=3.10")
        self.assertIn("buildbot-keychain", str(metadata.get_payload()))

    def test_the_version_heads_the_change_log(self) -> None:
        """A release has an entry, be it an unreleased one."""
        log = (SOURCE.parent / "CHANGELOG.md").read_text(encoding="utf-8")
        first = next(line for line in log.splitlines() if line.startswith("## "))
        self.assertIn(str(self.metadata()["Version"]), first)

    def test_the_core_needs_twisted_and_zope_interface_alone(self) -> None:
        """Whatever else is used is asked for by an extra."""
        required = self.metadata().get_all("Requires-Dist", [])
        core = sorted(line for line in required if "extra ==" not in line)
        self.assertEqual(core, ["twisted>=24.7", "zope-interface"])

    def test_the_extras(self) -> None:
        """One for each store that needs a foreign library, and one for all of them."""
        extras = self.metadata().get_all("Provides-Extra", [])
        stores = {entry.extra for entry in CATALOG if entry.extra}
        self.assertEqual(sorted(extras), sorted({"all", "buildbot", "fast", "store"} | stores))
