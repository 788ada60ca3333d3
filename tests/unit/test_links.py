from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.links import link_of_others

SOMEBODY = 65534


class LinkTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir()
        self.file = self.directory / "file"
        self.file.touch()

    def link(self, name: str, target: str | Path) -> Path:
        """Make a link, which is not root's."""
        path = self.directory / name
        path.symlink_to(target)
        if os.geteuid() == 0:
            os.lchown(path, SOMEBODY, SOMEBODY)
        return path

    def test_the_owner_of_a_file_may_link_to_it(self) -> None:
        if os.geteuid() == 0:
            os.chown(self.file, SOMEBODY, SOMEBODY)
        self.assertIsNone(link_of_others(self.file))
        self.assertIsNone(link_of_others(self.link("one", "file")))
        self.assertIsNone(link_of_others(self.link("two", self.directory / "one")))

    def test_whoever_else_may_not(self) -> None:
        self.assertIsNone(link_of_others(Path("/etc/passwd")))
        one = self.link("one", "/etc/passwd")
        self.assertEqual(link_of_others(one), one)
        above = self.link("above", "../../../../../../../../../../../../etc/.")
        self.assertEqual(link_of_others(above / "passwd"), above)

    def test_all_links_on_the_way_count(self) -> None:
        one = self.link("one", "/etc/passwd")
        if os.geteuid() == 0:
            first = self.directory / "first"
            first.symlink_to("one")
            self.assertEqual(link_of_others(first), one)
            os.lchown(one, 0, 0)
            self.assertIsNone(link_of_others(first))
        back = self.link("back", self.directory)
        self.assertEqual(link_of_others(back / "one"), back)

    def test_where_nothing_is(self) -> None:
        for path in (self.link("gone", "nowhere"), self.link("loop", "loop")):
            self.assertRaises(OSError, link_of_others, path)
