"""Tools that print files and their names, dumps and encodings."""

from __future__ import annotations

from tests.integration.programs.case import ProgramTestCase


class FilesTests(ProgramTestCase):
    def test_awk(self) -> None:
        self.check("awk")

    def test_base64(self) -> None:
        self.check("base64")

    def test_column(self) -> None:
        self.check("column")

    def test_coreutils(self) -> None:
        self.check("coreutils")

    def test_diff(self) -> None:
        self.check("diff")

    def test_hexdump(self) -> None:
        self.check("hexdump")

    def test_ls(self) -> None:
        self.check("ls")

    def test_od(self) -> None:
        self.check("od")

    def test_sed(self) -> None:
        self.check("sed")

    def test_tar(self) -> None:
        self.check("tar")

    def test_xxd(self) -> None:
        self.check("xxd")

    def test_zip(self) -> None:
        self.check("zip")
