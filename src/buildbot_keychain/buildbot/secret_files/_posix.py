"""Secret files on workers with a POSIX shell.

Buildbot's ``downloadFile`` opens a file first and makes it private afterwards. So the file is
created here, empty, by the shell: with ``set -C`` the shell asks the system for a new file and
nothing else, which fails for existing files and symbolic links alike, and the umask makes it 0600
before it has a first byte. ``downloadFile`` then writes into the file that is there.

A directory is entered before it is checked: ``pwd -P`` says where the shell really is, and nobody
can put a link in the way of ``./name`` afterwards. Nobody else may write to a directory on the way,
or own it: they could put another file in the place of ours. In one with the sticky bit they cannot.
A mode shows what an access control list (ACL) allows, as its group's permissions.

A default ACL opens a new file to others, whatever the umask, until its mode is set; who has opened
it by then could read it ever after. So the file is made in a new directory that only its owner can
enter, and linked to its place, which overwrites nothing either.

The scripts report on their standard output, one line for each result, and touch nothing else. Paths
are their only arguments.
"""

from __future__ import annotations

from buildbot_keychain.buildbot.secret_files._commands import WorkerCommands, shown
from buildbot_keychain.buildbot.secret_files._errors import NotCreatedError, SecretFileError
from buildbot_keychain.buildbot.secret_files._locations import FileLocation, RequestedPath

# absent: whether a directory certainly is not there, and not only out of reach.
PRELUDE = r"""
unset CDPATH
report() { printf '%s\n' "$1"; exit 0; }
enter() {
    here=$(pwd -P)
    cd -P -- "./$1" 2>/dev/null || report "closed $1"
    [ "$(pwd -P)" = "${here%/}/$1" ] || report "link $1"
}
absent() {
    above=$1
    while [ ! -e "$above" ] && [ ! -L "$above" ]; do
        case $above in
            */*) above=${above%/*} ;;
            *) above=. ;;
        esac
        above=${above:-/}
    done
    [ "$above" != "$1" ] || return 1
    [ ! -L "$above" ] || [ -e "$above" ] || return 1
    [ ! -d "$above" ] || [ -x "$above" ]
}
start_at() {
    if ! cd -P -- "$1" 2>/dev/null; then
        if absent "$1"; then report gone; fi
        report "closed $1"
    fi
    [ "$(pwd -P)" = "$1" ] || report "link $1"
}
"""

# Whether other users may put things into the current directory; `replace`: in place of ours, which
# the sticky bit prevents; `add`: at all.
LOOSE = r"""
me=$(id -u)
loose() {
    set -f
    set -- "$1" $(ls -ldn .)
    set +f
    case $4 in
        0 | "$me") ;;
        *) return 0 ;;
    esac
    case $1$2 in
        replace?????????[tT]*) return 1 ;;
    esac
    case $2 in
        ????????w*) return 0 ;;
        ?????w????+*) return 0 ;;
        ?????w*) ;;
        *) return 1 ;;
    esac
    [ "$5" != 0 ] || return 1
    [ "$5" != "$(id -g)" ] || [ "$(id -gn)" != "$(id -un)" ]
}
"""

# START FOLLOWED PART...
LOCATE = (
    PRELUDE
    + LOOSE
    + r"""
start=$1
[ "$1" != "~" ] || start=${HOME:?}
if ! cd -P -- "$start" 2>/dev/null; then
    if absent "$start"; then report nostart; fi
    report "closed $start"
fi
followed=$2
shift 2
while [ $# -gt 1 ]; do
    if [ -d "./$1" ] && [ "$followed" -gt 0 ]; then
        if [ -L "./$1" ] && loose add; then report "link $1"; fi
        cd -P -- "./$1" 2>/dev/null || report "closed $1"
        followed=$((followed - 1))
    elif [ -d "./$1" ]; then
        enter "$1"
    elif [ -L "./$1" ]; then
        report "link $1"
    elif [ -e "./$1" ]; then
        report "nodirectory $1"
    else
        break
    fi
    shift
done
printf 'at %s\nleft %s\n' "$(pwd -P)" "$#"
[ $# -eq 1 ] || report free
if [ -L "./$1" ]; then report "link $1"; fi
if [ -f "./$1" ]; then report file; fi
if [ -e "./$1" ]; then report other; fi
report free
"""
)

# AT SHARED PART...
CREATE = (
    PRELUDE
    + LOOSE
    + r"""
fail() {
    while [ "$ours" -gt 0 ]; do
        empty=$(pwd -P)
        cd -P .. && rmdir "$empty" || break
        ours=$((ours - 1))
    done
    report "$1"
}
loose_above() (
    while :; do
        here=$(pwd -P)
        if loose replace; then printf '%s\n' "$here"; return; fi
        [ "$here" != / ] && cd -P .. || return
    done
)
given=$(umask)
start_at "$1"
found=$(loose_above)
[ -z "$found" ] || report "loose $found"
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
    if loose replace; then fail "loose $(pwd -P)"; fi
    shift
done
umask 077
taken() { [ -e "./$1" ] || [ -L "./$1" ]; }
if taken "$1"; then fail taken; fi
private=.keychain-$$
mkdir "./$private" 2>/dev/null || fail denied
(
    cd -P -- "./$private" && chmod 700 . || exit 1
    case $(ls -ldn .) in
        drwx------*) ;;
        *) exit 2 ;;
    esac
    (set -C; : > "./$1") 2>/dev/null || exit 1
    chmod 600 "./$1"
    case $(ls -ld "./$1") in
        -rw-------+*) [ "$(uname)" = Linux ] || exit 2 ;;
        -rw-------*) ;;
        *) exit 2 ;;
    esac
    ln "./$1" "../$1" 2>/dev/null || exit 3
)
result=$?
rm -f "./$private/$1"
rmdir "./$private"
case $result in
    0) report created ;;
    1) fail denied ;;
    2) fail open ;;
esac
if taken "$1"; then fail taken; fi
fail nolink
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
        if [ -e "./$2" ] || [ -L "./$2" ]; then report stays; fi
        return 0
    fi
    if [ -L "./$2" ]; then report "link $2"; fi
    [ -e "./$2" ] || return 0
    enter "$2"
    below "$@"
    cd -P .. || report "closed $2"
    [ "$1" -gt 0 ] || rmdir "./$2" 2>/dev/null
    return 0
}
start_at "$1"
shift
clear_away "$@"
report removed
"""
)

