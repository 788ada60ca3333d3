"""The reference: every public name and setting is in it, and its tables agree with the code."""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import io
import re
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

import buildbot_keychain
import buildbot_keychain.plugins.secrets
from buildbot_keychain import Interpolate, errors, plugins
from buildbot_keychain.cli import ExitStatus
from buildbot_keychain.cli.main import main
from buildbot_keychain.errors import SecretNotFound
from buildbot_keychain.metrics import METRICS
from buildbot_keychain.providers.catalog import CATALOG
from buildbot_keychain.rendering import RenderingContext

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGE_OF = {
    "buildbot_keychain": "library.md",
    "buildbot_keychain.redaction": "redaction.md",
    "buildbot_keychain.testing": "library.md",
    "buildbot_keychain.plugins.secrets": "configuration.md",
    "buildbot_keychain.plugins.keychain": "configuration.md",
    "buildbot_keychain.plugins.reporters": "configuration.md",
    "buildbot_keychain.plugins.steps": "configuration.md",
    "buildbot_keychain.plugins.util": "configuration.md",
}
OTHERS = {
    "buildbot_keychain.redaction.twisted_log": ["RedactingObserver"],
    "buildbot_keychain.redaction.stdlib_log": ["RedactingFilter"],
}
NOT_SETTINGS = {"self", "args", "kwargs"}
NOT_MADE_BY_USERS = {
    "Audience",
    "Protection",
    "RedactionStream",
    "SecretDetails",
    "WeakSecret",
}
FORMER = {"vaultServer", "vaultToken", "secretsmount", "apiVersion"}
"""Arguments that a signature leaves out, because others have taken their place."""


def text_of(page: str) -> str:
    """Return a page of the reference."""
    return (REFERENCE / page).read_text()


def section_of(page: str, name: str) -> str:
    """Return the section of a page whose heading has `name`, with its subsections."""
    found = re.search(rf"(?m)^(#+) `{name}\b.*$", text_of(page))
    if found is None:
        return ""
    rest = text_of(page)[found.end() :]
    return re.split(rf"(?m)^#{{1,{len(found[1])}}} ", rest)[0]


def settings(item: object) -> list[str]:
    """Return the names of the arguments of a class."""
    if not inspect.isclass(item):
        return []
    # A Buildbot service takes its arguments in checkConfig.
    maker = getattr(item, "checkConfig", None) or item
    ignored = NOT_SETTINGS
    if hasattr(item, "provider_class"):
        # Or they are those of the class in the core, which gets the master's reactor.
        maker, ignored = item.provider_class, ignored | {"reactor"}
    return [name for name in inspect.signature(maker).parameters if name not in ignored]


def defaults(item: object) -> dict[str, object]:
    """Return the defaults of the arguments of a class."""
    maker: Any = getattr(item, "provider_class", None) or getattr(item, "checkConfig", None) or item
    ignored = NOT_SETTINGS | ({"reactor"} if hasattr(item, "provider_class") else set())
    parameters = inspect.signature(maker).parameters
    return {name: p.default for name, p in parameters.items() if name not in ignored}


class ReferenceTestCase(SynchronousTestCase):
    """Looks for names on pages, without printing the page when one is missing."""

    def assertOnPage(self, pattern: str, page: str, what: str) -> None:
        if not re.search(pattern, text_of(page)):
            self.fail(f"{what} is missing in docs/reference/{page}")


