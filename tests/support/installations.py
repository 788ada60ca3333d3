"""Installations to examine, of which a part is configured, by Buildbot's own loader."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from buildbot.config.master import MasterConfig

from buildbot_keychain.inspection import Finding, Loaded
from buildbot_keychain.inspection.doctor._installation import Installation


def open_directory(test: Any) -> Path:
    """Return a new directory that everybody can enter, which is removed after a test."""
    directory = Path(tempfile.mkdtemp(dir="/tmp")).resolve()
    test.addCleanup(shutil.rmtree, directory)
    directory.chmod(0o755)
    return directory


def installation(basedir: Path, process: int | None = None, **settings: Any) -> Installation:
    """Return the installation in a directory, with Buildbot's defaults but for some settings."""
    config = MasterConfig()
    for name, value in settings.items():
        getattr(config, name)  # it is one of Buildbot's
        setattr(config, name, value)
    file = basedir / "master.cfg"
    return Installation(basedir, file, Loaded(file, basedir, config, [], []), process=process)


def codes(found: Any) -> list[str]:
    """Return the codes of findings, each of which has a remedy."""
    findings: list[Finding] = list(found)
    assert all(each.remedy for each in findings)
    return [each.kind for each in findings]
