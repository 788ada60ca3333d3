"""Shells and what they print of variables, commands and errors."""

from __future__ import annotations

from tests.integration.programs.case import ProgramTestCase


class ShellsTests(ProgramTestCase):
    def test_bash(self) -> None:
        self.check("bash")

    def test_busybox(self) -> None:
        self.check("busybox")

    def test_dash(self) -> None:
        self.check("dash")

    def test_env(self) -> None:
        self.check("env")

    def test_mksh(self) -> None:
        self.check("mksh")

    def test_zsh(self) -> None:
        self.check("zsh")
