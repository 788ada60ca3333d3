"""What a leak run found: channel, sink, kind and count; never the text itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.leaks.configuration import chosen_channels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.leaks.configuration import Settings
    from tests.integration.leaks.run import Outcome
    from tests.integration.leaks.search import Finding


def leaks(settings: Settings, outcome: Outcome) -> Iterator[tuple[str, Finding]]:
    """Yield sink and finding of every leak but those that are a channel's very purpose."""
    inherent = {channel.name: channel.inherent for channel in chosen_channels(settings)}
    inherent["worker password"] = {"files of the worker": "create-worker writes it there"}
    for sink, findings in sorted(outcome.findings.items()):
        for finding in findings:
            if sink not in inherent.get(finding.channel, {}):
                yield sink, finding


def wrong_results(settings: Settings, outcome: Outcome) -> list[str]:
    """Return the channels whose build did not end as it should."""
    return [
        f"{channel.name}: {outcome.results.get(channel.name, 'no build')}, not {channel.result}"
        for channel in chosen_channels(settings)
        if outcome.results.get(channel.name) != channel.result
    ]


def matrix(settings: Settings, outcome: Outcome) -> str:
    """Return the leaks as a table, one line for each channel that has any, and their totals."""
    rows: dict[str, list[str]] = {}
    by_sink: dict[str, list[int]] = {sink: [0, 0] for sink in outcome.findings}
    for sink, finding in leaks(settings, outcome):
        what = f"[{finding.count}]" if finding.partial else str(finding.count)
        how = finding.kind.partition(", ")[2]
        rows.setdefault(finding.channel, []).append(f"{sink} {what}{f' ({how})' if how else ''}")
        by_sink[sink][finding.partial] += 1
    lines = [f"{channel:38} {'; '.join(cells)}" for channel, cells in sorted(rows.items())]
    lines += ["", "channels that leak, and those that leak parts, by sink:"]
    lines += [
        f"{sink:38} {whole:4} {part:4}" for sink, (whole, part) in by_sink.items() if whole or part
    ]
    whole, part = (sum(counts[kind] for counts in by_sink.values()) for kind in (0, 1))
    channels = len(chosen_channels(settings))
    lines.append(f"{channels} channels, {len(by_sink)} sinks: {whole} leaks, {part} partial")
    if wrong := wrong_results(settings, outcome):
        lines += ["", "builds that ended otherwise:", *wrong]
    return "\n".join(lines)
