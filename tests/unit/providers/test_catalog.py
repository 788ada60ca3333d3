from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.catalog import CATALOG, CatalogEntry
from buildbot_keychain.providers.files import SecretInAFile


class Argument:
    pass


class CatalogEntryTests(SynchronousTestCase):
    def test_a_provider_is_exported_by_the_name_of_its_class(self) -> None:
        self.assertEqual(CatalogEntry(SecretInAFile, "how-to/files.md").name, "SecretInAFile")

    def test_it_is_exported_with_what_its_arguments_take(self) -> None:
        entry = CatalogEntry(SecretInAFile, "how-to/files.md", None, (Argument,))
        self.assertEqual(entry.exports, (SecretInAFile, Argument))

    def test_files_need_no_extra(self) -> None:
        self.assertEqual(CATALOG[0], CatalogEntry(SecretInAFile, "how-to/files.md"))
