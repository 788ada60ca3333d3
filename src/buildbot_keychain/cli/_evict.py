"""``buildbot-keychain evict``: have a running master keep no answers of providers any longer."""

from __future__ import annotations

import argparse
from pathlib import Path

from buildbot_keychain.cli import _standard_streams
from buildbot_keychain.cli._command import Command, add_config_argument
from buildbot_keychain.cli._exit import CommandError, ExitStatus, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is evicted, and of which master."""
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="a secret, [PROVIDER!]PATH: in all spellings, with all fields",
    )
    parser.add_argument("--provider", metavar="NAME", help="all secrets of one provider")
    parser.add_argument("--all", action="store_true", help="all secrets of all providers")
    parser.add_argument(
        "--socket",
        metavar="PATH",
        help="where the master listens whose SecretManager has socket=",
    )
    add_config_argument(parser, "without --socket: the configuration that says where that is")


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Ask the master, and say that it is done."""
    named = [arguments.name is not None, arguments.provider is not None, arguments.all]
    if sum(named) != 1:
        raise UsageError("say what to evict: the NAME of a secret, --provider or --all")
    from buildbot_keychain.cli.store.remote import RemoteMaster  # noqa: PLC0415 - it is slow

    master = RemoteMaster(_socket(arguments))
    master.ask("evict", name=arguments.name, provider=arguments.provider)
    what = arguments.name or "anything"
    if arguments.provider is not None:
        what = f"any secret of {arguments.provider}"
    _standard_streams.print_line(f"the master keeps no answer any longer for {what}")
    return ExitStatus.SUCCESS


def _socket(arguments: argparse.Namespace) -> Path:
    if arguments.socket:
        return Path(arguments.socket)
    from buildbot_keychain.cli import _master_config  # noqa: PLC0415 - Buildbot takes long to import

    found = _master_config.load(arguments.config).socket()
    if found is None:
        raise CommandError(
            "no SecretManager of the configuration has a socket: write SecretManager(..., "
            "socket=True), and reconfigure the master"
        )
    return found


COMMAND = Command(
    "evict",
    "have a running master ask for secrets again that it has kept",
    """examples:
  buildbot-keychain evict deploy/token --config /srv/master
  buildbot-keychain evict --provider vault
  buildbot-keychain evict --all --socket /run/master/keychain.socket""",
    add_arguments,
    run,
)
