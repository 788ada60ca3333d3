"""A newcomer's mistakes: what `buildbot checkconfig`, a start and a build say about each of them.

Each is one line of a `master.cfg`, and what one of its errors must contain: what is wrong, where,
and what to do. Those that are only warned of do not keep a master from starting; their builds fail
and say what is wrong.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from buildbot.config import ConfigErrors
from buildbot.config.master import FileLoader
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import ConfigurationWarning
from buildbot_keychain.plugins import secrets, steps, util
from tests.support.real_master import WORKER_NAME, RealMasterTestCase

VALUE = "k9QmT2vXzR7pL4wB8HsJ"

CONFIGURATION = """
from buildbot_keychain.plugins import *
import os, buildbot_keychain

c = BuildmasterConfig = {{}}
f = util.BuildFactory()
d = {directory!r}
files = [secrets.SecretInAFile(dirname=d)]
c["secretsProviders"] = files
c["workers"] = [worker.LocalWorker("w")]
{line}
c["protocols"] = {{"null": {{}}}}
c["builders"] = [util.BuilderConfig("b", workernames=["w"], factory=f)]
c.setdefault("schedulers", [schedulers.ForceScheduler(name="force", builderNames=["b"])])
"""

# The list of providers.
PROVIDERS = {
    "[secrets.SecretInAFile(dirname=d), secrets.SecretInAFile(dirname=d)]": [
        "2 providers called 'SecretInAFile'",
        "SecretInAFile(..., name='...')",
        "SecretManager(providers=[...])",
    ],
    "[secrets.SecretManager(files), secrets.SecretManager(files)]": [
        "2 managers called 'SecretManager'",
        "the providers of all in one",
    ],
    "[secrets.SecretInAFile]": ["the class SecretInAFile", "write SecretInAFile(...)"],
    "[secrets.SecretManager]": ["the class SecretManager", "write SecretManager(...)"],
    "[secrets.SecretManager([secrets.SecretInAFile])]": ["write SecretInAFile(...)"],
    "['SecretInAFile']": ["holds a str", "write for example secrets.SecretInAFile(dirname=...)"],
    "[buildbot_keychain.SecretInAFile(d)]": ["import it from buildbot_keychain.plugins.secrets"],
    "files[0]": ["must be a list"],
    "[secrets.SecretManager(files[0])]": ["must be a list of providers, not of type SecretInAFile"],
    "[secrets.SecretManager([secrets.SecretManager(files)])]": [
        "list the providers of both in one"
    ],
    "[secrets.SecretManager(files, public='user')]": ["public must be a list of names of secrets"],
    "[secrets.SecretInAFile(dirnam=d)]": [
        "SecretInAFile: there is no argument 'dirnam', did you mean 'dirname'?",
        "the arguments are dirname, suffixes, strip, name",
    ],
    "[secrets.SecretManager(files, polcy=[])]": ["no argument 'polcy'", "the arguments are provid"],
    "[secrets.SecretInVault('http://127.0.0.1:8200', 't', mount='kv')]": ["did you mean 'mounts'?"],
    "[secrets.SecretInAFile()]": ["the argument 'dirname' is missing"],
    "[secrets.SecretInAFile(d, None, True, 'files')]": ["at most 3 arguments"],
    "[secrets.SecretInAFile(dirname='secrets')]": [
        "it is relative to",
        "where this process was started",
        "os.path.join(basedir, 'secrets')",
    ],
    "[secrets.SecretInAFile(dirname='/no/such/directory')]": ["create it or correct dirname"],
    "[secrets.SecretInAFile(dirname=d + '/token')]": ["is not a directory"],
    "[secrets.SecretInAFile(dirname=b'x')]": ["dirname must be the path of a directory"],
    "[secrets.SecretInAFile(dirname=d, name='a!b')]": ["holds no '!'"],
}

# The arguments of a step that is added.
STEPS = {
    "['x', util.Secret('tokne')]": [
        "no provider holds the secret 'tokne'",
        "did you mean 'token'?",
    ],
    "['x', util.Secret('file:token')]": ["no provider holds", "write 'file!token'"],
    "['x', util.Secret('vault!x')]": [
        "builder 'b', step ShellCommand: the secret 'vault!x' names the provider 'vault'",
        "(providers: 'SecretInAFile')",
    ],
    "util.Interpolate('%(secret:vault!x|y:-%(secret:nobody!z)s)s')": ["'vault!x|y'", "'nobody'"],
    "['x'], env={'A': util.Secret('file!')}": ["no path after the '!'", "'file!name'"],
    "['x', util.Secret(b'token')]": ["Secret needs a name of type str", "not bytes"],
    "['x', util.Secret(None)]": ["Secret needs a name of type str", "not NoneType"],
    "": ["ShellCommand has no command"],
    "['x'], comand='y'": ["invalid ShellCommand argument comand"],
    "['x'], timeout=util.Secret('token')": ["write timeout=util.Transform(int, util.Secret('tok"],
    "util.Interpolate('%(secrt:x)s')": ["one of the selectors kw, prop, secret, src, worker"],
}

# The argument of the same name of `addSteps`.
WITH_SECRETS = {
    "('a', util.Secret('token'))": ["not one pair: write withSecrets([(", "master.cfg, line 11"],
    "['a', util.Secret('token')]": ["not one pair: write withSecrets([(path, renderable)])"],
    "[[('a', util.Secret('token'))]]": ["not a list in a list: remove the inner brackets"],
    "{'a': util.Secret('token')}": ["withSecrets takes a list", "not dict", "master.cfg, line 11"],
    "[(util.Secret('token'), 'a')]": [
        "element 0 has the secret first: write (path, Secret('...'))"
    ],
    "[('a', 'token')]": [
        "builder 'b', step WriteSecretFiles: the content of 'a' is a text, the name of the secret ",
        "write Secret('token')",
    ],
    "['a']": ["element 0 is not a pair but of type str"],
    "[('a', util.Secret('nobody!x'))]": ["step WriteSecretFiles: the secret 'nobody!x'"],
}

OTHERS = {
    'c["workers"] = [worker.Worker("w", util.Secret("nobody!x"))]': ["Worker 'w': the secret"],
    'c["services"] = [reporters.GitHubStatusPush(token=util.Secret("nobody!x"))]': [
        "GitHubStatusPush",
        "the secret 'nobody!x'",
    ],
    'c["change_source"] = [changes.PBChangeSource(port=9, passwd=util.Secret("nobody!x"))]': [
        "PBChangeSource 'PBChangeSource:",
        "the secret 'nobody!x'",
    ],
    'c["www"] = {"auth": util.GitHubAuth("id", util.Secret("nobody!x"))}': ['c["www"]: the secret'],
    'c["www"] = {"change_hook_dialects": {"github": {"secret": util.Secret("nobody!x")}}}': [
        'c["www"]: the secret'
    ],
    'files.append(secrets.SecretInVault("http://127.0.0.1:8200", util.Secret("nobody!x")))': [
        "SecretInVault 'SecretInVault': the secret 'nobody!x'"
    ],
    'files.append(secrets.SecretInAFile(d, name="f")); '
    'f.addStep(steps.ShellCommand([util.Secret("file!x")]))': [
        "2 providers of that kind",
        "write the name of one",
    ],
}

# What Buildbot never renders, and what is a text too early.
UNRENDERED = {
    """f.addStep(steps.ShellCommand(["x"], env={"A": f"Bearer {util.Secret('token')}"}))""": [
        "cannot become part of a text",
        "write Interpolate('... %(secret:token)s ...')",
    ],
    'f.addStep(steps.ShellCommand(["x", "a" + util.Secret("token")]))': [
        "cannot become part of a text",
        "write Interpolate('... %(secret:token)s ...')",
    ],
    'f.addStep(steps.SVN(repourl="http://h/", username=util.Secret("token")))': [
        "builder 'b': SVN: Buildbot never renders username=; write secrets.now('token')"
    ],
    'f.addStep(steps.Git("http://h/", config={"a": util.Interpolate("%(secret:token)s")}))': [
        "builder 'b': Git: Buildbot never renders config=; write a text there, or secrets.now('name"
    ],
    'c["services"] = [reporters.HttpStatusPush("http://h/", headers={"A": util.Secret("x")})]': [
        "HttpStatusPush 'HttpStatusPush': Buildbot never renders headers=",
        "write secrets.now('x')",
    ],
    'c["www"] = {"auth": util.UserPasswordAuth([("a", util.Secret("token"))])}': [
        "UserPasswordAuth: Buildbot never renders a user's password; write secrets.now('token')"
    ],
    'f.addStep(steps.ShellCommand(["x", util.Secret(util.Property("a"))]))': [
        "whoever starts builds could choose any secret; write Secret(..., allowed='deploy-*')"
    ],
}

# What nobody looks up: no master starts with it, as its builds would be green.
_PLAIN = "%(secret:token)s"
_SAID = ["nothing is filled into the text '%(secret:token)s': write Interpolate('%(secret:tok"]
PLAIN_TEXTS = {
    f"f.addStep(steps.ShellCommand('curl -u {_PLAIN} h'))": ["builder 'b', step ShellC", *_SAID],
    f"f.addStep(steps.ShellCommand(['x'], env={{'A': ['{_PLAIN}']}}))": _SAID,
    f"f.addSteps([], withSecrets=[('a', '{_PLAIN}')])": ["step WriteSecretFiles: ", *_SAID],
    f"f.addStep(steps.SetProperty(property='a', value='x {_PLAIN}'))": _SAID,
    f"f.addStep(steps.Trigger(['force'], set_properties={{'a': '{_PLAIN}'}}))": _SAID,
    f"c['workers'] = [worker.Worker('w', '{_PLAIN}')]": ["Worker 'w': ", *_SAID],
    f"c['services'] = [reporters.GitHubStatusPush(token='{_PLAIN}')]": ["GitHubStatusPush", *_SAID],
    f"c['www'] = {{'change_hook_dialects': {{'github': {{'secret': '{_PLAIN}'}}}}}}": _SAID,
    "f.addStep(steps.ShellCommand(['x', f'{util.Secret(1 * \"token\")!r}']))": [
        "\"Secret('token')\" is not a secret, and nobody looks it up: write Secret('token') itself"
    ],
    "f.addStep(steps.ShellCommand(['x', str([util.Secret('token')])]))": ["is not a secret, and"],
    f"f.addStep(steps.ShellCommand(['x', util.WithProperties('{_PLAIN}')]))": [
        "WithProperties knows no secrets: write Interpolate('%(secret:token)s')"
    ],
    "f.addStep(steps.ShellCommand(['x', util.Property('secret:token')]))": [
        "'secret:token' is not a property: write Secret('token')"
    ],
    f"c['change_source'] = [changes.PBChangeSource(port=9, passwd='{_PLAIN}')]": _SAID,
    f"""
