"""``buildbot-keychain annotate`` and ``tag``: change what is known of a secret, not its value."""

from __future__ import annotations

import argparse

from buildbot_keychain.cli import _terminal
from buildbot_keychain.cli._command import Command
from buildbot_keychain.cli._exit import ExitStatus, UsageError
from buildbot_keychain.cli.store import _access, _names, _writing


def _add_annotate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the secret")
    _writing.add_metadata_arguments(parser, tags=False)
    _access.add_arguments(parser, server=True)
    _terminal.add_arguments(parser, results=False)


def _annotate(arguments: argparse.Namespace) -> ExitStatus:
    name, now = _names.plain(arguments.name), _access.now()
    given = _writing.metadata(arguments, now)
    if not given:
        raise UsageError("nothing to change: add --description, --expires, --allowed or --redact")
    with _access.opened(arguments) as store:
        known = _names.require_description(store.secrets, name)
        store.secrets.edit(name, now=now, **given)
    _terminal.Terminal(quiet=arguments.quiet).message(f"{name}: version {known.version} is edited")
    return ExitStatus.SUCCESS


def _add_tag_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the secret")
    parser.add_argument("tags", nargs="*", metavar="TAG", help="tags to add")
    parser.add_argument(
        "--remove", action="append", default=[], metavar="TAG", help="a tag to remove; repeatable"
    )
    _access.add_arguments(parser, server=True)
    _terminal.add_arguments(parser, results=False)


def _tag(arguments: argparse.Namespace) -> ExitStatus:
    name = _names.plain(arguments.name)
    if not arguments.tags and not arguments.remove:
        raise UsageError("nothing to change: name tags to add, or --remove TAG")
    with _access.opened(arguments) as store:
        _names.require_description(store.secrets, name)
        known = store.secrets.edit(
            name,
            now=_access.now(),
            change_of=lambda before: {
                "tags": {*before.tags, *arguments.tags} - {*arguments.remove}
            },
        )
    shown = ", ".join(known.tags) or "no tags"
    _terminal.Terminal(quiet=arguments.quiet).message(f"{name}: {shown}")
    return ExitStatus.SUCCESS


ANNOTATE = Command(
    "annotate",
    "change the description, expiry and so on of a secret",
    """\
examples:
  buildbot-keychain annotate deploy/token --expires 90d --allowed 'release-*'
  buildbot-keychain annotate user --no-redact --description 'the user of the registry'""",
    _add_annotate_arguments,
    _annotate,
)

TAG = Command(
    "tag",
    "add tags to a secret, or remove them",
    """\
examples:
  buildbot-keychain tag deploy/token prod registry
  buildbot-keychain tag deploy/token --remove test""",
    _add_tag_arguments,
    _tag,
)
