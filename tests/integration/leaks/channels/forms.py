"""Secrets printed in another form: quoted, escaped or encoded by some program on the way."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from buildbot.plugins import steps

from tests.integration.leaks.canaries import key, spiky
from tests.integration.leaks.channels import Channel, ChannelTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.leaks.channels import Kit

CHANNELS = ChannelTable()


_PERCENT = re.compile("%[0-9A-F]{2}")


def _lower(match: re.Match[str]) -> str:
    return match.group().lower()


def _dollar_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"$'{escaped}'"


_FORMS: dict[str, Callable[[str], str]] = {
    "json": json.dumps,
    "json with its letters": lambda text: json.dumps({"k": text}, ensure_ascii=False),
    "json within json": lambda text: json.dumps(json.dumps({"k": text})),
    "repr": repr,
    "repr of bytes": lambda text: repr(text.encode()),
    "repr of a list": lambda text: repr(["a", text, {"b": text}]),
    "shell quotes": shlex.quote,
    "shell double quotes": lambda text: text.replace("'", "'\"'\"'"),
    "shell dollar quotes": _dollar_quoted,
    "percent": lambda text: quote(text, safe=""),
    "percent, lower case": lambda text: _PERCENT.sub(_lower, quote(text, safe="")),
    "form": quote_plus,
    "html": html.escape,
    "doubled quotes": lambda text: text.replace("'", "''"),
    "hex": lambda text: text.encode().hex(),
    "hex, upper case": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of a pair": lambda text: base64.b64encode(b"user:" + text.encode()).decode(),
    "base64 of a longer name": lambda text: base64.b64encode(b"user1:" + text.encode()).decode(),
    "base64 for urls": lambda text: base64.urlsafe_b64encode(b"u:" + text.encode()).decode(),
}


def _channel(
    name: str, form: Callable[[str], str], make_canary: Callable[[str, str], Any]
) -> Channel:
    def add_steps(kit: Kit) -> None:
        command = ["cat", kit.payload(f"<{form(kit.canary.value)}>\n")]
        kit.add(steps.ShellCommand(command=command, doStepIf=kit.read))

    return Channel(name, make_canary, add_steps)


@CHANNELS("printed by printf %q", spiky)
def printf_q(kit: Kit) -> None:
    command = ["bash", "-c", 'printf "%q\n" "$(cat "$1")"', "bash", kit.payload(kit.canary.value)]
    kit.add(steps.ShellCommand(command=command, doStepIf=kit.read))


for _name, _form in _FORMS.items():
    CHANNELS.append(_channel(f"printed as {_name}", _form, spiky))
for _name in ("json", "repr", "base64"):
    CHANNELS.append(_channel(f"key printed as {_name}", _FORMS[_name], key))
