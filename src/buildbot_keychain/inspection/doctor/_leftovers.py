"""`backup_copies`: copies of what is secret that lie about."""

from __future__ import annotations

import re
import stat
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from shlex import quote

from buildbot_keychain.inspection._findings import NOTE, PROBLEM, Finding
from buildbot_keychain.inspection.doctor._access import readers, words
from buildbot_keychain.inspection.doctor._codes import found
from buildbot_keychain.inspection.doctor._files import files_of
from buildbot_keychain.inspection.doctor._installation import Installation

_EDITORS = (
    r"~",
    r"\.(bak|old|orig|rej|save|copy|backup|dump)\d*(\.(gz|bz2|xz|zst))?",
    r"[-_.](bak|old|copy|backup|export|\d{4}-?\d\d-?\d\d)[\w.-]*",
    r"\.sw[a-p]",
)
"""What editors, merges and people add to the name of a file that they copy."""

_EXPORTS = re.compile(r".+\.(sql|dump|export\.(json|env|age))(\.(gz|bz2|xz|zst))?")
_LIMIT = 10_000
"""Files of one directory that are looked at."""

_ROTATED = {"log-file", "audit-file", "socket"}
"""Of what copies are no surprise, or nothing."""


def backup_copies(installation: Installation) -> Iterator[Finding]:
    """Yield a finding for the copies that others can read, and one for the rest."""
    directories: dict[Path, set[str]] = defaultdict(set)
    known = set()
    for file in files_of(installation):
        known.add(file.path)
        if file.code not in _ROTATED and not file.path.is_dir():
            directories[file.path.parent].add(file.path.name)
    copies = [
        path
        for directory, names in directories.items()
        for path in _copies(directory, names)
        if path not in known
    ]
    paths_of: dict[str, list[Path]] = {PROBLEM: [], NOTE: []}
    for path in copies:
        paths_of[PROBLEM if readers(path) else NOTE].append(path)
    for level, paths in paths_of.items():
        if paths:
            who = words(readers(paths[0])) or "nobody else"
            sentence = f"a copy of what is secret lies about, and {who} can read it"
            remedy = f"rm {' '.join(quote(str(path)) for path in paths)}"
            yield found("backup-copy", sentence, *paths, remedy=remedy, level=level)


def _copies(directory: Path, names: set[str]) -> Iterator[Path]:
    spelled = "|".join(map(re.escape, sorted(names)))
    stems = "|".join(re.escape(Path(name).stem) for name in sorted(names) if Path(name).stem)
    copied = re.compile(rf"\.?(?:{spelled})(?:{'|'.join(_EDITORS)})|#(?:{spelled})#")
    dated = re.compile(rf"(?:{stems})[-_.](?:bak|old|orig|copy|backup|export)\d*\.[\w.]+")
    try:
        found_here = sorted(islice(directory.iterdir(), _LIMIT))
    except OSError:
        return
    for path in found_here:
        name = path.name
        if copied.fullmatch(name) or dated.fullmatch(name) or _EXPORTS.fullmatch(name):
            try:
                is_file = stat.S_ISREG(path.lstat().st_mode)
            except OSError:
                continue
            if is_file and name not in names:
                yield path
