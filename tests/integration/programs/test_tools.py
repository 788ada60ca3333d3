"""Tools that fetch, build, query and convert."""

from __future__ import annotations

from tests.integration.programs.case import ProgramTestCase


class ToolsTests(ProgramTestCase):
    def test_cmake(self) -> None:
        self.check("cmake")

    def test_curl(self) -> None:
        self.check("curl")

    def test_git(self) -> None:
        self.check("git")

    def test_jq(self) -> None:
        self.check("jq")

    def test_make(self) -> None:
        self.check("make")

    def test_ninja(self) -> None:
        self.check("ninja")

    def test_openssl(self) -> None:
        self.check("openssl")

    def test_psql(self) -> None:
        self.check("psql")

    def test_sqlite3(self) -> None:
        self.check("sqlite3")

    def test_ssh(self) -> None:
        self.check("ssh")

    def test_strace(self) -> None:
        self.check("strace")

    def test_wget(self) -> None:
        self.check("wget")

    def test_xmllint(self) -> None:
        self.check("xmllint")

    def test_yq(self) -> None:
        self.check("yq")
