"""The places where Buildbot's own classes are made to leave secrets to us, once for the process.

Each replaces one method by one that acts differently for a master that has a keychain, and as
before for any other:

``Properties.useSecret``, ``Properties.cleanupTextFromSecrets``
    Buildbot's own cleaning works on what steps and observers see, and so alters values on their
    way to their use. With a keychain, what Buildbot's renderables look up is known already, and
    the sinks clean.

``_SecretRenderer.getRenderingFor``
    The base of Buildbot's own ``Secret``, and what its ``Interpolate`` makes of ``%(secret:…)s``.
    It asks for a secret without saying for whom; while it does, `rendering_with` says it.

``RemoteCommand._start``
    The last place on the master that sees a command before its worker logs it.

``MasterShellCommand.run``
    The same for a command that the master itself runs, which may alter its environment.

``BuildStep.addLogWithFailure``
    What is wrong with a secret is said in one sentence. Buildbot would bury it in the texts of the
    errors around it.

``BuildbotSite.log``
    Writes ``http.log``: the address of a request may hold what a hook is called with.

``SimpleMQ.produce``, ``WampMQ.produce``
    All that is told to listeners comes out of the database, apart from what people order, which
    has a reason in their own words.

``LineBoundaryFinder.newline_re``
    Where Buildbot makes line ends of backspaces: see `backspaces`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from buildbot.mq.simple import SimpleMQ
from buildbot.mq.wamp import WampMQ
from buildbot.process.buildstep import BuildStep
from buildbot.process.properties import Properties, _SecretRenderer
from buildbot.process.remotecommand import RemoteCommand
from buildbot.steps.master import MasterShellCommand
from buildbot.util.lineboundaries import LineBoundaryFinder
from buildbot.www.service import BuildbotSite
from twisted.python.failure import Failure

from buildbot_keychain.buildbot.backspaces import ErasingPattern
from buildbot_keychain.buildbot.environment import with_literal_secrets
from buildbot_keychain.buildbot.process_log import every_master
from buildbot_keychain.buildbot.renderings import innermost
from buildbot_keychain.buildbot.worker_log import shielded
from buildbot_keychain.errors import KeychainError
from buildbot_keychain.redaction.structures import redact_or_withhold, redact_value

_ADAPTED = "adapted_by_keychain"


ATTRIBUTE = "buildbot_keychain"
"""Where a master has its `MasterKeychain`."""


rendering_with: ContextVar[Any] = ContextVar("rendering_with", default=None)
"""The properties with which Buildbot's own classes render what they ask for just now."""


def keychain_of(master: Any) -> Any:
    """Give the keychain of `master`, or ``None`` if it has none (or is ``None``)."""
    return getattr(master, ATTRIBUTE, None)


def adapt_buildbot() -> None:
    """Replace the methods, unless that has been done."""
    if hasattr(Properties, _ADAPTED):
        return
    setattr(Properties, _ADAPTED, True)
    _adapt_properties()
    _adapt_secret()
    _adapt_remote_command()
    _adapt_steps()
    _adapt_site()
    _adapt_queues()
    LineBoundaryFinder.newline_re = ErasingPattern(LineBoundaryFinder.newline_re)


def _adapt_properties() -> None:
    use_secret = Properties.useSecret
    cleanup = Properties.cleanupTextFromSecrets

    def useSecret(self: Any, secret_value: str, secret_name: str) -> None:
        keychain = keychain_of(self.master)
        if keychain is None:
            use_secret(self, secret_value, secret_name)

    def cleanupTextFromSecrets(self: Any, text: str) -> str:
        if keychain_of(self.master) is None:
            return cleanup(self, text)
        return text

    Properties.useSecret = useSecret
    Properties.cleanupTextFromSecrets = cleanupTextFromSecrets


def _adapt_secret() -> None:
    render = _SecretRenderer.getRenderingFor

    def getRenderingFor(self: Any, properties: Any) -> Any:
        # It has asked before it returns.
        token = rendering_with.set(properties)
        try:
            return render(self, properties)
        finally:
            rendering_with.reset(token)

    _SecretRenderer.getRenderingFor = getRenderingFor


def _adapt_remote_command() -> None:
    start = RemoteCommand._start  # noqa: SLF001 - the method to be replaced

    def _start(self: Any) -> Any:
        step = self.step
        keychain = None if step is None or step.build is None else keychain_of(step.master)
        if keychain is not None:
            self.args, notice = shielded(keychain.redactor, self)
            if notice:
                self.addHeader(notice)
        return start(self)

    RemoteCommand._start = _start  # noqa: SLF001


def _adapt_steps() -> None:
    run = MasterShellCommand.run
    add_log = BuildStep.addLogWithFailure

    def run_with_literal_secrets(self: Any) -> Any:
        keychain = keychain_of(self.master)
        if keychain is not None and self.env is not None:
            self.env = with_literal_secrets(keychain.redactor, self.env)
        return run(self)

    def addLogWithFailure(self: Any, why: Failure, logprefix: str = "") -> Any:
        problem = innermost(why)
        if isinstance(problem, KeychainError):
            self.descriptionDone = str(problem)
            why = _Said(problem)
        return add_log(self, why, logprefix)

    MasterShellCommand.run = run_with_literal_secrets
    BuildStep.addLogWithFailure = addLogWithFailure


class _Said(Failure):
    """A failure that is told by what it says, without the way it came."""

    def getTraceback(self, *_: Any, **__: Any) -> str:
        """Give the sentence."""
        return f"{self.value}\n"


def _adapt_site() -> None:
    log = BuildbotSite.log

    def log_redacted(self: Any, request: Any) -> None:
        if not isinstance(self._logFormatter, _RedactedLines):
            self._logFormatter = _RedactedLines(self._logFormatter)
        log(self, request)

    BuildbotSite.log = log_redacted


class _RedactedLines:
    """Redacts what `formatter` makes of a request."""

    def __init__(self, formatter: Callable[[str, Any], str]) -> None:
        self._formatter = formatter

    def __call__(self, timestamp: str, request: Any) -> str:
        return redact_or_withhold(every_master, self._formatter(timestamp, request))


def _adapt_queues() -> None:
    def adapt(queue: Any) -> None:
        produce = queue.produce

        def produce_redacted(self: Any, routing_key: tuple[str, ...], data: Any) -> Any:
            ordered = routing_key[0] == "control"
            return produce(self, routing_key, redact_value(every_master, data) if ordered else data)

        queue.produce = produce_redacted

    adapt(SimpleMQ)
    adapt(WampMQ)
