"""Secret files on workers with a POSIX shell.

Buildbot's ``downloadFile`` opens a file first and makes it private afterwards. So the file is made
here, by the shell, empty: with ``set -C`` the shell asks the system for a new file and nothing
else, which refuses what exists and symbolic links alike, and the umask makes it 0600 before it has
a first byte. ``downloadFile`` then writes into the file that is there.

A directory is entered before it is judged: ``pwd -P`` says where one really is, and nobody can put
a link in the way of ``./name`` afterwards. The scripts speak in words on their standard output,
one line each, and touch nothing they were not told to. Paths are the only thing they are given.
"""

from __future__ import annotations

from buildbot_keychain.buildbot.secret_files.commands import Commands
from buildbot_keychain.buildbot.secret_files.failures import (
    NotCreatedError,
    SecretFileError,
)
from buildbot_keychain.buildbot.secret_files.places import Place, Target

PRELUDE = r"""
unset CDPATH
say() { printf '%s\n' "$1"; exit 0; }
enter() {
    here=$(pwd -P)
    cd -P -- "./$1" 2>/dev/null || say "closed $1"
    [ "$(pwd -P)" = "${here%/}/$1" ] || say "link $1"
}
start_at() {
    if ! cd -P -- "$1" 2>/dev/null; then
        if [ -e "$1" ] || [ -L "$1" ]; then say "closed $1"; fi
        say gone
    fi
    [ "$(pwd -P)" = "$1" ] || say "link $1"
}
"""

# START FOLLOW PART...
LOCATE = (
    PRELUDE
    + r"""
case $1 in
    "~") cd -P -- "${HOME:?}" ;;
    *) cd -P -- "$1" ;;
esac || exit 1
follow=$2
shift 2
while [ $# -gt 1 ]; do
    if [ -d "./$1" ] && [ "$follow" = follow ]; then
        cd -P -- "./$1" 2>/dev/null || say "closed $1"
    elif [ -d "./$1" ]; then
        enter "$1"
    elif [ -L "./$1" ]; then
        say "link $1"
    elif [ -e "./$1" ]; then
        say "nodirectory $1"
    else
        break
    fi
    shift
done
printf 'at %s\nleft %s\n' "$(pwd -P)" "$#"
[ $# -eq 1 ] || say free
if [ -L "./$1" ]; then say "link $1"; fi
if [ -f "./$1" ]; then say file; fi
if [ -e "./$1" ]; then say other; fi
say free
"""
)

# AT SHARED PART...
CREATE = (
    PRELUDE
    + r"""
fail() {
    while [ "$ours" -gt 0 ]; do
        empty=$(pwd -P)
        cd -P .. && rmdir "$empty" || break
        ours=$((ours - 1))
    done
    say "$1"
}
given=$(umask)
start_at "$1"
shared=$2
ours=0
shift 2
while [ $# -gt 1 ]; do
    if [ "$shared" -gt 0 ]; then
        umask "$given"
        shared=$((shared - 1))
        mkdir "./$1" || fail "nomkdir $1"
    else
        umask 077
        mkdir "./$1" || fail "nomkdir $1"
        chmod 700 "./$1"
        ours=$((ours + 1))
    fi
    enter "$1"
    shift
done
umask 077
taken() { [ -e "./$1" ] || [ -L "./$1" ]; }
if taken "$1"; then fail taken; fi
if ! (set -C; : > "./$1") 2>/dev/null; then
    if taken "$1"; then fail taken; fi
    fail denied
fi
if [ -L "./$1" ] || ! [ -f "./$1" ]; then fail taken; fi
chmod 600 "./$1"
case $(ls -ld "./$1") in
    -rw-------*) say created ;;
esac
rm -f "./$1"
fail open
"""
)

# AT SHARED PART...
REMOVE = (
    PRELUDE
    + r"""
below() {
    shared=$1
    shift 2
    [ "$shared" -eq 0 ] || shared=$((shared - 1))
    clear_away "$shared" "$@"
}
clear_away() {
    if [ $# -eq 2 ]; then
        rm -f "./$2"
        if [ -e "./$2" ] || [ -L "./$2" ]; then say stays; fi
        return 0
    fi
    if [ -L "./$2" ]; then say "link $2"; fi
    [ -e "./$2" ] || return 0
    enter "$2"
    below "$@"
    cd -P .. || say "closed $2"
    [ "$1" -gt 0 ] || rmdir "./$2" 2>/dev/null
    return 0
}
start_at "$1"
shift
clear_away "$@"
say removed
"""
)

_REASONS = {
    "closed": "the directory {word} cannot be entered by the worker's user",
    "link": (
        "{word} is a symbolic link; secret files are neither written nor removed through one. "
        "Remove the link, and what it may have hidden, on the worker"
    ),
    "nodirectory": "{word} is there and is no directory",
    "nomkdir": "the directory {word} cannot be made",
    "gone": "the directory it belongs into vanished meanwhile",
    "taken": "a file of that name appeared meanwhile",
    "denied": (
        "it cannot be made: the worker's user may not write there, the disk is full, "
        "or the name is too long"
    ),
    "open": (
        "that file system does not keep a file to its owner (mode 0600); "
        "choose a path on one that does"
    ),
    "stays": "it cannot be removed; remove it on the worker by hand",
}


class PosixFiles:
    """Secret files, made and removed by the worker's ``/bin/sh``."""

    windows = False

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def locate(self, target: Target) -> Place | None:
        """See `WorkerFiles.locate`."""
        verdict, place = await self._look(target)
        if verdict in ("file", "other"):
            return None
        if verdict != "free" or place is None:
            raise SecretFileError(_explain(target.path, verdict))
        return place

    async def place_of(self, target: Target) -> Place | None:
        """See `WorkerFiles.place_of`."""
        verdict, place = await self._look(target)
        return place if verdict == "file" else None

    async def _look(self, target: Target) -> tuple[str, Place | None]:
        follow = "follow" if target.follows_links else "refuse"
        said = await self._commands.shell(LOCATE, target.start, follow, *target.parts)
        facts = dict(line.partition(" ")[::2] for line in said[:-1])
        verdict = said[-1] if said else ""
        if "at" not in facts:
            return verdict, None
        if "\ufffd" in facts["at"]:
            raise SecretFileError(
                f"{target.path}: its directory has a name outside of the worker's encoding"
            )
        left = int(facts["left"])
        entered = len(target.parts) - left
        made = target.parts[entered:-1]
        shared = min(len(made), max(0, target.shared - entered))
        return verdict, Place(target.path, facts["at"], made, shared, target.parts[-1])

    async def create(self, place: Place) -> None:
        """See `WorkerFiles.create`."""
        said = await self._change(CREATE, place)
        if said != "created":
            raise NotCreatedError(_explain(place.path, said))

    async def remove(self, place: Place) -> None:
        """See `WorkerFiles.remove`."""
        said = await self._change(REMOVE, place)
        if said not in ("removed", "gone"):
            raise SecretFileError(_explain(self.absolute(place), said))

    async def _change(self, script: str, place: Place) -> str:
        said = await self._commands.shell(script, place.at, str(place.shared), *place.parts)
        return said[-1] if said else ""

    def absolute(self, place: Place) -> str:
        """See `WorkerFiles.absolute`."""
        return "/".join((place.at.rstrip("/"), *place.parts))


def _explain(path: str, verdict: str) -> str:
    kind, _, word = verdict.partition(" ")
    reason = _REASONS.get(kind, "the worker's shell did not understand").format(word=word)
    return f"{path}: {reason}"
