"""`Examination`: what an examination has found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from buildbot_keychain.inspection._findings import Findings, tupled


@dataclass(frozen=True)
class Examination(Findings):
    """What was found about an installation. It can be sent as JSON, and has no value in it.

    :param file: the directory of the master.
    :param configuration: its configuration.
    :param has_files: whether it has directories of secrets, in each of which all are known.
    :param secrets: the names of other secrets that whoever asks is given.
    :param logs: the files that the master has logged to, as the user who runs it sees them.
    """

    configuration: str = ""
    has_files: bool = False
    secrets: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Examination:
        """Return what `to_lines` has written, parsed and put together again."""
        return super().from_document(tupled(document))
