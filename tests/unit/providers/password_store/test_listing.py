from __future__ import annotations

from buildbot_keychain.errors import AccessDenied, ProviderError
from buildbot_keychain.providers.password_store import password_store_values
from tests.support.password_store.age_stores import AgeStoreTestCase
from tests.support.password_store.real_stores import PasswordStoreTestCase


class AgeTests(AgeStoreTestCase):
    def test_whole_entries_in_their_order(self) -> None:
        self.put("team/token", "one\nuser: x\n")
        self.put("a", "two")
        found = password_store_values(str(self.dir), age_key_file=str(self.key_file))
        values = {name: read() for name, read in found}
        self.assertEqual(values, {"a": "two", "team/token": "one\nuser: x\n"})
        self.assertEqual(list(values), ["a", "team/token"])

    def test_an_entry_for_another_key_is_a_problem_of_its_own(self) -> None:
        self.put("a", "one")
        self.key_file.write_text(str(type(self.identity).generate()))
        ((name, read),) = password_store_values(str(self.dir), age_key_file=str(self.key_file))
        self.assertEqual(name, "a")
        self.assertRaises(AccessDenied, read)

    def test_a_store_that_is_missing(self) -> None:
        found = password_store_values(str(self.dir / "no"), age_key_file=str(self.key_file))
        self.assertRaises(ProviderError, list, found)


class GnupgTests(PasswordStoreTestCase):
    def test_whole_entries(self) -> None:
        self.run_pass("init", "plain")
        self.insert("team/token", "one\nuser: x\n")
        found = password_store_values(str(self.dir), gnupg_home=str(self.gnupg_home))
        self.assertEqual({name: read() for name, read in found}, {"team/token": "one\nuser: x\n"})
