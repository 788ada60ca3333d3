"""Searches the logs and the database of a master for secrets that are known, by ``scrub``.

That runs in a process of its own, as the user that runs the master, for as long as it may. Nothing
is changed. What the configuration prints leads nowhere.
"""

from __future__ import annotations

import json
import select
import shlex
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildbot_keychain.cli._text import counted

if TYPE_CHECKING:
    from buildbot_keychain.inspection import Finding, Progress
    from buildbot_keychain.inspection.doctor import Examination

_PROGRAM = "from buildbot_keychain.cli.main import main; sys.exit(main())"
_SCRUB = ["buildbot-keychain", "scrub"]
_LABEL = "searching what is stored"
_CHUNK = 65_536
_NOWHERE: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

_MOST = 1000
"""Secrets that one search names."""

_PAUSE = 0.5
"""Seconds between two updates of the progress."""


def stored_secrets(
    examined: Examination, where: str, seconds: float, progress: Progress
) -> list[Finding]:
    """Return what of the secrets that are known is stored, and whether all could be searched.

    Those in files are searched for all together, as ``scrub`` does; others by their names.

    :param where: the directory or configuration that was examined.
    :param seconds: for how long to search.
    :param progress: called with how much of that has passed.
    """
    from buildbot_keychain.inspection import (  # noqa: PLC0415 - Buildbot is slow
        UNCHECKED,
        as_owner,
        begun,
    )
    from buildbot_keychain.inspection.doctor import found  # noqa: PLC0415 - Buildbot is slow

    directory, user = as_owner(Path(where).absolute())
    # Root executes no configuration that others can change.
    scrub = ["sudo", "-u", user["env"]["USER"], *_SCRUB] if user else _SCRUB
    logs = list(examined.logs)
    searches: list[list[str]] = [[]] if examined.has_files else []
    secrets = list(examined.secrets)
    while secrets:
        some, secrets = secrets[:_MOST], secrets[_MOST:]
        searches.append([f"--name={name}" for name in some])
    until = time.monotonic() + seconds
    result = []
    for names in searches:
        given = ["--config", str(directory), *names, *_texts(logs)]
        arguments = ["scrub", *given, "--json"]
        left = until - time.monotonic()
        with begun(_PROGRAM, arguments, user, stdout=subprocess.PIPE, **_NOWHERE) as child:
            documents = list(map(json.loads, _lines(child, left, progress)))
        still_there = [each for each in documents if each.get("outcome") == "found"]
        if still_there:
            found_names = dict.fromkeys(each["secret"] for each in still_there)
            places = [each["location"] for each in still_there]
            named = [f"--name={name}" for name in found_names] if names else []
            remedy = _remedy([*scrub, "--config", str(directory), *named], logs, places)
            sentence = _stored(found_names, places)
            result.append(found("stored-secrets", sentence, *places, remedy=remedy))
        # The totals come last.
        is_whole = any("occurrences" in each for each in documents)
        if not is_whole or any("not_checked" in each for each in documents):
            sentence = "not everything that is stored could be searched"
            if not is_whole and time.monotonic() >= until:
                sentence += f" within {seconds:g} seconds"
            remedy = shlex.join([*scrub, *given])
            file = examined.file
            result.append(found("stored-secrets", sentence, file, remedy=remedy, level=UNCHECKED))
    return result


def _stored(names: Iterable[str], places: Sequence[str]) -> str:
    where = counted(len(places), "place")
    stored = ", ".join(map(repr, names))
    return f"{stored} stands as it is in {where} of the logs or the database"


def _remedy(scrub: list[str], logs: Sequence[str], places: Sequence[str]) -> str:
    holding = [log for log in logs if any(place.startswith(f"{log}, ") for place in places)]
    in_logs = tuple(f"{log}, " for log in holding)
    apart = ["--no-database"] if all(place.startswith(in_logs) for place in places) else []
    return shlex.join([*scrub, *_texts(holding), *apart, "--write"])


def _texts(logs: Sequence[str]) -> list[str]:
    return ["--text", *logs] if logs else []


def _lines(child: Any, seconds: float, progress: Progress) -> Iterator[bytes]:  # noqa: ANN401 - a Popen
    """Yield the whole lines that a process prints, until it ends or the time is over."""
    began = time.monotonic()
    waiting = select.poll()
    waiting.register(child.stdout, select.POLLIN)
    rest = b""
    while (passed := time.monotonic() - began) < seconds:
        progress(int(passed), int(seconds) or 1, _LABEL)
        if not waiting.poll(min(_PAUSE, seconds - passed) * 1000):
            continue
        data = child.stdout.read1(_CHUNK)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        yield from lines
