"""``buildbot-keychain rewrap``: who can open the keys of a store from now on; the keys stay.

It works on the file of the keys alone, never through a running master: what opens the keys next is
proved here, and no passphrase of a person gets into the process of a master. So it is run by the
user to whom the file belongs.

Passphrases are asked for before the file is locked. What is removed needs a new ring key, for which
everybody else's wrap is made again: their passphrases are asked for, too.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from buildbot_keychain.cli import _prompt, _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import CommandError, ExitStatus, UsageError
from buildbot_keychain.cli._text import printable
from buildbot_keychain.cli.store import _access, _wrapping

if TYPE_CHECKING:
    from buildbot_keychain.store.rewrapping import Wrap
    from buildbot_keychain.store.ring import KeyRing
    from buildbot_keychain.store.wraps import Unwrapper, Wrapper

_STAYS = "--same-ring-key leaves its wrap as it is: then whoever is removed must have no old copy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    _wrapping.add_arguments(parser, "who can open the keys besides")
    parser.add_argument(
        "--remove",
        action="append",
        default=[],
        metavar="KIND:LABEL",
        help="who cannot any more, as 'rewrap' prints it, such as passphrase:bob; can be repeated",
    )
    parser.add_argument(
        "--same-ring-key",
        action="store_true",
        help="with --remove: leave the others' wraps as they are; whoever was removed and has an "
        "old copy of the file can then open new ones too",
    )
    parser.add_argument("--yes", "-y", action="store_true", help="with --remove: do not ask")
    _access.add_arguments(parser, files=True)
    _terminal.add_arguments(parser, results=False)


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Add and remove wraps, if the keys open as before and will open."""
    terminal = _terminal.Terminal(quiet=arguments.quiet)
    removed = [_named(text) for text in arguments.remove]
    if arguments.same_ring_key and not removed:
        raise UsageError("--same-ring-key goes with --remove")
    where = _access.place_of_keys(arguments)
    with _access.opening(), contextlib.ExitStack() as stack:
        from buildbot_keychain.store.rewrapping import (  # noqa: PLC0415 - it is slow
            Rewrapping,
            remaining,
            rewrap,
        )
        from buildbot_keychain.store.ring_file import RingFile  # noqa: PLC0415 - the same
        from buildbot_keychain.store.wraps import Passphrase  # noqa: PLC0415 - the same

        wraps = RingFile(where.key_file).wraps()
        transit = _wrapping.transit(arguments, stack)
        named = (*removed, *arguments.recipient, *arguments.passphrase)
        if not named and transit is None:
            _show(wraps, terminal, where.key_file)
            return ExitStatus.SUCCESS
        key = None if transit is None else (transit.kind, transit.label)
        unwrappers: Sequence[Unwrapper] = () if transit is None else (transit,)
        if arguments.unlock or key not in {(wrap.kind, wrap.label) for wrap in wraps}:
            unwrappers = (*unwrappers, *where.unwrappers())
        ring_file = RingFile(where.key_file, unwrappers if wraps else ())
        ring = ring_file.read()
        kept = remaining(ring, removed)
        if removed:
            whose = ", ".join(f"{kind}:{label}" for kind, label in removed)
            question = f"have {printable(whose)} no longer open the keys?"
            _prompt.require_confirmed(question, yes=arguments.yes)
        again = () if arguments.same_ring_key or not removed else kept
        remade = [_remade(wrap, ring, unwrappers) for wrap in again]
        added = _wrapping.wrappers(arguments, terminal)
        if transit is not None and key not in {*removed, *((one.kind, one.label) for one in kept)}:
            added.append(transit)
        typed = [one for one in (*remade, *added) if isinstance(one, Passphrase)]
        proofs = (*unwrappers, *typed)
        rewrapped = rewrap(ring_file, ring, Rewrapping(added, removed, remade, proofs))
    _show(rewrapped.wraps, terminal, where.key_file)
    if removed:
        terminal.message(
            "whoever was removed may have opened the keys, and can open old copies of the file; "
            "replace the keys with: buildbot-keychain rotate"
        )
    terminal.message("copy the file of the keys to the other machines, and to its backup")
    return ExitStatus.SUCCESS


def _named(text: str) -> tuple[str, str]:
    kind, _, label = text.partition(":")
    if not kind or not label:
        raise UsageError("--remove needs KIND:LABEL, such as passphrase:bob")
    return kind, label


def _show(wraps: Sequence[Wrap], terminal: _terminal.Terminal, key_file: Path) -> None:
    if not wraps:
        terminal.message(f"the keys in {key_file} are not wrapped: whoever can read it has them")
    for wrap in wraps:
        terminal.message(f"the keys in {key_file} are opened by {wrap.kind}:{wrap.label}")


def _remade(wrap: Wrap, ring: KeyRing, unwrappers: Sequence[Unwrapper]) -> Wrapper:
    """Return what wraps again for whoever has a wrap.

    :raise CommandError: when that takes somebody else.
    """
    from buildbot_keychain.store.wraps import AgeRecipient, Passphrase, Transit  # noqa: PLC0415 - slow

    whose = f"{wrap.kind}:{wrap.label}"
    if wrap.kind == "age":
        recipient = AgeRecipient.of_label(wrap.label)
        if recipient is not None:
            return recipient
    for one in unwrappers:
        if isinstance(one, Transit) and (one.kind, one.label) == (wrap.kind, wrap.label):
            return one
    if wrap.kind == "passphrase":
        known = [one for one in unwrappers if isinstance(one, Passphrase)]
        for passphrase in known:
            if passphrase.unwrap(wrap.label, wrap.wrapped, ring.store_id) == ring.ring_key:
                return passphrase.labelled(wrap.label)
        with contextlib.suppress(_prompt.NoTerminalError):
            asked = Passphrase(_prompt.ask_hidden(f"passphrase of {wrap.label}"), wrap.label)
            if asked.unwrap(wrap.label, wrap.wrapped, ring.store_id) == ring.ring_key:
                return asked
    msg = f"what {whose} opens cannot be wrapped again here; remove that too, or {_STAYS}"
    raise CommandError(msg)


COMMAND = Command(
    "rewrap",
    "say who can open the keys of a store",
    """\
examples:
  buildbot-keychain rewrap
  buildbot-keychain rewrap --passphrase bob --recipient age1qyqszqgp...
  buildbot-keychain rewrap --transit https://vault:8200/transit/ring
  buildbot-keychain rewrap --remove passphrase:bob
  sudo -u buildbot buildbot-keychain rewrap --key-file /etc/buildbot-keychain/ring""",
    add_arguments,
    run,
)
