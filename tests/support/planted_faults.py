"""A configuration with faults of all kinds, for the test of what a check of it finds.

`write` puts it into a directory. `EXPECTED` is what is to be found: how grave, of which kind, words
of the sentence, and words of the place. Tokens are put together, so that no scanner takes this file
for one that has some.
"""

from __future__ import annotations

from pathlib import Path

RANDOM = "kT9mPq2vLxR4wZ"
LONG = "Zq8KfW3xTn5VbY7cRm2PdL9sHg4JtA6uEoXwQ1iN"
CANARY = "canary-W7/x+9pQ"

MASTER_CFG = f"""
import os
from twisted.internet.defer import Deferred
from zope.interface import implementer
from buildbot.manhole import TelnetManhole
from buildbot.plugins import util as theirs
from buildbot.util.service import BuildbotService
from buildbot_keychain.details import SecretDescription
from buildbot_keychain.errors import AccessDenied, ProviderUnavailable
from buildbot_keychain.interfaces import IAskedByNameOnly, IDescribes
from buildbot_keychain.plugins import changes, reporters, schedulers, secrets, steps, util, worker
import planted_module

@implementer(IAskedByNameOnly, IDescribes)
class InHouse:
    def __init__(self, name):
        self.name = name

    def get(self, path):
        if path == "expired":
            return {CANARY!r}
        if path == "denied":
            raise AccessDenied(self.name, path, "the token was rejected")
        if path == "down":
            raise ProviderUnavailable(self.name, path, "no route to it")
        if path == "hung":
            return Deferred()
        if path == "wrong":
            return 1
        raise ValueError({CANARY!r})

    def describe(self, path):
        return SecretDescription(path, 3, 1000, 2000) if path == "expired" else None

class Starts(BuildbotService):
    name = "starts"

    def startService(self):
        with open(os.path.join(basedir, "started"), "w"):
            return super().startService()

c = BuildmasterConfig = {{}}
S = util.Secret
dirname = os.path.join(basedir, "secrets")
c["secretsProviders"] = [secrets.SecretManager(
    [
        secrets.SecretInAFile(name="files", dirname=dirname),
        InHouse("inhouse"),
        secrets.SecretInVault("http://127.0.0.1:1", S("files!no-vault-token"), name="vault"),
    ],
    resilience={{"inhouse": secrets.Resilience(timeout=0.5)}},
    policy=[
        secrets.Allow("denied/tags", tags=["release"], outside=True),
        secrets.Allow("denied/builder", builders=["r*"], outside=True),
        secrets.Allow("denied/worker", workers=["w2"], outside=True),
        secrets.Allow("denied/rule", outside=True),
        secrets.Deny("denied/rule", builders=["b"]),
        secrets.Allow("denied/service", builders=["b"]),
        secrets.Allow("approved", outside=True, approval=secrets.Approval(by=["admins"])),
        secrets.Allow("branched", branches=["main"], repositories=["https://example.org/app"]),
        secrets.Allow(["files!no-*", "vault!*", "empty", "blank", "bytes", "open", "short",
                       "word", "tiny", "good*", "deploy-*", "x"], outside=True),
        secrets.Allow([f"inhouse!{{name}}" for name in
                       ("expired", "denied", "down", "hung", "wrong", "broken")], outside=True),
        secrets.Allow("never", builders=["nobody-has-that-name"]),
    ],
)]

kept = S("files!no-closure")

@theirs.renderer
def closes(props):
    return kept

@theirs.renderer
def makes(props):
    return util.Secret("files!no-code")

@theirs.renderer
def computes(props):
    return util.Secret("x" + props["y"])

f = util.BuildFactory()
f.addStep(steps.Git(repourl="https://example.org/app", sshPrivateKey=S("files!no-ssh-key"),
                    config={{"a": S("good")}}))
for name in ("files!no-command", "vualt!x", "files!", "empty", "blank", "bytes", "open", "short",
             "word", "tiny", "denied/tags", "denied/builder", "denied/worker", "denied/rule",
             "denied/none", "approved", "branched", "good"):
    f.addStep(steps.ShellCommand(name=name.rpartition("/")[2] or name, command=["x", S(name)]))
for path in ("expired", "denied", "down", "hung", "wrong", "broken"):
    f.addStep(steps.ShellCommand(name=path, command=["x", S(f"inhouse!{{path}}")]))
with f.withSecrets([("a", util.Interpolate("%(secret:files!no-file)s")), ("b", "good")]):
    f.addStep(steps.ShellCommand(
        name="places",
        command=["x", ["y", (S("files!no-list"), {{"k": S("files!no-dict")}})],
                 util.Interpolate("%(secret:files!no-format)s %(kw:k)s", k=S("files!no-kw")),
                 theirs.Secret("files!no-theirs"),
                 theirs.Interpolate("%(secret:files!no-their-format)s"),
                 util.Property("p", default=S("files!no-default")),
                 util.Transform(str, S("files!no-transform")),
                 util.Interpolate("%(prop:p:-%(secret:files!no-nested)s)s"),
                 util.Interpolate("%(secret:files!no-but:-default)s"), closes, makes, computes,
                 S(util.Interpolate("deploy-%(prop:env)s")),
                 S(util.Property("env"), allowed="deploy-*")],
        env={{"A": S("files!no-env")}},
    ))
f.addStep(steps.ShellSequence(commands=[util.ShellArg(command=["x", S("files!no-shell-arg")])]))
f.addStep(steps.Trigger(schedulerNames=["t"], set_properties={{"p": S("files!no-trigger")}}))
f.addStep(steps.ShellCommand(name="format", command="x %(secret:good)s"))
f.addStep(steps.ShellCommand(name="repr", command="x Secret('good')"))
f.addStep(steps.ShellCommand(name="class", command=["x", util.Secret]))
f.addStep(steps.ShellCommand(name="old", command=util.WithProperties("x %(secret:good)s")))
f.addStep(steps.ShellCommand(name="number", command=["x"], timeout=S("good")))
f.addStep(steps.SVN(repourl="svn://example.org", username=S("good")))

c["builders"] = [util.BuilderConfig(
    name="b", workernames=["w"], factory=f, tags=["debug"],
    properties={{"p": S("files!no-property")}}, env={{"E": S("files!no-builder-env")}},
)]
c["workers"] = [worker.Worker("w", S("files!no-password")), worker.Worker("v", S("denied/service"))]
c["services"] = [Starts(), reporters.GitHubStatusPush(token=S("files!no-token"))]
c["change_source"] = [
    changes.GitPoller("https://example.org/app", sshPrivateKey=S("files!no-poller")),
]
c["schedulers"] = [
    schedulers.Triggerable("t", builderNames=["b"], properties={{"p": S("files!no-scheduler")}}),
    schedulers.ForceScheduler("force", builderNames=["b"], properties=[
        util.ChoiceStringParameter("choice", choices=["a"], default=S("good"))]),
]
c["www"] = {{
    "port": 1,
    "auth": util.UserPasswordAuth({{"admin": S("good")}}),
    "change_hook_dialects": {{
        "github": {{"secret": S("files!no-hook"), "strict": True}}, "base": True,
    }},
}}
c["db"] = {{"db_url": util.Interpolate("postgresql://u:%(secret:files!no-db)s@127.0.0.1:1/db")}}
c["protocols"] = {{"pb": {{"port": 1}}}}
c["manhole"] = TelnetManhole(2, "admin", S("good"))
c["unknown_key"] = 1
c[secrets.now("files!good")] = 1
github_value = "ghp_{LONG[:36]}"
aws = "AKIA{"QZ7XW2LP5NT3RVKB"}"
slack = "xoxb-{"2345678901"}-{LONG[:24]}"
address = "postgresql://buildbot:{RANDOM}@db/buildbot"
password = "{RANDOM}"
spare = lambda: worker.Worker("spare", "{RANDOM}")
"""

