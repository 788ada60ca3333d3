"""``buildbot-keychain rotate`` and ``rekey``: new keys, and values encrypted again.

Both can be interrupted at any time, and go on where they were. ``rotate`` does all at once for
masters that share the file of the keys. For masters that have copies of it there are three steps,
with the copying between the first two.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from buildbot_keychain.cli import _standard_streams, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import CommandError, ExitStatus, UsageError
from buildbot_keychain.cli._text import printable
from buildbot_keychain.cli._times import format_span, format_time, parse_span, parse_time
from buildbot_keychain.cli.store import _access
from buildbot_keychain.cli.store._facts import key_facts
from buildbot_keychain.errors import StoreConflict

if TYPE_CHECKING:
    from buildbot_keychain.cli._terminal import Terminal
    from buildbot_keychain.store.access import StoreAccess
    from buildbot_keychain.store.resealing import Resealed

_ALIVE = "1h"
"""Masters announce their keys every five minutes."""

_WAIT = 30
"""Seconds. A master announces a new key within seconds where it has the same file."""

T = TypeVar("T")

pause = time.sleep


def add_rotate_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``rotate``."""
    steps = parser.add_mutually_exclusive_group()
    steps.add_argument(
        "--start",
        action="store_true",
        help="only add a key to the file of the keys, for you to copy to the other machines",
    )
    steps.add_argument(
        "--promote",
        action="store_true",
        help="only have that key seal from now on, if every master that is alive has it",
    )
    steps.add_argument(
        "--finish", action="store_true", help="only seal the rest with it, and retire older keys"
    )
    steps.add_argument(
        "--status", action="store_true", help="only print the keys, and which masters lack any"
    )
    parser.add_argument(
        "--older-than",
        metavar="TIME",
        help="do nothing if the key that seals is not older, such as 90d: for a timer",
    )
    parser.add_argument(
        "--alive",
        metavar="TIME",
        default=_ALIVE,
        help=f"masters that were seen so long ago must have the key; by default {_ALIVE}",
    )
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=int,
        default=_WAIT,
        help=f"how long to wait for masters that share the file to read it; by default {_WAIT}",
    )
    _access.add_arguments(parser)
    _terminal.add_arguments(parser)


def rotate(arguments: argparse.Namespace) -> ExitStatus:
    """Replace the key that seals."""
    now = _access.now()
    alive_since = now - parse_span(arguments.alive)
    oldest = now - parse_span(arguments.older_than) if arguments.older_than else None
    steps = (arguments.start, arguments.promote, arguments.finish, arguments.status)
    if oldest is not None and any(steps):
        raise UsageError("--older-than decides whether a rotation begins: use it without a step")
    terminal = _terminal.Terminal(quiet=arguments.quiet)
    with _access.opened(arguments) as store:
        if arguments.status:
            return _show_status(store, now, as_json=arguments.json)
        if arguments.start:
            return _start(store, terminal, now, as_json=arguments.json)
        if arguments.promote:
            return _promote(store, terminal, now, alive_since, as_json=arguments.json)
        return _rotate(store, terminal, arguments, now, alive_since, oldest=oldest)


def _show_status(store: StoreAccess, now: int, *, as_json: bool) -> ExitStatus:
    for key in store.rotation.known_keys():
        if as_json:
            _standard_streams.print_line(json.dumps(key_facts(key)))
        else:
            age = format_span(now - key.created)
            line = f"key     {key.id.hex()}  {key.use:8}  {age:>5} old  seals {key.data_keys}"
            _standard_streams.print_line(line)
    for master in store.rotation.masters():
        lacks = [kid.hex() for kid in master.lacks]
        if as_json:
            known = {"master": master.name, "seen": format_time(master.seen), "lacks": lacks}
            _standard_streams.print_line(json.dumps(known))
        else:
            has = f"lacks {', '.join(lacks)}" if lacks else "has all keys"
            age = format_span(now - master.seen)
            line = f"master  {printable(master.name)}  seen {age} ago  {has}"
            _standard_streams.print_line(line)
    return ExitStatus.SUCCESS


def _start(store: StoreAccess, terminal: Terminal, now: int, *, as_json: bool) -> ExitStatus:
    kid = store.rotation.start(now).hex()
    if as_json:
        _standard_streams.print_line(json.dumps({"key": kid, "use": "waiting"}))
    terminal.message(
        f"the key {kid} is in the file of the keys; copy the file to every master, then run: "
        "buildbot-keychain rotate --promote"
    )
    return ExitStatus.SUCCESS


def _promote(
    store: StoreAccess, terminal: Terminal, now: int, alive_since: int, *, as_json: bool
) -> ExitStatus:
    waiting = [key.id for key in store.rotation.known_keys() if key.use == "waiting"]
    if not waiting:
        raise CommandError("no key waits to be promoted: run buildbot-keychain rotate --start")
    store.rotation.promote(waiting[-1], now=now, alive_since=alive_since)
    if as_json:
        known = {"key": waiting[-1].hex(), "use": "primary"}
        _standard_streams.print_line(json.dumps(known))
    terminal.message(
        f"the key {waiting[-1].hex()} seals from now on; seal the rest with: "
        "buildbot-keychain rotate --finish"
    )
    return ExitStatus.SUCCESS


