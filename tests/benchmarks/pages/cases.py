"""`cases`: what is asked for of the pages."""

from __future__ import annotations

from urllib.parse import urlencode

_ONE = {"name": "store!team/005000"}
_HOT = {"secret": "store!team/000000"}
_CASES: dict[str, list[dict[str, str]]] = {
    "": [{}, {"search": "9999"}, {"search": "team-7"}, {"search": "builder-0"}, {"search": "zz"}],
    "secret": [
        _ONE,
        {"name": "store!team/000000"},
        {**_ONE, "builder": "builder-000", "branch": "main"},
    ],
    "change": [_ONE],
    "purge": [_ONE],
    "build": [{"id": "4000"}, {"builder": "builder-100", "number": "3"}],
    "audit": [
        {},
        _HOT,
        {"secret": "team/005000"},
        {"secret": "store!nothing"},
        {"secret": "*/0077*"},
        {"builder": "builder-003"},
        {"person": "nobody"},
        {"denied": "yes"},
        {"since": "2020-01-01", "kind": "rotation"},
        {"before": "500000"},
    ],
    "builders": [
        {},
        {"only": "denied", "secret": "team/009"},
        {"only": "differences"},
        {"only": "refused"},
        {"builder": "zz"},
        {"after": "store!team/005000", "begin": "builder-250"},
    ],
    "builders.csv": [{}],
    "api/v1/secrets": [{}, {"search": "zz"}],
    "api/v1/secret": [_ONE],
    "api/v1/try": [{**_ONE, "builder": "builder-000"}],
    "api/v1/build": [{"builder": "builder-100", "number": "3"}],
    "api/v1/builds/*": [{}],
    "api/v1/builders": [{}, {"format": "csv"}],
    "api/v1/audit": [{"limit": "1000"}, {"limit": "1000", "format": "csv"}, {"person": "nobody"}],
    "api/v1/store/secrets": [{"limit": "1000"}],
    "api/v1/store/secret": [_ONE],
}
"""What is asked of some pages."""


def cases(only: str) -> list[tuple[str, dict[str, str]]]:
    """Return all pages with what is asked of them."""
    from buildbot_keychain.web import ROUTES  # noqa: PLC0415 - this process needs no keychain

    paths = [route.path for route in ROUTES if route.method == "GET"]
    found = [(path, query) for path in paths for query in _CASES.get(path, [{}])]
    return [each for each in found if only in f"{each[0]}?{urlencode(each[1])}"]
