"""The functions that replace Buildbot's, each made from the one that it replaces.

`log_request` and `render_mail` act for the whole process, with the secrets of all its masters; all
others act for masters that have a keychain and leave others alone.

A replacement passes on arguments that it does not know: if an administrator accepts a patch that
does not fit, the master must still work.

===================  ==========================================================================
`_lookups`           how secrets are looked up, and what Buildbot does with values by itself
`_configurations`    what a master makes of a configuration, and what is wrong with one
`_builds`            how builds and their steps begin and end, and workers connect
`_commands`          commands, as they are sent to workers and run by the master
`_people`            who asks for builds, on pages and by ``buildbot try``
`_uses`              hooks, forms, logins and reporters, which look secrets up for each use
`_sinks`             what leaves the master without passing its update methods
===================  ==========================================================================
"""

from __future__ import annotations

from buildbot_keychain.buildbot.patches.replacements._builds import (
    accept_worker,
    fail_preparation,
    fetch_requests,
    finish_build,
    log_failure,
    lose_worker,
    remove_git_keys,
    start_step,
    stop_build,
    write_git_keys,
)
from buildbot_keychain.buildbot.patches.replacements._commands import run_on_master, start_command
from buildbot_keychain.buildbot.patches.replacements._configurations import (
    add_service,
    check_arguments,
    check_length,
    configure_database,
    configure_service,
    configure_web,
    describe_parameter,
    reconfigure_providers,
    take_configuration,
)
from buildbot_keychain.buildbot.patches.replacements._lookups import (
    clean_text,
    interpolate,
    join_master,
    look_up,
    render_secret,
    use_secret,
)
from buildbot_keychain.buildbot.patches.replacements._people import (
    control,
    try_out,
)
from buildbot_keychain.buildbot.patches.replacements._sinks import (
    find_line_ends,
    log_request,
    publish,
    render_mail,
    start_nightly,
    trigger_nightly,
)
from buildbot_keychain.buildbot.patches.replacements._uses import (
    answer_hook,
    force,
    log_in,
    stop_reporter,
)

__all__ = [
    "accept_worker",
    "add_service",
    "answer_hook",
    "check_arguments",
    "check_length",
    "clean_text",
    "configure_database",
    "configure_service",
    "configure_web",
    "control",
    "describe_parameter",
    "fail_preparation",
    "fetch_requests",
    "find_line_ends",
    "finish_build",
    "force",
    "interpolate",
    "join_master",
    "log_failure",
    "log_in",
    "log_request",
    "look_up",
    "lose_worker",
    "publish",
    "reconfigure_providers",
    "remove_git_keys",
    "render_mail",
    "render_secret",
    "run_on_master",
    "start_command",
    "start_nightly",
    "start_step",
    "stop_build",
    "stop_reporter",
    "take_configuration",
    "trigger_nightly",
    "try_out",
    "use_secret",
    "write_git_keys",
]
