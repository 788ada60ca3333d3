"""``buildbot-keychain explain``: who is given a secret, by the policy of a ``master.cfg``, and why.

No secret is looked up, and it does not matter whether there is one. Who asks is described by
options; what is not said is not known. Or it is a build that there was.
"""

from __future__ import annotations

import argparse

from buildbot_keychain.cli import _explain_build, _standard_streams
from buildbot_keychain.cli._command import Command, add_config_argument
from buildbot_keychain.cli._exit import ExitStatus, UsageError
from buildbot_keychain.cli._explain_build import lines_of
from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.policy import Outcome, described, supposed_build

_OF_BUILDS = (
    ("--worker", "the worker"),
    ("--scheduler", "the scheduler; rebuild if somebody has another build repeated"),
    ("--owner", "the person who asks for the build"),
    ("--repository", "the repository that is built"),
    ("--branch", "its branch"),
    ("--tag-name", "the tag, in place of a branch"),
    ("--source-project", "the project that the change source names"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say who asks for what."""
    parser.add_argument(
        "secret",
        metavar="SECRET",
        nargs="?",
        help="the name of the secret; with --build, all that the build asked for by default",
    )
    add_config_argument(parser, "the configuration with the policy")
    parser.add_argument(
        "--build",
        metavar="BUILD",
        help="what a build was given and denied: BUILDER/NUMBER, or its id in the database",
    )
    asks = parser.add_argument_group("who asks")
    asks.add_argument("--builder", metavar="NAME", help="a build of this builder")
    asks.add_argument(
        "--service", metavar="NAME", help="a part of the master, such as hook/github or a reporter"
    )
    asks.add_argument("--provider", metavar="NAME", help="an argument of another provider")
    build = parser.add_argument_group("with --builder: what is known of the build")
    for option, what in _OF_BUILDS:
        build.add_argument(option, metavar="NAME", help=what)
    build.add_argument(
        "--revision-chosen",
        action="store_true",
        help="a revision is built that no change has brought to the branch",
    )
    build.add_argument("--patched", action="store_true", help="it is patched, as by buildbot try")
    build.add_argument("--forced", action="store_true", help="a person asked for it by a form")
    build.add_argument(
        "--outside", action="store_true", help="it is a pull or merge request, or under review"
    )
    build.add_argument(
        "--no-change", action="store_true", help="no change says where the code comes from"
    )


def run(arguments: argparse.Namespace) -> ExitStatus:
    """Print what is decided, and why."""
    from buildbot_keychain.cli import _master_config  # noqa: PLC0415 - Buildbot takes long to import

    askers = [arguments.builder, arguments.service, arguments.provider]
    if sum(asker is not None for asker in askers) > 1:
        raise UsageError("--builder, --service and --provider exclude each other")
    if arguments.outside and arguments.no_change:
        raise UsageError("--outside and --no-change exclude each other")
    if arguments.build is None and arguments.secret is None:
        raise UsageError("name a SECRET, or a build with --build")
    if arguments.build is not None and any(asker is not None for asker in askers):
        raise UsageError("--build is all that can be said of who asks")
    config = _master_config.load(arguments.config)
    if arguments.build is not None:
        return _explain_build.run(config, arguments.build, arguments.secret)
    requester = _requester(arguments)
    if arguments.builder is not None:
        requester = _build(arguments, config.builder(arguments.builder))
    explanations = config.explain(arguments.secret, requester)
    is_given = bool(explanations) and all(each.decision.is_allowed for each in explanations)
    outcome = _outcome({each.decision.outcome for each in explanations})
    _standard_streams.print_line(f"{described(requester)} {outcome} {arguments.secret!r}")
    for explanation in explanations:
        for line in lines_of(explanation):
            _standard_streams.print_line(line)
    if not explanations:
        _standard_streams.print_line("  no provider can have a secret of that name")
    return ExitStatus.SUCCESS if is_given else ExitStatus.DIFFERENT


def _outcome(outcomes: set[Outcome]) -> str:
    """Return what is decided, by what is for each provider."""
    if not outcomes or Outcome.DENIED in outcomes:
        return "is denied"
    needs_approval = Outcome.NEEDS_APPROVAL in outcomes
    return "is given, when people have approved it," if needs_approval else "is given"


def _requester(arguments: argparse.Namespace) -> Requester:
    if arguments.service is not None:
        return Requester("service", service=arguments.service)
    if arguments.provider is not None:
        return Requester("provider", service=arguments.provider)
    return Requester("unknown")


def _build(
    arguments: argparse.Namespace, of_builder: tuple[str | None, tuple[str, ...]]
) -> Requester:
    stamp = SourceStamp(
        repository=arguments.repository,
        branch=arguments.branch,
        tag_name=arguments.tag_name,
        project=arguments.source_project,
        patched=arguments.patched,
        revision_chosen=arguments.revision_chosen,
    )
    return supposed_build(
        arguments.builder,
        of_builder,
        stamp,
        worker=arguments.worker,
        outside=None if arguments.no_change else arguments.outside,
        scheduler=arguments.scheduler,
        owner=arguments.owner,
        forced=arguments.forced,
    )


COMMAND = Command(
    "explain",
    "say whether a policy gives a secret to somebody, and why",
    """examples:
  buildbot-keychain explain deploy/key --builder release-1 --branch main
  buildbot-keychain explain deploy/key --builder release-1 --outside
  buildbot-keychain explain hook --service hook/github --config /srv/master
  buildbot-keychain explain --build release-1/17 --config /srv/master""",
    add_arguments,
    run,
)
