"""`supposed_build`: a build that there need not be, to ask a policy about."""

from __future__ import annotations

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.policy._conditions import BUILD


def supposed_build(
    builder: str,
    of_builder: tuple[str | None, tuple[str, ...]],
    stamp: SourceStamp,
    *,
    worker: str | None = None,
    scheduler: str | None = None,
    owner: str | None = None,
    forced: bool = False,
    outside: bool | None = False,
) -> Requester:
    """Return a build as it would ask for secrets; what is not said is not known.

    :param of_builder: the project and the tags of the builder.
    :param stamp: what is built.
    :param outside: ``None`` where no change says it; what is patched is from outside.
    """
    project, tags = of_builder
    return Requester(
        BUILD,
        builder=builder,
        worker=worker,
        builder_project=project,
        builder_tags=tags,
        source_stamps=(stamp,),
        outside=None if outside is None else outside or stamp.patched,
        scheduler=scheduler,
        owner=owner,
        forced=forced,
    )
