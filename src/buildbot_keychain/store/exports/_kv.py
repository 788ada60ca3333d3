"""`kv_script`: a script of the shell that puts secrets into Vault's KV, or OpenBao's.

The values are in the script. So it is for a pipe into ``sh``, not for a file; and it hands them to
the program through its standard input, by ``printf``, which is a part of the shell.
"""

from __future__ import annotations

import json
import shlex
from base64 import b64encode

from buildbot_keychain import utf8
from buildbot_keychain.errors import quote
from buildbot_keychain.store.exports._document import ExportError, Secrets

PROGRAMS = ("vault", "bao")

_HEAD = """\
# Puts secrets into the KV of {program}. It holds their values: pipe it into sh, never save it.
set -eu
case $(command -V printf) in
  *builtin*) ;;
  *) echo 'printf is a program here: others could read its arguments; use another sh' >&2; exit 1 ;;
esac
"""


def kv_script(secrets: Secrets, mount: str, program: str = "vault") -> str:
    """Return the script: for each secret an entry of its name, whose field ``value`` is the value.

    Bytes are in base64, in the field ``base64``. The script ends at the first that is refused.

    :param mount: where KV is mounted.
    :param program: one of `PROGRAMS`.
    :raise ExportError: when no entry can have a secret's name.
    """
    commands = [_HEAD.format(program=program)]
    for name, value in secrets:
        if not _may_be_an_entry(name):
            msg = f"no entry of KV can be called {quote(name)}; rename the secret"
            raise ExportError(msg)
        fields = (
            {"value": value}
            if isinstance(value, str)
            else {"base64": b64encode(value).decode("ascii")}
        )
        # Without a quote that would end that of the shell.
        written = json.dumps(fields).replace("'", "\\u0027")
        put = shlex.join([program, "kv", "put", f"-mount={mount}", name, "-"])
        commands.append(f"printf %s '{written}' | {put}\n")
    return "".join(commands)


def _may_be_an_entry(name: str) -> bool:
    return (
        utf8.is_encodable(name)
        and name.isprintable()
        and not name.startswith("-")
        and all(part not in {"", ".", ".."} for part in name.split("/"))
    )
