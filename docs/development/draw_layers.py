"""Draw `layers.svg`: the packages of buildbot_keychain by layer, and what imports what.

``python docs/development/draw_layers.py`` writes it, and so does `make format`; a test fails when
it is out of date. The layers are those of the contract in ``pyproject.toml`` that `make lint`
checks, the summaries are the first lines of the packages' docstrings, and an arc stands for an
import. Every arc leads down: that is the contract.
"""

from __future__ import annotations

import ast
import re
import sys
from html import escape
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "buildbot_keychain"
PICTURE = Path(__file__).with_name("layers.svg")

_WIDTH, _NAMES, _SUMMARIES = 900, 190, 330  # pixels: the picture, and where its columns begin
_ROW, _GAP, _TOP = 26, 12, 12  # pixels: a package, the space between layers and above the first
_LONGEST = 92  # characters of a summary
_COLOURS = ("#2b6cb0", "#b7791f", "#2f855a", "#9b2c2c", "#553c9a", "#285e61")


def layers(root: Path) -> list[list[str]]:
    """Return the members of each layer, from the top, as far as they exist."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (written,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    members = [re.findall(r"\w+", layer) for layer in written]
    found = [[name for name in layer if _files(root, name)] for layer in members]
    return [layer for layer in found if layer]


def imports(root: Path, name: str) -> set[str]:
    """Return which other members of the package the member `name` imports."""
    found = set()
    for path in _files(root, name):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.update(re.findall(rf"^{PACKAGE}\.(\w+)", node.module))
    return found - {name}


def summary(root: Path, name: str) -> str:
    """Return the first line of the docstring of the member `name`, without its own name."""
    tree = ast.parse(_files(root, name)[0].read_text(encoding="utf-8"))
    line = (ast.get_docstring(tree) or "").partition("\n")[0]
    line = re.sub(r"``?", "", line).strip().removesuffix(".")
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rpartition(" ")[0] + " …"


def draw(root: Path = ROOT) -> str:
    """Return the picture as SVG."""
    rows: dict[str, int] = {}
    bands, y = [], _TOP
    for layer in layers(root):
        height = _ROW * len(layer)
        bands.append(
            f'<rect x="{_NAMES - 10}" y="{y}" width="{_WIDTH - _NAMES}" height="{height}" '
            'rx="6" fill="#edf2f7"/>'
        )
        for name in layer:
            rows[name] = y + _ROW // 2
            y += _ROW
        y += _GAP
    texts = [
        f'<text x="{_NAMES}" y="{at + 4}" font-family="monospace" font-weight="bold" '
        f'fill="{_colour(rows, name)}">{name}</text>'
        f'<text x="{_SUMMARIES}" y="{at + 4}">{escape(summary(root, name), quote=False)}</text>'
        for name, at in rows.items()
    ]
    arcs = [
        _arc(rows[name], rows[imported], _colour(rows, name))
        for name in rows
        for imported in sorted(imports(root, name), key=lambda other: rows.get(other, 0))
        if imported in rows
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}">',
            "<title>The packages of buildbot_keychain, by layer; every import leads down</title>",
            f'<rect width="{_WIDTH}" height="{y}" fill="white"/>',
            '<g font-family="sans-serif" font-size="12" fill="#222">',
            *bands,
            *texts,
            "</g>",
            '<g fill="none" stroke-width="1.2" stroke-opacity="0.75">',
            *arcs,
            "</g>",
            "</svg>",
            "",
        ]
    )


def _files(root: Path, name: str) -> list[Path]:
    """Return the files of a member, its docstring's first; none where it does not exist."""
    package = root / "src" / PACKAGE / name
    if package.is_dir():
        return sorted(package.rglob("*.py"), key=lambda path: (len(path.parts), path.name))
    module = package.with_suffix(".py")
    return [module] if module.exists() else []


def _colour(rows: dict[str, int], name: str) -> str:
    return _COLOURS[list(rows).index(name) % len(_COLOURS)]


def _arc(start: int, end: int, colour: str) -> str:
    """Return an arc on the left of the names, wider the farther it goes, with a head at its end."""
    x, reach = _NAMES - 14, min(_NAMES - 30, 14 + abs(end - start) * 0.42)
    start, end = start + 5, end - 4  # it leaves a name at its lower half, and meets it at its upper
    return (
        f'<path stroke="{colour}" d="M{x} {start}C{x - reach:.0f} {start} {x - reach:.0f} {end} '
        f'{x} {end}"/><path fill="{colour}" stroke="none" d="M{x + 2} {end}l-6-3v6z"/>'
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
