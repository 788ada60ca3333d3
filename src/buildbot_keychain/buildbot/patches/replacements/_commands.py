"""Commands, as they are sent to workers and run by the master."""

from __future__ import annotations

from typing import Any

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot._unrendered import refuse_unrendered
from buildbot_keychain.buildbot.commands import escape_secrets, hide_from_worker_log
from buildbot_keychain.buildbot.patches._patches import Function


def start_command(original: Function) -> Function:
    """Refuse renderables, and keep secrets out of the worker's log, where a command is sent."""

    def _start(self: Any, *args: Any, **kwargs: Any) -> Any:
        step = self.step
        keychain = None if step is None or step.build is None else keychain_of(step.master)
        if keychain is not None:
            refuse_unrendered(self)
            audience = keychain.audiences.of_build(step.build)
            self.args, notice = hide_from_worker_log(audience, self)
            if notice:
                self.addHeader(notice)
        return original(self, *args, **kwargs)

    return _start


def run_on_master(original: Function) -> Function:
    """Have secrets arrive unaltered in the environment of a command that the master runs."""

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        keychain = keychain_of(self.master)
        if keychain is not None and self.env is not None:
            self.env = escape_secrets(keychain.audiences.of_build(self.build), self.env)
        return original(self, *args, **kwargs)

    return run
