"""Arguments that Buildbot 4.0 to 4.3 accept and never render, by the full name of their class.

An argument counts only as long as the class does not declare that it renders it (``renderables`` of
a step, ``secrets`` of a service), and only of the class itself: a class that is derived from it may
render it by hand.
"""

from __future__ import annotations

_GIT = ("config", "env")

STEPS = {
    "buildbot.steps.source.cvs.CVS": (
        *("cvsroot", "cvsmodule", "branch", "login", "global_options", "extra_options"),
    ),
    "buildbot.steps.source.gerrit.Gerrit": ("config",),
    "buildbot.steps.source.git.Git": ("config",),
    "buildbot.steps.source.git.GitCommit": _GIT,
    "buildbot.steps.source.git.GitPush": _GIT,
    "buildbot.steps.source.git.GitTag": _GIT,
    "buildbot.steps.source.github.GitHub": ("config",),
    "buildbot.steps.source.gitlab.GitLab": ("config",),
    "buildbot.steps.source.p4.P4": ("p4extra_args", "p4client_spec_options"),
    "buildbot.steps.source.svn.SVN": ("username", "extra_args"),
}
"""Of steps."""

SERVICES = {
    "buildbot.changes.bitbucket.BitbucketPullrequestPoller": ("auth",),
    "buildbot.changes.gerritchangesource.GerritChangeSource": ("http_auth",),
    "buildbot.changes.gerritchangesource.GerritEventLogPoller": ("auth",),
    "buildbot.changes.p4poller.P4Source": ("p4user", "p4passwd"),
    "buildbot.changes.svnpoller.SVNPoller": ("svnuser", "svnpasswd"),
    "buildbot.reporters.http.HttpStatusPush": ("headers", "cert"),
    "buildbot.worker.marathon.MarathonLatentWorker": ("marathon_auth",),
    "buildbot.worker.upcloud.UpcloudLatentWorker": ("api_username", "api_password"),
}
"""Of reporters, pollers and workers."""

NUMBERS = ("timeout", "maxTime", "max_lines", "sigtermTime", "maxsize", "blocksize")
"""Arguments of Buildbot's steps, and of what they send to workers, that are numbers."""

FLAGS = ("usePTY", "want_stdout", "want_stderr", "logEnviron", "lazylogfiles")
"""Those that are true or false."""

DICTS = ("env", "logfiles", "decodeRC", "set_properties", "properties")
"""Those that are a `dict`, whose values may be secrets."""
