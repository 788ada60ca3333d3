"""A program to trace with `strace`: it runs each command of a store once, in a process of its own.

``python -m tests.support.traced_commands DIRECTORY`` prints the names of the commands, and how each
ended. With ``URL TOKEN-FILE`` behind it, they are those that ask the Vault at that URL. Values are
read from pipes and files, and go to pipes, as a shell would connect them; what each command prints
besides goes to the file ``messages``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from buildbot_keychain.cli.main import main

VALUE, EDITED, DOTENV = "canaryQ7m2Zr9LxT", "canaryE4v8Kp1WsY", "canaryD3h6Nb5JcG"
CANARIES = VALUE, EDITED, DOTENV

RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


def script(base: Path) -> list[tuple[tuple[str, ...], str, bool]]:
    """Return words of commands, the text that is piped to each, and whether it prints values."""
    data, keys = base / "backup-data", base / "backup-keys"
    given = "--env", "TOKEN=a", "--file", "FILE=a"
    check = 'test "$TOKEN" = "$(cat "$FILE")" && echo "$TOKEN"'
    return [
        (("init",), "", False),
        (("set", "a"), VALUE, False),
        (("set", "a", "--replace"), VALUE + "2", False),
        (("generate", "b"), "", False),
        (("generate", "key", "--kind", "ssh"), "", False),
        (("get", "a"), "", True),
        (("get", "a@1"), "", True),
        (("diff", "a@1", "a@2"), "", False),
        (("edit", "a"), "", False),
        (("run", *given, "--", "sh", "-c", check), "", False),
        (("run", *given, "--unredacted", "--", "sh", "-c", check), "", True),
        (("list", "--strength"), "", False),
        (("describe", "a"), "", False),
        (("history", "a"), "", False),
        (("rollback", "a", "1"), "", False),
        (("rename", "a", "c"), "", False),
        (("tag", "c", "red"), "", False),
        (("annotate", "c", "--description", "text"), "", False),
        (("import", "env", str(base / "settings.env")), "", False),
        (("import", "env", "-", "--prefix", "piped/"), f"X={VALUE}\n", False),
        (("export", "age", "--to", RECIPIENT), "", False),
        (("export", "vault"), "", True),
        (("rotate",), "", False),
        (("rekey",), "", False),
        (("rewrap",), "", False),
        (("verify",), "", False),
        (("backup", "--database", str(data / "b.sqlite"), "--keys", str(keys / "ring")), "", False),
        (("verify", "--backup", str(data / "b.sqlite")), "", False),
        (("rm", "c", "--yes"), "", False),
        (("undo", "c"), "", False),
        (("rm", "c", "--yes", "--purge"), "", False),
        (
            (
                *("restore", "--database", str(data / "b.sqlite"), "--keys", str(keys / "ring")),
                *("--store", f"sqlite:///{base}/restored-data/s", "--key-file"),
                f"{base}/restored-keys/ring",
            ),
            "",
            False,
        ),
    ]


def script_of_vault(base: Path, url: str, token: str) -> list[tuple[tuple[str, ...], str, bool]]:
    """Return what `script` does, of the commands that ask a Vault.

    :param token: the file of the token for it.
    """
    login = "--vault-login", f"token-file:{token}"
    key = "--transit", f"{url}/transit/ring", *login
    other = "--store", f"sqlite:///{base}/restored-data/s", "--key-file"
    return [
        (("init",), "", False),
        (("import", "vault", f"{url}/secret", *login, "--dry-run"), "", False),
        (("import", "vault", f"{url}/secret", *login), "", False),
        (("get", "a"), "", True),
        (("rewrap", *key), "", False),
        (("init", *key, *other, f"{base}/restored-keys/ring"), "", False),
    ]


def run(words: tuple[str, ...], text: str, messages: int, *, prints: bool) -> int:
    """Run a command in a child; return its status."""
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(reader, 0)
        os.dup2(into if prints else messages, 1)
        os.dup2(messages, 2)
        os.closerange(3, 100)
        sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115 - it lives as long as the process
        status = main(words)
        sys.stdout.flush()
        os._exit(status)
    os.close(reader)
    os.close(into)
    while os.read(out, 1 << 16):
        pass
    os.close(out)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_all(base: Path, *vault: str) -> None:
    for name in ("data", "keys", "backup-data", "backup-keys", "restored-data", "restored-keys"):
        (base / name).mkdir(mode=0o700)
    for name, text in (("settings.env", f"T={DOTENV}\n"), ("edited", EDITED)):
        (base / name).write_text(text)
        (base / name).chmod(0o600)
    os.environ |= {
        "BUILDBOT_KEYCHAIN_STORE": f"sqlite:///{base}/data/s.sqlite",
        "BUILDBOT_KEYCHAIN_KEY_FILE": f"{base}/keys/ring",
        "HOME": str(base),
        "HISTFILE": str(base / ".history"),
        "VISUAL": f"cp {base}/edited",
    }
    messages = os.open(base / "messages", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for words, text, prints in script_of_vault(base, *vault) if vault else script(base):
        print(words[0], run(words, text, messages, prints=prints), flush=True)  # noqa: T201


if __name__ == "__main__":
    run_all(Path(sys.argv[1]).resolve(), *sys.argv[2:])