c['schedulers'] = [schedulers.ForceScheduler(name='force', builderNames=['b'], properties=[
    util.NestedParameter(name='', fields=[util.StringParameter('a', default='{_PLAIN}')])])]
""": ["ForceScheduler 'force': ", *_SAID],
    "f.addStep(steps.ShellCommand(['x', util.Secret]))": [
        "the class Secret stands where a secret is meant: write Secret('...')"
    ],
}

# What is wrong with where secrets are.
STORES = {
    'f.withSecrets([("a", util.Secret("token"))])': [
        "builder 'b': withSecrets does nothing without 'with'",
        "(master.cfg, line 11)",
    ],
    'c["db_url"] = util.Secret("tokne")': ["the database: no provider", "did you mean 'token'?"],
    'files.append(secrets.SecretInVault("http://vault.example.org:8200", "t"))': [
        "everyone on the way to http://vault.example.org:8200 can read the token",
        "use https",
    ],
    'files.append(secrets.SecretInVault("vault.example.org:8200", "t"))': [
        "vault_server must be a URL such as 'https://vault.example.org:8200'"
    ],
    'c["secretsProviders"] = [secrets.SecretManager(files, allow_empty="token")]': [
        "allow_empty must be a list of names of secrets"
    ],
    "files.append(secrets.SecretInOneFile(d))": ["format must be one of 'env', 'json', 'yaml'"],
    "os.chmod(d, 0o777); files[0] = secrets.SecretInAFile(d)": ["chmod"],
    "os.chmod(d + '/token', 0o666); files[0] = secrets.SecretInAFile(d)": ["chmod"],
}

TABLES = (PROVIDERS, STEPS, WITH_SECRETS, OTHERS, UNRENDERED, PLAIN_TEXTS, STORES)

GOOD = (
    "f.addStep(steps.ShellCommand([util.Secret('file!token')]))",
    "f.addStep(steps.ShellCommand([util.Secret('SecretInAFile!token')]))",
    "f.addStep(steps.ShellCommand(util.Interpolate('%(secret:%(prop:a)s!x)s 100%%')))",
    "f.addStep(steps.ShellCommand(['x', '%(prop:a)s', '%(secret: x)s', 'secret:x']))",
    "f.addStep(steps.ShellCommand(util.Interpolate('%(kw:a)s', a=util.Secret('token'))))",
    "f.addStep(steps.ShellCommand(['x', util.Interpolate('%%(secret:token)s')]))",
    "f.addSteps([], withSecrets=[('a', 'a text'), (util.Interpolate('%(prop:a)s'), b'token')])",
    """
