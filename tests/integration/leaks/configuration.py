"""The master's configuration for a leak test: every channel in a builder of its own.

``master.cfg`` of the test master is two lines that call `configuration`; the settings come from a
JSON file beside it. The secrets are written by the test, and read by this module only to prepare
what the builds print.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from buildbot.plugins import reporters, schedulers, util, worker
from buildbot.plugins import secrets as buildbot_secrets
from buildbot.secrets.providers.base import SecretProviderBase

from tests.integration.leaks.canaries import Canary, plain
from tests.integration.leaks.channels import Channel, Kit, all_channels
from tests.integration.leaks.channels.failures import LeakyError

WORKER_NAME = "worker"
EVERYTHING = "everything"  # the scheduler that starts every channel's builder

# Who provides the secrets, and whose `Secret` and `Interpolate` ask for them.
VARIANTS = {
    "plain Buildbot": ("buildbot", "buildbot"),
    "manager": ("manager", "keychain"),
    "provider": ("provider", "keychain"),
    "Buildbot's renderables": ("manager", "buildbot"),
}

# A channel's builder, its first step there and the number of its steps.
Place = tuple[str, int, int]

SHARED = 6  # builders for the channels that need none of their own; as many builds run at once

# Secrets of the services, not of a channel's builder.
SERVICES = ("reporter password", "worker password")


@dataclass(frozen=True)
class Settings:
    """What the test tells the master; paths and ports of this run."""

    variant: str
    seed: str
    secrets: str
    payloads: str
    uploads: str
    repository: str
    http_port: int
    smtp_port: int
    only: tuple[str, ...] = ()

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Settings:
        return cls(**json.loads(path.read_text()))


def canaries(settings: Settings) -> list[Canary]:
    """Return every canary of a run."""
    found = [channel.canary(settings.seed) for channel in chosen_channels(settings)]
    return found + [plain(name, settings.seed) for name in SERVICES]


def chosen_channels(settings: Settings) -> list[Channel]:
    """Return the channels of a run: all, unless the settings name some."""
    channels = all_channels()
    return [each for each in channels if not settings.only or each.name in settings.only]


class UnresentingWorker(worker.Worker):
    """A worker that is not set apart for a while after a build that ended in an exception."""

    quarantine_timeout = quarantine_initial_timeout = quarantine_max_timeout = 0


class LeakyProvider(SecretProviderBase):
    """A provider as somebody may have written it: its error shows another secret's value."""

    name = "LeakyProvider"

    def checkConfig(self, seed: str) -> None:
        pass

    async def reconfigService(self, seed: str) -> None:
        self.value = plain("exception in a provider", seed).value

    def get(self, entry: str) -> None:
        if entry == "broken":
            raise LeakyError(f"backend says: token {self.value} expired")


def configuration(path: str) -> dict[str, Any]:
    """Return the dictionary that Buildbot calls ``BuildmasterConfig``."""
    settings = Settings.load(Path(path))
    providers, renderables = VARIANTS[settings.variant]
    util_module = util if renderables == "buildbot" else _keychain_util()
    kits = []
    for channel in chosen_channels(settings):
        kits.append(
            Kit(channel.canary(settings.seed), util_module, Path(settings.payloads), settings)
        )
        channel.add_steps(kits[-1])
    builders, places = _builders(list(zip(chosen_channels(settings), kits, strict=True)))
    Path(f"{path}.places").write_text(json.dumps(places))
    names = [builder.name for builder in builders]
    more = [scheduler for kit in kits for scheduler in kit.schedulers]
    for kit in kits:
        builders += [_builder(name, factory) for name, factory in kit.more_builders]
    return {
        "buildbotNetUsageData": None,
        "title": "leaks",
        "secretsProviders": _providers(providers, settings),
        "workers": [
            UnresentingWorker(WORKER_NAME, util_module.Secret("worker_password"), max_builds=SHARED)
        ],
        "protocols": {"pb": {"port": "tcp:0:interface=127.0.0.1"}},
        "builders": builders,
        "schedulers": [schedulers.ForceScheduler(EVERYTHING, names), *more],
        "services": _services(settings, util_module),
        "www": {"port": "tcp:0:interface=127.0.0.1", "change_hook_dialects": {"base": True}},
        "db": {"db_url": "sqlite:///state.sqlite"},
    }


