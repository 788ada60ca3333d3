"""What a worker does for secret files, done on this machine, without a worker or a master."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from buildbot_keychain.buildbot.secret_files._errors import SecretFileError


class LocalShell:
    """Runs scripts as a worker does, in a directory of this machine.

    :param argv: the shell, which reads its script from standard input.
    """

    def __init__(self, argv: list[str], directory: Path, environment: dict[str, str]) -> None:
        self._argv = argv
        self._directory = directory
        self._environment = environment

    async def shell(self, script: str, *words: str) -> list[str]:
        """Return the lines that it prints."""
        ran = subprocess.run(
            [*self._argv, "-s", *words],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            cwd=self._directory,
            env=self._environment,
        )
        if ran.returncode != 0:
            raise SecretFileError(ran.stderr)
        return ran.stdout.splitlines()


class LocalCommands(LocalShell):
    """A worker's commands, as `WorkerCommands` has them.

    :ivar writable: whether files can be written.
    :ivar lists: whether a directory's names fit into an answer.
    """

    windows = False
    base = "dir"

    def __init__(self, directory: Path, worker: str = "worker", conn: object = None) -> None:
        super().__init__(["/bin/sh"], directory, {"PATH": os.environ["PATH"]})
        self.builddir = str(directory)
        self.worker = SimpleNamespace(workername=worker)
        self.conn = conn
        self.writable = True
        self.lists = True

    def builder_directory(self, base: str) -> str:
        """Return the directory, which is the only one, whatever it is called."""
        return self.builddir

    def check_file_transfer(self) -> None:
        """Files arrive."""

    async def run(self, name: str, args: dict[str, Any]) -> Any:
        """Do one of Buildbot's commands for files."""
        rc, files = 0, None
        if name == "listdir" and not self.lists:
            raise SecretFileError("worker answered with more than it may")
        try:
            if name == "mkdir":
                Path(args["dir"]).mkdir(parents=True, exist_ok=True)
            elif name == "rmdir":
                shutil.rmtree(args["dir"])
            elif name == "rmfile":
                Path(args["path"]).unlink()
            elif name == "listdir":
                files = [path.name for path in Path(args["dir"]).iterdir()]
            else:
                raise NotImplementedError(name)
        except OSError:
            rc = 1
        return SimpleNamespace(rc=rc, updates={"files": [files]})

    async def download(self, path: str, content: bytes) -> bool:
        """Write a file."""
        if self.writable:
            Path(path).write_bytes(content)
        return self.writable

    async def stat(self, path: str) -> tuple[Any, ...] | None:
        """Return what `os.stat` returns, or ``None``."""
        return tuple(Path(path).stat()) if Path(path).exists() else None
