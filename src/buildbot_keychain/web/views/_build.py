"""What one build had of secrets: given, not given, hidden in its logs, approved.

Administrators see all of it. Viewers see what the build was given, and what was approved, of
secrets that they may know of; the rest is for administrators, as on the page of a secret.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from buildbot_keychain.web._refusals import NO_SECRETS, Refused
from buildbot_keychain.web.host_builds import BuildRecord, Decided, HiddenIn
from buildbot_keychain.web.host_secrets import Listed
from buildbot_keychain.web.views._answers import Answer, Call, ViewsOfHost, json_answer
from buildbot_keychain.web.views._seen import limited, number_in, seen_by

_HOW = "The address must say id, or number and builder (its name) or builderid."
_LARGEST = 2**31


class BuildViews(ViewsOfHost):
    """One build of a host."""

    async def show(self, call: Call) -> Answer:
        """Return the page of a build."""
        record = await self._seen(call, _key(call))
        return self.page(call, "build.html", record=record, in_audit=self.host.audit is not None)

    async def find(self, call: Call) -> Answer:
        """Return what a build had of secrets, by its id, or by its builder and number."""
        return json_answer(_document(await self._seen(call, _key(call)), call))

    async def describe(self, call: Call) -> Answer:
        """Return what a build had of secrets, by its id."""
        return json_answer(_document(await self._seen(call, _id(call.parameters[0])), call))

    async def _seen(self, call: Call, build: Any) -> BuildRecord:  # noqa: ANN401 - of `IBuilds`
        if self.host.builds is None:
            raise Refused(503, NO_SECRETS)
        record: BuildRecord | None = await self.host.builds.record(build)
        if record is None:
            raise _missing()
        if call.is_admin:
            return record
        is_seen = seen_by(self.host, call)
        given = (
            replace(each, outcome="", reason="")
            for each in record.given
            if each.secrets and all(map(is_seen, each.secrets))  # nothing called so is hidden
        )
        return BuildRecord(
            record.build,
            given=tuple(dict.fromkeys(given)),
            approvals=tuple(
                each for each in record.approvals if is_seen(Listed(each.provider, each.path))
            ),
            most=record.most,
        )


def _key(call: Call) -> int | tuple[str | int, int]:
    """Return which build the address says."""
    names = {name for name in call.route.query if call.query.get(name)}
    if names == {"id"}:
        return _id(call.query["id"])
    number = _small(number_in(call, "number"))
    if names == {"number", "builder"}:
        return _storable(limited(call, "builder")), number
    if names == {"number", "builderid"}:
        return _small(number_in(call, "builderid")), number
    raise Refused(400, _HOW)


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST))):
        raise Refused(400, "The id of a build is a number.")
    return _small(int(text))


def _small(number: int) -> int:
    if number >= _LARGEST:
        raise _missing()
    return number


def _storable(name: str) -> str:
    if "\0" in name:  # of which some databases, or their drivers, cannot be asked
        raise _missing()
    return name


def _missing() -> Refused:
    return Refused(404, "There is no such build.")


def _document(record: BuildRecord, call: Call) -> dict[str, Any]:
    """Return a record as JSON has it."""
    content: dict[str, Any] = {**asdict(record.build), "most": record.most}
    content["given"] = map(_with_names, record.given)
    content["approvals"] = map(asdict, record.approvals)
    if call.is_admin:
        content["refused"] = map(_with_names, record.refused)
        content["hidden"] = map(_with_names, record.hidden)
    return content


def _with_names(row: Decided | HiddenIn) -> dict[str, Any]:
    return {**asdict(row), "secrets": [each.name for each in row.secrets]}
