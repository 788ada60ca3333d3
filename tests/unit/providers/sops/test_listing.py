from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from unittest import mock

from buildbot_keychain.errors import AccessDenied, InvalidSecret, ProviderError, ProviderUnavailable
from buildbot_keychain.providers.age import Identities
from buildbot_keychain.providers.sops import sops_values
from tests.support.sops.case import VALUE, SopsTestCase
from tests.support.sops.writer import SopsWriter


class ValuesTests(SopsTestCase):
    def values(self, place: str = "") -> dict[str, object]:
        """All values by name; an error stands for what cannot be read."""
        identities = Identities(self.writer.key_file)
        items = sops_values(str(self.files / place), identities)
        return {name: self.outcome(read) for name, read in items}

    def outcome(self, read: Callable[[], str]) -> object:
        try:
            return read()
        except ProviderError as error:
            self.assertNotIn(VALUE, str(error))
            return type(error)

    def test_a_file(self) -> None:
        self.write("x.json", self.writer.json({"a": VALUE, "b": {"c": ["d", 7]}, "e": ""}))
        expected = {"a": VALUE, "b/c/0": "d", "b/c/1": "7", "e": InvalidSecret}
        self.assertEqual(self.values("x.json"), expected)

    async def test_in_a_directory_the_names_are_those_of_lookups(self) -> None:
        self.write("prod.json", self.writer.json({"a": VALUE}))
        self.write("team/x.json.enc", self.writer.json({"b/c": VALUE}))
        self.write("key.pem", self.writer.json({"data": VALUE}))
        self.write("plain.json", '{"a": "b"}')
        self.write("README.md", "text")
        self.write(".hidden.json", self.writer.json({"a": VALUE}))
        found = self.values()
        self.assertEqual(sorted(found), ["key.pem", "prod/a", "team/x/b/c"])
        provider = self.provider(self.files)
        for name, value in found.items():
            self.assertEqual(await provider.get(name), value)

    def test_a_file_that_cannot_be_read_does_not_stop_the_others(self) -> None:
        self.write("a.json", SopsWriter().json({"a": VALUE}))
        self.write("b.json", self.writer.json({"b": VALUE}))
        path = self.write("c.json", self.writer.json({"c": VALUE}))
        path.write_text(
            path.read_text().replace("ENC[AES256_GCM,data:", "ENC[AES256_GCM,data:AA", 1)
        )
        denied = {str(self.files / name): AccessDenied for name in ("a.json", "c.json")}
        self.assertEqual(self.values(), {**denied, "b/b": VALUE})

    def test_a_place_that_is_missing(self) -> None:
        missing = str(self.files / "x.json")
        self.assertEqual(self.values("x.json"), {missing: ProviderUnavailable})

    def test_a_directory_that_cannot_be_listed_is_not_passed_over(self) -> None:
        self.write("a.json", self.writer.json({"a": VALUE}))
        self.write("team/b.json", self.writer.json({"b": VALUE}))
        scan = os.scandir

        def refuse(path: str) -> Any:
            if path.endswith("team"):
                raise PermissionError(13, "Permission denied", path)
            return scan(path)

        with mock.patch("os.scandir", refuse):
            found = self.values()
        self.assertEqual(found, {"a/a": VALUE, str(self.files): ProviderUnavailable})