def _builders(made: list[tuple[Channel, Kit]]) -> tuple[list[Any], dict[str, Place]]:
    """Return the builders for the channels, and where each channel's steps are.

    Channels whose steps all succeed share a few builds, as a build has a cost of its own; one that
    ends its build has it alone.
    """
    shared = [util.BuildFactory() for _ in range(SHARED)]
    places: dict[str, Place] = {}
    alone = []
    for number, (channel, kit) in enumerate(made):
        count = len(kit.factory.steps)
        if channel.result in ("success", "warnings") and not (channel.alone or kit.builder_options):
            steps = shared[number % SHARED].steps
            places[channel.name] = (f"shared {number % SHARED}", len(steps), count)
            steps += kit.factory.steps
        else:
            places[channel.name] = (channel.name, 0, count)
            alone.append(_builder(channel.name, kit.factory, **kit.builder_options))
    return [
        *(_builder(f"shared {number}", factory) for number, factory in enumerate(shared)),
        *alone,
    ], places


def _builder(name: str, factory: Any, **options: Any) -> Any:
    return util.BuilderConfig(name=name, workernames=[WORKER_NAME], factory=factory, **options)


def _keychain_util() -> Any:
    from buildbot_keychain.plugins import util as keychain_util

    return keychain_util


def _providers(kind: str, settings: Settings) -> list[Any]:
    leaky = LeakyProvider(settings.seed)
    if kind == "buildbot":
        return [buildbot_secrets.SecretInAFile(dirname=settings.secrets), leaky]
    from buildbot_keychain.plugins import secrets

    files = secrets.SecretInAFile(dirname=settings.secrets)
    if kind == "manager":
        return [secrets.SecretManager(providers=[files, leaky])]
    return [files, leaky]


def _services(settings: Settings, util_module: Any) -> list[Any]:
    formatter = reporters.MessageFormatterFunction(
        lambda context: _plain(context["build"]),
        "json",
        want_properties=True,
        want_steps=True,
        want_logs=True,
        want_logs_content=True,
    )
    push = reporters.HttpStatusPush(
        serverUrl=f"http://127.0.0.1:{settings.http_port}/status",
        auth=("buildbot", util_module.Secret("reporter_password")),
        debug=True,
        generators=[
            reporters.BuildStartEndStatusGenerator(
                start_formatter=formatter, end_formatter=formatter
            )
        ],
    )
    mail_formatter = reporters.MessageFormatter(
        template_type="plain",
        template=_MAIL,
        want_properties=True,
        want_steps=True,
        want_logs=True,
        want_logs_content=True,
    )
    mail = reporters.MailNotifier(
        fromaddr="buildbot@example.org",
        relayhost="127.0.0.1",
        smtpPort=settings.smtp_port,
        extraRecipients=["people@example.org"],
        sendToInterestedUsers=False,
        generators=[reporters.BuildStatusGenerator(mode="all", message_formatter=mail_formatter)],
    )
    return [push, mail]


_MAIL = """\
{{ buildername }}: {{ summary }} {{ status_detected }}
{{ build['properties'] }} {{ build['state_string'] }}
{% for step in build['steps'] %}{{ step['name'] }}: {{ step['state_string'] }} {{ step['urls'] }}
{% for log in step['logs'] %}{{ log['name'] }}: {{ log['content']['content'] }}
{% endfor %}{% endfor %}
"""


def _plain(value: Any) -> Any:
    """Return what JSON can say of a build as reporters get it."""
    return json.loads(json.dumps(value, default=str))