def _rotate(
    store: StoreAccess,
    terminal: Terminal,
    arguments: argparse.Namespace,
    now: int,
    alive_since: int,
    *,
    oldest: int | None,
) -> ExitStatus:
    rotation, step = store.rotation, " --finish" if arguments.finish else ""
    total = sum(key.data_keys for key in rotation.known_keys())

    def show(done: int) -> None:
        terminal.progress_bar(done, total, f"{done} of {total} versions")

    def work() -> Resealed | None:
        if arguments.finish:
            rewrapped = rotation.rewrap(now, show)
            if not rewrapped.problems:
                rotation.finish()
            return rewrapped
        if oldest is None:
            return rotation.rotate(now=now, alive_since=alive_since, progress=show)
        found = rotation.rotate_if_older(oldest, now=now, alive_since=alive_since, progress=show)
        return found[1] if found else None

    try:
        wait = 0 if arguments.finish else arguments.wait
        rewrapped = _when_all_have_the_key(work, terminal, wait)
    except KeyboardInterrupt:
        terminal.message(
            f"the store is in use as before; go on with: buildbot-keychain rotate{step}"
        )
        raise
    terminal.clear_status()
    if rewrapped is None:
        terminal.message("the key that seals is not older than that; nothing was changed")
        if arguments.json:
            _standard_streams.print_line(json.dumps({"done": 0, "problems": []}))
        return ExitStatus.SUCCESS
    done, problems = rewrapped.done, rewrapped.problems
    return _report(terminal, done, "versions were sealed again", problems, arguments)


def _when_all_have_the_key(work: Callable[[], T], terminal: Terminal, wait: int) -> T:
    """Call `work` until every master has the new key.

    :param wait: seconds after which it is given up.
    :raise StoreConflict: when a master lacks it still.
    """
    for left in range(wait, 0, -1):
        with contextlib.suppress(StoreConflict):
            return work()
        terminal.status(f"waiting for masters to read the file of the keys ({left} s)")
        pause(1)
    return work()


def _report(
    terminal: Terminal,
    done: int,
    what: str,
    problems: Sequence[str],
    arguments: argparse.Namespace,
) -> ExitStatus:
    if arguments.json:
        _standard_streams.print_line(json.dumps({"done": done, "problems": list(problems)}))
    else:
        for problem in problems:
            _standard_streams.print_line(printable(problem))
        left = f"; {len(problems)} do not open, and are as they were" if problems else ""
        terminal.message(f"{done} {what}{left}")
    return ExitStatus.UNCHECKED if problems else ExitStatus.SUCCESS


def add_rekey_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``rekey``."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="only these secrets; by default, all"
    )
    parser.add_argument(
        "--since",
        metavar="TIME",
        help="go on with what began then: secrets for which it was done since are left alone",
    )
    _access.add_arguments(parser)
    _terminal.add_arguments(parser)


def rekey(arguments: argparse.Namespace) -> ExitStatus:
    """Encrypt values again, with new data keys."""
    now = _access.now()
    if arguments.names and arguments.since:
        raise UsageError("--since goes on with all secrets: leave the names out")
    since = parse_time(arguments.since, "--since") if arguments.since else now
    terminal = _terminal.Terminal(quiet=arguments.quiet)
    with _access.opened(arguments) as store:
        for name in arguments.names:
            store.rekeying.rekey(name, now=now)
        if arguments.names:
            count = len(arguments.names)
            return _report(terminal, count, "secrets were encrypted again", (), arguments)
        remedy = f"buildbot-keychain rekey --since {format_time(since)}"
        terminal.message(f"if this is interrupted, go on with: {remedy}")

        def show(done: int, total: int) -> None:
            terminal.progress_bar(done, total, f"{done} of {total} secrets")

        try:
            done = store.rekeying.rekey_all(since=since, now=now, progress=show)
        except KeyboardInterrupt:
            terminal.message(f"go on with: {remedy}")
            raise
        terminal.clear_status()
    return _report(terminal, done.done, "secrets were encrypted again", done.problems, arguments)


COMMANDS = (
    Command(
        "rotate",
        "replace the key that seals a store, while it is in use",
        """\
examples:
  buildbot-keychain rotate
  buildbot-keychain rotate --older-than 90d --quiet
  buildbot-keychain rotate --start
  buildbot-keychain rotate --status
  buildbot-keychain rotate --promote
  buildbot-keychain rotate --finish""",
        add_rotate_arguments,
        rotate,
    ),
    Command(
        "rekey",
        "encrypt the values of a store again, with new data keys",
        """\
examples:
  buildbot-keychain rekey
  buildbot-keychain rekey deploy/token
  buildbot-keychain rekey --since 2026-11-29T16:00:00Z""",
        add_rekey_arguments,
        rekey,
    ),
)
