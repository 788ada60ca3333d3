"""A suggestion as text: of a ``policy_file``, or of a ``master.cfg``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from buildbot_keychain.policy._rules import Allow
from buildbot_keychain.policy._suggestion import Suggested, Suggestion

_ASKED = (
    "From outside: whoever opens a pull request could obtain these. Is that meant? Only then",
    "remove the # before the lines.",
)

_UNANSWERED = "Not allowed by these rules:"

_Value = list[str] | bool


def toml_of(suggestion: Suggestion) -> str:
    """Return the text of a ``policy_file``."""
    return _text(suggestion, _toml)


def python_of(suggestion: Suggestion) -> str:
    """Return the argument ``policy`` of a manager."""
    lines = _text(suggestion, _python).splitlines()
    return "\n".join(["policy=[", *(line and f"    {line}" for line in lines), "]"]) + "\n"


def _text(suggestion: Suggestion, written: Callable[[Allow], list[str]]) -> str:
    blocks = [[*_remarks(each), *written(each.rule)] for each in suggestion.rules]
    if suggestion.questions:
        blocks.append([f"# {line}" for line in _ASKED])
    blocks += [
        [*_remarks(each), *(f"# {line}" for line in written(each.rule))]
        for each in suggestion.questions
    ]
    if suggestion.unanswered:
        blocks.append([f"# {_UNANSWERED}", *(f"#   {text}" for text in suggestion.unanswered)])
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n"


def _remarks(suggested: Suggested) -> Iterator[str]:
    times = "once" if suggested.uses == 1 else f"{suggested.uses:,} times"
    yield "# " + "; ".join([f"used {times}", *suggested.remarks])


def _entries(rule: Allow) -> Iterator[tuple[str, _Value]]:
    """Yield the arguments of a rule."""
    yield (
        "secrets",
        [p.path if p.provider is None else f"{p.provider}!{p.path}" for p in rule.secrets],
    )
    for check in rule.checks:
        yield check.condition.name, list(check.patterns)
    if rule.forced is not None:
        yield "forced", rule.forced
    if rule.outside:
        yield "outside", True


def _toml(rule: Allow) -> list[str]:
    lines = ["[[allow]]"]
    for name, value in _entries(rule):
        shown = str(value).lower() if isinstance(value, bool) else _list(value, _toml_string, "")
        lines += f"{name} = {shown}".splitlines()
    return lines


def _python(rule: Allow) -> list[str]:
    lines = ["secrets.Allow("]
    for name, value in _entries(rule):
        shown = str(value) if isinstance(value, bool) else _list(value, repr, "    ")
        lines += f"    {name}={shown},".splitlines()
    return [*lines, "),"]


def _list(texts: list[str], quoted: Callable[[str], str], indent: str) -> str:
    line = f"[{', '.join(map(quoted, texts))}]"
    if len(line) <= _WIDTH:
        return line
    return "\n".join(["[", *(f"{indent}    {quoted(text)}," for text in texts), f"{indent}]"])


_WIDTH = 80


def _toml_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