class CompletenessTests(ReferenceTestCase):
    """Nothing public is left out."""

    def test_every_public_name_is_there(self) -> None:
        """Each name of `__all__` is in a heading or table of its page."""
        for module, page in PAGE_OF.items():
            for name in importlib.import_module(module).__all__:
                self.assertOnPage(rf"[`.]{name}[`(.]", page, f"{module}.{name}")

    def test_every_setting_is_there(self) -> None:
        """Each argument of a public class is on its page."""
        for module, page in PAGE_OF.items():
            found = importlib.import_module(module)
            for name in found.__all__:
                if name in NOT_MADE_BY_USERS:
                    continue
                if page == "library.md" and name.startswith("SecretIn"):
                    continue  # the arguments are those in configuration.md
                for setting in settings(getattr(found, name)):
                    self.assertOnPage(rf"\b{setting}\b", page, f"{name}({setting})")

    def test_every_provider_has_a_section_with_its_signature_and_arguments(self) -> None:
        """A block with a call, and the row of each argument in a table."""
        missing = []
        for entry in CATALOG:
            section = section_of("configuration.md", entry.name)
            if f"\n```python\n{entry.name}(" not in section:
                missing.append(f"the block ```python {entry.name}(...) with the signature")
            missing += [
                f"a row for `{setting}` in the section of {entry.name}"
                for setting in settings(getattr(plugins.secrets, entry.name))
                if not re.search(rf"(?m)^\| .*`{setting}`.* \|.*\|.*\|", section)
            ]
        if missing:
            self.fail("\n".join(f"docs/reference/configuration.md lacks {one}" for one in missing))

    def test_signatures_are_those_of_the_code(self) -> None:
        """A call in a block of its own has the arguments of the class, with their defaults."""
        pages = {"configuration.md": plugins.secrets, "library.md": buildbot_keychain}
        for page, module in pages.items():
            for block in re.findall(r"(?ms)^```python\n([A-Z]\w+\(.*?)^```$", text_of(page)):
                call = ast.parse(block.strip(), mode="eval").body
                assert isinstance(call, ast.Call)
                expected = defaults(getattr(module, ast.unparse(call.func)))
                required = [ast.unparse(argument) for argument in call.args]
                written = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
                self.assertEqual(
                    [*required, *(name for name in written if name != "name")],
                    [name for name in expected if name not in FORMER | {"name"}],
                )
                for name in set(written) - {"name", "secrets_mount"}:  # theirs are set elsewhere
                    self.assertEqual(written[name], expected[name], f"{block}{name}")

    def test_every_method_of_the_redactor_is_there(self) -> None:
        """And of what it returns, and each protection."""
        redaction = importlib.import_module("buildbot_keychain.redaction")
        returned = (redaction.Audience, redaction.Hiding, redaction.RedactionStream)
        for item in (redaction.Redactor, *returned):
            for name in vars(item):
                if not name.startswith("_"):
                    self.assertOnPage(rf"`{name}\b", "redaction.md", f"{item.__name__}.{name}")
        for protection in redaction.Protection:
            self.assertIn(f"`{protection.name}`", text_of("redaction.md"))

    def test_observers_and_filters_are_there(self) -> None:
        """They are public without being in an `__all__`."""
        for module, names in OTHERS.items():
            for name in names:
                self.assertTrue(hasattr(importlib.import_module(module), name))
                self.assertIn(f"{module}.{name}(", text_of("redaction.md"))

    def test_every_error_is_there(self) -> None:
        """With whether the same request can succeed later."""
        rows = dict(
            re.findall(r"^\| `(\w+)` \|.*\| (yes|no) \|$", text_of("errors.md"), re.MULTILINE)
        )
        found = {
            name: "yes" if item.retryable else "no"
            for name, item in vars(errors).items()
            if inspect.isclass(item) and issubclass(item, errors.KeychainError)
        }
        self.assertEqual(rows, found)

    def test_every_interface_is_there(self) -> None:
        """Whoever writes a provider finds its contract."""
        interfaces = importlib.import_module("buildbot_keychain.interfaces")
        for name in vars(interfaces):
            if re.fullmatch(r"I[A-Z][a-z]\w+", name) and name != "Interface":
                self.assertIn(f"`{name}`", text_of("library.md"))

    def test_every_entry_point_is_there(self) -> None:
        """As installed."""
        groups = {"buildbot.secrets", "buildbot.steps", "buildbot.util"}
        names = [e.name for group in groups for e in entry_points(group=group)]
        ours = [name for name in names if name.startswith("keychain.")]
        self.assertNotEqual(ours, [])
        for name in ours:
            self.assertOnPage(f"`{name}`", "configuration.md", f"the entry point {name}")


class CommandLineTests(ReferenceTestCase):
    """`buildbot-keychain`, as its help has it."""

    def test_every_command_and_option_is_there(self) -> None:
        """And no page shows an option that does not exist."""
        known = {"--help", "--version"}
        for command in ("redact", "scrub"):
            self.assertOnPage(rf"## `buildbot-keychain {command}`", "command-line.md", command)
            options = set(re.findall(r"--[a-z-]+", help_of(command)))
            for option in options - known:
                self.assertOnPage(rf"`{option}\b", "command-line.md", option)
            known |= options
        for page in (ROOT / "docs").rglob("*.md"):
            lines = re.findall(r"buildbot-keychain (?:redact|scrub).*", page.read_text())
            shown = set(re.findall(r"(?<!\S)--[a-z-]+", "\n".join(lines)))
            self.assertEqual(shown - known, set(), page.name)

    def test_every_exit_status_is_there(self) -> None:
        """With its number."""
        for status in ExitStatus:
            self.assertOnPage(rf"(?m)^\| {status.value} \|", "command-line.md", status.name)


def help_of(command: str) -> str:
    """Return what a command prints when it is asked for help."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        main([command, "--help"])
    return printed.getvalue()


class MetricsTests(SynchronousTestCase):
    """`METRICS`, as a table."""

    def test_every_metric_is_there(self) -> None:
        """With its type, labels and meaning."""
        rows = re.findall(
            r"(?m)^\| `(keychain_\w+)` \| (\w+) \| (.+) \| (.+) \|$", text_of("metrics.md")
        )
        expected = [
            (
                metric.name,
                metric.kind,
                ", ".join(f"`{label}`" for label in metric.labels) or "none",
                metric.text + (" Not on a port without a token." if metric.guarded else ""),
            )
            for metric in METRICS
        ]
        self.assertEqual(rows, expected)

    def test_every_label_is_there(self) -> None:
        """With its values."""
        for label in {label for metric in METRICS for label in metric.labels}:
            self.assertRegex(text_of("metrics.md"), rf"(?m)^\| `{label}`.* \| .+ \|$")


class InterpolateTests(SynchronousTestCase):
    """The examples of the grammar."""

    def test_each_example_gives_what_it_says(self) -> None:
        """With the properties and secrets that the page names."""
        held = {"token": "s3cr3t-token", "deploy-prod": "s3cr3t-deploy"}

        async def get_secret(name: str) -> str:
            if name not in held:
                raise SecretNotFound(name, ("held",))
            return held[name]

        context = RenderingContext(get_secret, properties={"env": "prod", "none": ""})
        rows = re.findall(r"^(\S.*?) +→ ?(.*)$", text_of("interpolate.md"), re.MULTILINE)
        self.assertGreater(len(rows), 10)
        for written, gives in rows:
            rendered = context.render(Interpolate(written, user="robot"))
            self.assertEqual(self.successResultOf(rendered), gives, written)
