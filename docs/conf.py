"""How Sphinx builds the site from these pages: `make docs`.

The pages are plain Markdown with relative links, so that they can be read in the repository as
well. Only the API reference is generated, from the docstrings of the installed package.
"""

from __future__ import annotations

import os
import re
from importlib.metadata import metadata
from pathlib import Path

from sphinx.application import Sphinx

_DOCS = Path(__file__).resolve().parent
_PACKAGE = metadata("buildbot-keychain")
_URLS = dict(line.split(", ", 1) for line in _PACKAGE.get_all("Project-URL") or [])
_REPOSITORY = _URLS["Source"]

project = "buildbot-keychain"
author = _PACKAGE["Author"]
project_copyright = author
release = version = _PACKAGE["Version"]
# Read the Docs builds each release as well as the main branch, which it calls `latest`.
_branch = os.environ.get("READTHEDOCS_VERSION", "latest")
html_title = f"{project} {release}" + (" (latest)" if _branch == "latest" else "")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4  # as the repository's own web pages make them

_PUBLIC = r"buildbot_keychain(?:\.(?:plugins|redaction|testing|errors|interfaces|providers\.\w+))?"

# A name in single backticks in a docstring becomes a link if it is on the site, and code if not.
default_role = "py:obj"
nitpick_ignore_regex = [
    ("py:obj", ".*"),
    # Types of others, whose inventories a build without a network cannot have, and private ones.
    ("py:.*", rf"(?!{_PUBLIC}\.[A-Z]\w+$).*"),
]
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
toc_object_entries_show_parents = "hide"

# Pygments knows an older HCL than policies of Vault are written in.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {
    "source_repository": _REPOSITORY,
    "source_branch": "main",
    "source_directory": "docs/",
    "footer_icons": [],
}
html_show_sphinx = False
copybutton_exclude = ".linenos, .gp, .go"

linkcheck_ignore = [
    r"http://127\.0\.0\.1",  # the reader's own master
    r"https://.*\.example\.org",
]


def _link_outside(app: Sphinx, name: str, source: list[str]) -> None:
    """Point links to files outside of docs/ at the repository's web pages."""
    folder = Path(app.env.doc2path(name)).parent

    def absolute(link: re.Match[str]) -> str:
        target = (folder / link[1]).resolve()
        if target.is_relative_to(_DOCS):
            return link[0]
        return f"]({_REPOSITORY}/blob/main/{target.relative_to(_DOCS.parent)}{link[2] or ''})"

    source[0] = re.sub(r"\]\(((?:\.\./)+[^)#\s]+)(#[^)\s]*)?\)", absolute, source[0])


def setup(app: Sphinx) -> None:
    """Connect what this file adds to Sphinx."""
    app.connect("source-read", _link_outside)
