"""Languages: how they write texts down, and their errors."""

from __future__ import annotations

from tests.integration.programs.case import ProgramTestCase


class LanguagesTests(ProgramTestCase):
    def test_java(self) -> None:
        self.check("java")

    def test_node(self) -> None:
        self.check("node")

    def test_perl(self) -> None:
        self.check("perl")

    def test_php(self) -> None:
        self.check("php")

    def test_pytest(self) -> None:
        self.check("pytest")

    def test_python(self) -> None:
        self.check("python")

    def test_ruby(self) -> None:
        self.check("ruby")

    def test_tclsh(self) -> None:
        self.check("tclsh")