MODULE = f"""
gitlab = "glpat-{LONG[:20]}"
key = '''-----BEGIN OPENSSH PRIVATE KEY-----
{LONG}{RANDOM}
-----END OPENSSH PRIVATE KEY-----
'''
api_key = "{RANDOM}{LONG}"
"""

FILES = {
    "good": (CANARY, 0o600),
    "approved": (CANARY, 0o600),
    "branched": (CANARY, 0o600),
    "empty": ("", 0o600),
    "blank": (" \n", 0o600),
    "open": (CANARY, 0o644),
    "short": ("x7Kp2", 0o600),
    "word": ("postgres", 0o600),
    "tiny": ("x7", 0o600),
    "unused": (CANARY, 0o600),
    "deploy-test": (CANARY, 0o600),
}

Expected = tuple[str, str, str, str]

_MISSING = (
    *("no-vault-token", "no-ssh-key", "no-command", "no-file", "no-list", "no-dict", "no-format"),
    *("no-kw", "no-nested", "no-theirs", "no-their-format", "no-default", "no-transform", "no-env"),
    *("no-closure", "no-shell-arg", "no-trigger", "no-property", "no-builder-env", "no-password"),
    *("no-token", "no-poller", "no-scheduler", "no-hook", "no-db"),
)
EXPECTED: tuple[Expected, ...] = (
    *(("problem", "missing", f"'files!{name}'", "") for name in _MISSING[1:]),
    ("problem", "missing", "'files!no-vault-token'", "SecretInVault 'vault', "),
    ("note", "missing", "'files!no-but'", "step 27 (ShellCommand 'places'), command="),
    ("note", "missing", "'files!no-code'", "step 27 (ShellCommand 'places'), command="),
    ("problem", "name", "'vualt!x' names the provider 'vualt'", ""),
    ("problem", "name", "'files!' has no path", ""),
    ("problem", "name", "the content of 'b' is a text, the name of the secret 'good'", ""),
    ("problem", "empty", "'empty'", "step 5 (ShellCommand 'empty')"),
    ("problem", "empty", "'blank'", ""),
    ("problem", "invalid", "'bytes'", ""),
    ("problem", "failed", "'open'", ""),
    ("problem", "configuration", "secrets/open (mode 0644", ""),
    ("note", "weak", "'short'", ""),
    ("note", "weak", "'word'", ""),
    ("note", "weak", "'tiny'", ""),
    ("problem", "denied", "'denied/tags'", "step 12 (ShellCommand 'tags')"),
    ("problem", "denied", "'denied/builder'", ""),
    ("problem", "denied", "'denied/worker'", ""),
    ("problem", "denied", "'denied/rule': denied by Deny('denied/rule'", ""),
    ("problem", "denied", "'files' would be asked as well, and is denied it: no rule allows", ""),
    ("problem", "denied", "'denied/service'", "Worker 'v', password="),
    ("problem", "expired", "'inhouse!expired'", ""),
    ("problem", "failed", "'inhouse!denied'", ""),
    ("unchecked", "unavailable", "'inhouse!down'", ""),
    ("unchecked", "unavailable", "'inhouse!hung'", ""),
    ("problem", "invalid", "'inhouse!wrong'", ""),
    ("problem", "failed", "'inhouse!broken'", ""),
    ("problem", "policy", "none of the builders is called 'nobody-has-that-name'", ""),
    ("note", "unused", "a secret of the provider 'files'", "unused"),
    ("note", "computed", "'deploy-*'", "step 27 (ShellCommand 'places'), command="),
    ("note", "computed", "a function puts the name of a secret together", ""),
    ("note", "sender", "the hook 'base' takes what anybody sends", ""),
    ("problem", "unrendered", "never renders config=", ""),
    ("problem", "unrendered", "timeout=", ""),
    ("problem", "unrendered", "never renders username=", ""),
    ("problem", "unrendered", "never renders a user's password", ""),
    ("problem", "unrendered", "TelnetManhole: Buildbot never renders password=", ""),
    ("problem", "unrendered", "the parameter 'choice' is filled in by a browser", ""),
    ("problem", "text", "nothing is filled into the text '%(secret:good)s'", ""),
    ("problem", "text", "the text \"Secret('good')\" is not a secret", ""),
    ("problem", "text", "the class Secret stands where a secret is meant", ""),
    ("problem", "text", "WithProperties knows no secrets", ""),
    ("problem", "configuration", "Unknown BuildmasterConfig keys", ""),
    ("problem", "configuration", "<files!good>", ""),
    ("problem", "configuration", "unknown_key", ""),
    *(
        ("problem", "plain text", f"({kind})", "/master.cfg, line ")
        for kind in (
            *("GitHub token", "access key of AWS", "token of Slack", "password in an address"),
            "random text as password",
        )
    ),
    *(
        ("problem", "plain text", f"({kind})", "/planted_module.py, line ")
        for kind in ("GitLab token", "private key", "random text as api_key")
    ),
)
"""What is to be found."""


def write(directory: Path) -> None:
    """Write the configuration, and the secrets that it has."""
    (directory / "master.cfg").write_text(MASTER_CFG)
    (directory / "planted_module.py").write_text(MODULE)
    secrets = directory / "secrets"
    secrets.mkdir(mode=0o700)
    for name, (value, mode) in FILES.items():
        (secrets / name).write_text(value)
        (secrets / name).chmod(mode)
    (secrets / "bytes").write_bytes(b"\xff\xfe\xfd")
    (secrets / "bytes").chmod(0o600)
