"""The shell scripts that locate, create and remove a secret file on a worker.

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
and counts of directories are their only arguments. The last line begins with a word that says how
the script has ended; what each word means is in `_posix`.
"""

from __future__ import annotations

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