c["secretsProviders"] = [secrets.SecretManager(files)]
f.addStep(steps.ShellCommand([util.Secret("file!token")]))
""",
    """
class Own(steps.ShellCommand):
    def __init__(self, timeout):
        super().__init__(["x"], timeout=5)
f.addStep(Own(util.Secret("token")))
""",
)


class MistakeTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.basedir = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.basedir)
        directory = self.basedir / "private"
        directory.mkdir(mode=0o700)
        (directory / "token").touch(mode=0o600)
        (directory / "token").write_text(VALUE)
        self.addCleanup(os.chdir, Path.cwd())
        os.chdir(self.basedir)

    def errors(self, line: str) -> list[str]:
        """Return what is wrong with a configuration that has the line, or what it warns of."""
        try:
            self.load(line)
        except ConfigErrors as found:
            self.flushLoggedErrors()
            self.flushWarnings()
            return list(found.errors)
        warned = self.flushWarnings()
        return [w["message"] for w in warned if w["category"] is ConfigurationWarning]

    def load(self, line: str) -> None:
        """Load a configuration that has the line."""
        text = CONFIGURATION.format(directory=str(self.basedir / "private"), line=line)
        (self.basedir / "master.cfg").write_text(text)
        FileLoader(str(self.basedir), "master.cfg").loadConfig()

    def assert_explained(self, line: str, expected: list[str]) -> None:
        found = "\n".join(self.errors(line))
        for part in expected:
            self.assertIn(part, found, line)
        self.assertNotIn(VALUE, found)

    def test_the_configuration_is_right_without_them(self) -> None:
        for line in ("", *GOOD):
            self.assertEqual(self.errors(line), [], line)

    def test_providers(self) -> None:
        for value, expected in PROVIDERS.items():
            self.assert_explained(f'c["secretsProviders"] = {value}', expected)

    def test_steps(self) -> None:
        for arguments, expected in STEPS.items():
            self.assert_explained(f"f.addStep(steps.ShellCommand({arguments}))", expected)

    def test_secret_files(self) -> None:
        for argument, expected in WITH_SECRETS.items():
            self.assert_explained(f"f.addSteps([], withSecrets={argument})", expected)

    def test_other_places(self) -> None:
        for line, expected in OTHERS.items():
            self.assert_explained(line, expected)

    def test_what_is_not_rendered(self) -> None:
        for line, expected in UNRENDERED.items():
            self.assert_explained(line, expected)

    def test_texts_that_are_not_filled_in(self) -> None:
        for line, expected in PLAIN_TEXTS.items():
            self.assert_explained(line, expected)
            self.assertRaises(ConfigErrors, self.load, line)
        self.flushLoggedErrors()
        self.flushWarnings()

    def test_stores(self) -> None:
        for line, expected in STORES.items():
            self.assert_explained(line, expected)

    def test_there_are_many(self) -> None:
        """Each of them is reported before a build can start."""
        self.assertGreaterEqual(sum(map(len, TABLES)), 44)


def built_mistakes() -> dict[object, str]:
    """Return arguments of which `checkconfig` warns at most, and what the build's page says."""
    return {
        util.Secret("tokne"): "secret 'tokne': no provider holds it; add it to one of them",
        util.Secret("file:token"): "to ask 'file' for 'token', write 'file!token'",
        util.Secret("../token"): "secret '../token': no provider holds it",
        util.Secret("empty"): "secret 'empty': provider 'SecretInAFile': its value is empty; store",
        util.Secret(util.Property("chosen")): "could choose any secret; write Secret(..., allowed=",
        util.Secret(util.Interpolate("%(prop:chosen)s!x")): "no provider is called 'token'",
        util.Interpolate("%(secret:%(prop:bad)s)s"): "what is filled in contains '!'",
    }


class BuiltMistakeTests(RealMasterTestCase):
    """Mistakes with which a master starts."""

    async def test_no_build_is_green(self) -> None:
        """The state of the step says what is wrong, and its command does not run."""
        ran = self.directory() / "ran"
        built, builders = built_mistakes(), []
        for number, argument in enumerate(built):
            step = steps.ShellCommand(command=["touch", str(ran), argument])
            factory = util.BuildFactory([step])
            builders.append(
                util.BuilderConfig(f"b{number}", workernames=[WORKER_NAME], factory=factory)
            )
        files = self.secrets_directory({"token": VALUE, "empty": ""})
        provider = secrets.SecretInAFile(dirname=str(files))
        master = await self.start_master({"builders": builders, "secretsProviders": [provider]})
        for number, (argument, expected) in enumerate(built.items()):
            given = {"chosen": "token", "bad": "a!b"}
            build = await master.build(f"b{number}", properties=given)
            self.assertEqual(build.result, "failure", repr(argument))
            self.assertIn(expected, build.steps[-1].state)
            self.assertFalse(ran.exists(), repr(argument))