_REASONS = {
    "closed": (
        "the worker's user cannot enter the directory {word}, or one above it; change their "
        "permissions"
    ),
    "link": (
        "{word} is a symbolic link; secret files are neither written nor removed through one: "
        "remove the link, and what it may have hidden, on the worker"
    ),
    "nostart": "the directory that it is in is not there",
    "nodirectory": "{word} exists and is not a directory; remove it or choose another path",
    "nomkdir": "the directory {word} cannot be made; may the worker's user write there?",
    "gone": "its directory vanished in the meantime; run the build again",
    "taken": "a file of that name appeared in the meantime; choose another path",
    "denied": (
        "it cannot be made: the worker's user may not write there, the disk is full, "
        "or the name is too long"
    ),
    "open": (
        "that file system does not keep a file to its owner (mode 0600); "
        "choose a path on one that does"
    ),
    "loose": (
        "other users than the worker's own may write to the directory {word}, or own it, and could "
        "put another file in the place of this one: take that from them (chmod go-w, setfacl -b), "
        "or choose another path"
    ),
    "nolink": (
        "that file system has no hard links, by which a private file is put there; "
        "choose a path on one that has"
    ),
    "stays": "it cannot be removed; remove it on the worker by hand",
}


class PosixFiles:
    """Secret files, created and removed by the worker's ``/bin/sh``."""

    windows = False

    def __init__(self, commands: WorkerCommands) -> None:
        self._commands = commands

    async def locate(self, wanted: RequestedPath) -> FileLocation | None:
        """See `WorkerFiles.locate`."""
        result, location = await self._look(wanted)
        if result in ("file", "other"):
            return None
        if result != "free" or location is None:
            raise SecretFileError(_explain(wanted.path, result))
        return location

    async def existing_file(self, wanted: RequestedPath) -> FileLocation | None:
        """See `WorkerFiles.existing_file`."""
        result, location = await self._look(wanted)
        return location if result == "file" else None

    async def find(self, wanted: RequestedPath) -> FileLocation | None:
        """See `WorkerFiles.find`."""
        start = self._commands.builder_directory(wanted.base) if wanted.base else wanted.start
        result, location = await self._look(wanted, start)
        kind = result.partition(" ")[0]
        if kind in ("free", "nostart", "nodirectory"):
            return None
        if kind != "file" or location is None:
            raise SecretFileError(_explain(wanted.path, "stays" if kind == "other" else result))
        return location

    async def _look(
        self, wanted: RequestedPath, start: str | None = None
    ) -> tuple[str, FileLocation | None]:
        start = wanted.start if start is None else start
        lines = await self._commands.shell(LOCATE, start, str(wanted.followed), *wanted.parts)
        facts = dict(line.partition(" ")[::2] for line in lines[:-1])
        result = lines[-1] if lines else ""
        if "at" not in facts:
            return result, None
        if "\ufffd" in facts["at"]:
            raise SecretFileError(
                f"{wanted.path}: the name of its directory is not in the worker's encoding; "
                f"rename the directory or choose another path"
            )
        counts = {str(left): left for left in range(1, len(wanted.parts) + 1)}
        left = counts.get(facts.get("left", ""))
        if left is None:
            raise SecretFileError(_explain(wanted.path, ""))
        entered = len(wanted.parts) - left
        new = wanted.parts[entered:-1]
        kept = min(len(new), max(0, wanted.kept - entered))
        return result, FileLocation(wanted.path, facts["at"], new, kept, wanted.parts[-1])

    async def create(self, location: FileLocation) -> None:
        """See `WorkerFiles.create`."""
        result = await self._change(CREATE, location)
        if result != "created":
            raise NotCreatedError(_explain(location.path, result))

    async def remove(self, location: FileLocation) -> None:
        """See `WorkerFiles.remove`."""
        result = await self._change(REMOVE, location)
        if result not in ("removed", "gone"):
            raise SecretFileError(_explain(self.absolute_path(location), result))

    async def _change(self, script: str, location: FileLocation) -> str:
        words = (location.directory, str(location.kept), *location.parts)
        lines = await self._commands.shell(script, *words)
        return lines[-1] if lines else ""

    def absolute_path(self, location: FileLocation) -> str:
        """See `WorkerFiles.absolute_path`."""
        return "/".join((location.directory.rstrip("/"), *location.parts))


def _explain(path: str, result: str) -> str:
    kind, _, word = result.partition(" ")
    unknown = "the worker's shell printed something unexpected; is its /bin/sh a POSIX shell?"
    return f"{path}: {_REASONS.get(kind, unknown).format(word=shown(word))}"
