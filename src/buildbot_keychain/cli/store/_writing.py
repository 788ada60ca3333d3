"""What commands share that write a version of a secret: its metadata, and what it may replace."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from buildbot_keychain.cli import _known_secrets, _prompt, _standard_streams, _terminal
from buildbot_keychain.cli._exit import CommandError, UsageError
from buildbot_keychain.cli._times import parse_expiry, parse_span
from buildbot_keychain.cli.store import _names
from buildbot_keychain.errors import quote

if TYPE_CHECKING:
    from buildbot_keychain.store.access import Secrets
    from buildbot_keychain.store.store import Keep


def add_metadata_arguments(parser: argparse.ArgumentParser, *, tags: bool = True) -> None:
    """Add the options for metadata."""
    group = parser.add_argument_group("what is known of it (what is not given stays as it is)")
    group.add_argument("--description", metavar="TEXT", help="what it is, for people")
    if tags:
        group.add_argument("--tag", action="append", metavar="TAG", help="can be repeated")
    group.add_argument(
        "--expires",
        metavar="WHEN",
        help="90d, 2027-01-31, a time as ISO 8601 has it, or never; from then on, it is not served",
    )
    allowed = group.add_mutually_exclusive_group()
    allowed.add_argument(
        "--allowed",
        action="append",
        metavar="BUILDER",
        help="only builders whose names match may have it, such as 'release-*'; can be repeated",
    )
    allowed.add_argument(
        "--allow-all", action="store_true", help="leave to the policy which builders may have it"
    )
    group.add_argument(
        "--redact",
        action=argparse.BooleanOptionalAction,
        help="whether it is hidden in logs; not if it is public, such as a user's name",
    )


def metadata(arguments: argparse.Namespace, now: int) -> dict[str, Any]:
    """Return the metadata that a command line gives.

    :param now: seconds since the epoch.
    :raise UsageError: when one of them is wrong.
    """
    given: dict[str, Any] = {}
    if arguments.description is not None:
        given["description"] = arguments.description
    if getattr(arguments, "tag", None) is not None:
        given["tags"] = arguments.tag
    if arguments.expires is not None:
        given["expires"] = parse_expiry(arguments.expires, now)
    if arguments.allowed is not None:
        given["allowed"] = arguments.allowed
    if arguments.allow_all:
        given["allowed"] = None
    if arguments.redact is not None:
        given["redact"] = arguments.redact
    return given


def add_version_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what a new version may replace, and what is kept."""
    group = parser.add_argument_group(
        "what it may replace (by default, you are asked whether it may replace anything)"
    )
    only = group.add_mutually_exclusive_group()
    only.add_argument("--create", action="store_true", help="nothing: fail if there is a value")
    only.add_argument("--replace", action="store_true", help="the value that there is")
    only.add_argument(
        "--expect",
        type=int,
        metavar="VERSION",
        help="this version: fail if somebody else has set another one; 0 for none",
    )
    group.add_argument(
        "--keep",
        type=int,
        metavar="COUNT",
        help="how many versions are kept, this one included; by default, as in --config, or 10",
    )
    group.add_argument("--keep-age", metavar="SPAN", help="drop older ones all the same: 90d, 1y")


def keep(arguments: argparse.Namespace) -> Keep | None:
    """Return which versions are kept; ``None`` where the command line does not say it.

    :raise UsageError: when it is none.
    """
    from buildbot_keychain.store.store import Keep  # noqa: PLC0415 - cryptography

    count = 10 if arguments.keep is None else arguments.keep
    if count < 1:
        raise UsageError("--keep must be 1 or more: the current version is always kept")
    age = None if arguments.keep_age is None else parse_span(arguments.keep_age)
    return None if arguments.keep is None and age is None else Keep(count, age)


def require_expected(secrets: Secrets, name: str, arguments: argparse.Namespace) -> int:
    """Return the version that may be replaced: 0 where there is none.

    :raise CommandError: when that is not what the command line says, or the person does not mean
        it.
    """
    current = _names.current_version(secrets, name)
    if arguments.expect is not None:
        if arguments.expect != current:
            msg = f"secret {quote(name)}: its version is {current}, not {arguments.expect}"
            raise CommandError(f"{msg}; nothing was changed")
    elif arguments.create:
        if current:
            msg = f"secret {quote(name)} has a value already (version {current})"
            raise CommandError(f"{msg}; nothing was changed")
    elif arguments.replace:
        if not current:
            raise _names.missing(secrets, name)
    elif current:
        if not _prompt.is_possible():
            msg = f"secret {quote(name)} has a value already (version {current}): add --replace"
            raise UsageError(msg)
        question = f"replace version {current} of {quote(name)}?"
        _prompt.require_confirmed(question, yes=False)
    return current


def report(name: str, version: int, arguments: argparse.Namespace) -> None:
    """Report that a version was set."""
    if arguments.json:
        _standard_streams.print_line(json.dumps({"name": name, "version": version}))
    else:
        terminal = _terminal.Terminal(quiet=arguments.quiet)
        terminal.message(f"{name}: version {version} is set")


def warn_if_weak(name: str, value: str | bytes, arguments: argparse.Namespace) -> None:
    """Warn if a value cannot be hidden reliably in what builds write."""
    weakness = _known_secrets.weakness(value) if isinstance(value, str) else None
    if weakness is not None:
        terminal = _terminal.Terminal(quiet=arguments.quiet)
        terminal.message(f"secret {quote(name)} {weakness}; use a longer value")
