"""The first page: a list of secrets that can be searched, providers, and what needs attention."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from buildbot_keychain.web._permissions import Action, may
from buildbot_keychain.web._templates import moment
from buildbot_keychain.web.host_inspections import PROBLEM, TASKS, UNCHECKED
from buildbot_keychain.web.host_secrets import Finding, Listing, Provider, Wanted
from buildbot_keychain.web.views._answers import Answer, Call, ViewsOfHost, json_answer
from buildbot_keychain.web.views._approvals import ApprovalViews
from buildbot_keychain.web.views._seen import NOT_ALL, limited, secrets_of, seen_by, stores_for


class OverviewViews(ViewsOfHost):
    """The secrets of a host, all together."""

    async def show(self, call: Call) -> Answer:
        """Return the page that the menu leads to."""
        searched = {name: call.query.get(name, "") for name in ("search", "after")}
        is_whole = not any(searched.values())
        shown: dict[str, Any] = {"listing": None, "providers": (), "topics": {}, **searched}
        if is_whole:
            shown["approvals"] = await ApprovalViews(self.host).counted(call)
        if may(call.roles, Action.SEE_SECRETS):
            shown["listing"] = await self._listing(call)
            if is_whole:
                shown["providers"] = await self._providers(call)
                shown["topics"] = _by_topic(await self._findings(call))
        stores = stores_for(self.host, call)
        return self.page(call, "overview.html", is_whole=is_whole, stores=stores, **shown)

    async def secrets(self, call: Call) -> Answer:
        """Return a page of the list as JSON."""
        listing = await self._listing(call)
        names = [{**asdict(each), "name": each.name} for each in listing.secrets]
        problems = dict(listing.problems)
        return json_answer({"secrets": names, "after": listing.after, "problems": problems})

    async def providers(self, call: Call) -> Answer:
        """Return the providers as JSON."""
        providers = await self._providers(call)
        if call.is_admin:
            return json_answer({"providers": list(map(asdict, providers))})
        known = [{**_public(each), "breaker": each.state.breaker} for each in providers]
        return json_answer({"providers": known})

    async def attention(self, call: Call) -> Answer:
        """Return what needs attention as JSON."""
        findings = [
            {
                "topic": each.topic,
                "text": each.text,
                "secret": None if each.secret is None else each.secret.name,
                "page": each.page or None,
            }
            for each in await self._findings(call)
        ]
        return json_answer({"findings": findings})

    async def _listing(self, call: Call) -> Listing:
        search, after = (limited(call, name).strip() for name in ("search", "after"))
        # That a builder has a secret is for administrators.
        is_seen = seen_by(self.host, call)
        wanted = Wanted(is_seen, search, by_builder=call.is_admin, after=after)
        listing: Listing = await secrets_of(self.host).listed(wanted)
        if call.is_admin:
            return listing
        problems = dict.fromkeys(listing.problems, NOT_ALL)
        return Listing(listing.secrets, listing.after, problems)

    async def _providers(self, call: Call) -> list[Provider]:
        providers: list[Provider] = await secrets_of(self.host).providers(details=call.is_admin)
        return providers

    async def _findings(self, call: Call) -> list[Finding]:
        found: list[Finding] = await secrets_of(self.host).findings()
        if call.is_admin:
            return [*found, *self._inspected()]
        is_seen = seen_by(self.host, call)
        return [
            each
            for each in found
            if each.for_viewers and each.secret is not None and is_seen(each.secret)
        ]

    def _inspected(self) -> Iterator[Finding]:
        """Yield what the last inspections have found, if that needs attention."""
        for task in TASKS if self.host.inspections is not None else ():
            last = self.host.inspections.state(task).last
            if last is None:
                continue
            counts = [last.counts.get(level, 0) for level in (PROBLEM, UNCHECKED)]
            said = f"{counts[0]} {'problem' if counts[0] == 1 else 'problems'}"
            said += f", {counts[1]} not checked" if counts[1] else ""
            if last.problem:
                said = "It did not come to its end"
            if last.problem or any(counts):
                yield Finding("Check and doctor", f"{said}, {moment(last.ended)}.", page=task)


def _public(provider: Provider) -> dict[str, Any]:
    """Return what viewers know of a provider: what is counted would count what they do not see."""
    return {"name": provider.name, "kind": provider.kind, "lists": provider.lists}


def _by_topic(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    topics: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        topics[finding.topic].append(finding)
    return dict(topics)
