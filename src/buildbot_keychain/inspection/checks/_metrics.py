"""Finds builds that can read what is for those alone who watch the master."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buildbot.worker.local import LocalWorker


def metrics_for_builds(config: Any) -> Iterator[str]:
    """Yield a sentence if builds of `config` can read metrics on a port that needs no token.

    :param config: Buildbot's ``MasterConfig``, loaded.
    """
    settings = (getattr(each, "keychain_settings", None) for each in config.secretsProviders)
    ports = [each.metrics_port for each in settings if each is not None]
    if not any(port is not None and port.token_sha256 is None for port in ports):
        return
    local = [worker.name for worker in config.workers if isinstance(worker, LocalWorker)]
    if local:
        yield (
            f"metrics_port: builds of the worker {local[0]!r} run on this machine, and can read "
            "how many secrets are looked up, and by which provider: give "
            "MetricsPort(..., token_sha256=...)"
        )
