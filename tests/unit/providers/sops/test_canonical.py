"""The one name of a value, through links to its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.sops.case import VALUE, SopsTestCase


class SopsTests(SopsTestCase):
    def link(self, name: str, target: str | Path) -> None:
        path = self.files / name
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(target)

    async def assertOne(self, provider: Any, *names: str, canonical_name: str) -> None:
        """Fail unless all `names` have a value, and one canonical name."""
        for name in names:
            self.assertIsNotNone(await provider.get(name), name)
            self.assertEqual(await provider.canonical(name), canonical_name, name)

    async def test_links_to_files(self) -> None:
        self.write("team/db.json", self.writer.json({"a": {"b": VALUE}}))
        self.link("alias.json", "team/db.json")
        self.link("alias.yaml", "team/db.json")
        self.link("group", "team")
        provider = self.provider(self.files)
        names = ("team/db/a/b", "alias/a/b", "group/db/a/b")
        await self.assertOne(provider, *names, canonical_name="team/db/a/b")
        self.assertEqual(await provider.canonical("nobody"), "nobody")

    async def test_files_behind_links(self) -> None:
        outside = self.dir / "outside.json"
        outside.write_text(self.writer.json({"a": VALUE}))
        for name in ("b.json", "a.json", "x/c.json"):
            self.link(name, outside)
        provider = self.provider(self.files)
        await self.assertOne(provider, "b/a", "a/a", "x/c/a", canonical_name="a/a")

    async def test_a_file_in_two_places(self) -> None:
        self.write("db.json", self.writer.json({"a": VALUE, "db": {"a": "another"}}))
        self.link("link.json", "db.json")
        provider = self.provider(self.files, self.files / "link.json")
        await self.assertOne(provider, "db/a", "link/a", "a", canonical_name="db/a")
        await self.assertOne(provider, "db/db/a", canonical_name="db/db/a")

    async def test_of_two_files_the_one_that_has_it(self) -> None:
        self.write("team.json", self.writer.json({"x": VALUE}))
        self.write("a/b.json", self.writer.json({"list": ["one", "two"]}))
        self.link("a.json", "team.json")
        provider = self.provider(self.files)
        await self.assertOne(provider, "a/b/list/1", canonical_name="a/b/list/1")
        await self.assertOne(provider, "a/x", "team/x", canonical_name="team/x")

    async def test_comments_count_in_no_list(self) -> None:
        tree = self.writer.tree({"list": ["one"]})
        tree["list"].insert(0, self.writer.sealed(b" note", "comment", "list:"))
        self.write("a/b.json", json.dumps(tree))
        self.write("c.json", self.writer.json({"b": {"list": ["x", "two"]}}))
        self.link("a.json", "c.json")
        provider = self.provider(self.files)
        await self.assertOne(provider, "a/b/list/0", "c/b/list/0", canonical_name="c/b/list/0")
        await self.assertOne(provider, "a/b/list/1", canonical_name="c/b/list/1")

    async def test_binary_files(self) -> None:
        self.write("cert.pem", self.writer.json({"data": VALUE}))
        self.link("link.pem", "cert.pem")
        provider = self.provider(self.files)
        await self.assertOne(provider, "cert.pem", "link.pem", canonical_name="cert.pem")
