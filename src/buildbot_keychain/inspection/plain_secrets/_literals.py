"""Texts that look random, and stand where a secret is expected: `literals_in`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from buildbot_keychain.inspection.plain_secrets._shapes import RANDOM_BITS
from buildbot_keychain.redaction.fields import Role, fields_of, role_of
from buildbot_keychain.redaction.strength import bits

_WORKER = re.compile(r"(?:Worker|BuildSlave)\Z")
"""Classes whose second argument is a password."""

_USERS = frozenset({"UserPasswordAuth"})
"""Classes that are given names with their passwords."""

_LONGEST = 4096
_FORMAT = re.compile(r"%\(|%s|\{\w*\}|\$\w|\$\{|<[\w -]+>")
_NAME = re.compile(r"[~.]{0,2}[/\\].*|[a-z]+://.*|[^\s@]+@[\w.-]+|.*\.[a-z]{1,5}", re.IGNORECASE)
_CHOSEN = re.compile(r"[^\W\d]+(?:[-_./:][^\W\d]+)*|.*(?:\\|\(\?).*")
"""Without a digit or a sign it is a name, and with these signs it is a regular expression."""

_ALPHABET = 25
"""Characters from which a text in which each occurs once is an alphabet."""

_KEY_ID = re.compile(r"(?:0x)?(?:[0-9A-F]{8}|[0-9A-F]{16}|[0-9A-F]{40})", re.IGNORECASE)
_PUBLIC_KEY = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+ AAAA.*")

_IDENTIFIER = re.compile(r"(?!(?:vault|app|role|_)*secret_?id\Z).*secret_?id", re.IGNORECASE)
"""Names of what says which secret is meant, as Docker has it; that of Vault's AppRole is one."""

Literal = tuple[int, str]
"""The line of a text, and the name of what it is given to."""


def literals_in(source: str) -> Iterator[Literal]:
    """Yield the lines of `source`, a program in Python, with such a text, and what it is given to.

    :raise SyntaxError: when it is not such a program.
    :raise ValueError: the same.
    """
    for node in ast.walk(ast.parse(source)):
        for name, value in _given(node):
            for constant in _constants(value):
                given = constant.value
                text = given.decode("latin-1") if isinstance(given, bytes) else str(given)
                if _looks_random(name, text):
                    yield constant.lineno, name


def _given(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a part of a program gives to something that is to be secret by its name."""
    named: list[tuple[str, ast.expr]] = []
    if isinstance(node, ast.Assign):
        named = [(_name_of(target), node.value) for target in node.targets]
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        named = [(_name_of(node.target), node.value)]
    elif isinstance(node, ast.keyword):
        named = [(node.arg or "", node.value)]
    elif isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        named = [(_text_of(key), value) for key, value in pairs if key is not None]
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        named = list(_defaults(node.args))
    elif isinstance(node, ast.Call):
        yield from _passwords(node)
    for name, value in named:
        if role_of(name) is Role.SECRET and not _IDENTIFIER.fullmatch(name):
            yield name, value


def _passwords(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Yield the passwords among the positional arguments of a call."""
    called = _name_of(call.func)
    if _WORKER.search(called) and len(call.args) > 1:
        yield "password", call.args[1]
    if called not in _USERS or not call.args:
        return
    users = call.args[0]
    if isinstance(users, ast.Dict):
        yield from (("password", value) for value in users.values)
    elif isinstance(users, (ast.List, ast.Tuple)):
        pairs = (each.elts for each in users.elts if isinstance(each, ast.Tuple))
        yield from (("password", pair[1]) for pair in pairs if len(pair) > 1)


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    with_default = positional[len(positional) - len(arguments.defaults) :]
    for argument, default in zip(with_default, arguments.defaults, strict=True):
        yield argument.arg, default
    for argument, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if value is not None:
            yield argument.arg, value


def _name_of(target: ast.expr) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    return _text_of(target.slice) if isinstance(target, ast.Subscript) else ""


def _text_of(node: ast.expr) -> str:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text else ""  # type: ignore[attr-defined]


def _constants(value: ast.expr) -> Iterator[ast.Constant]:
    """Yield the texts that a value is, or is a list of, or ends up as."""
    if isinstance(value, ast.Constant) and isinstance(value.value, (str, bytes)):
        yield value
    for part in _possible(value):
        yield from _constants(part)


def _possible(value: ast.expr) -> list[ast.expr]:
    """Return what a value is a list of, or ends up as."""
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        return value.elts
    if isinstance(value, ast.BoolOp):  # os.environ.get("TOKEN") or "..."
        return value.values
    if isinstance(value, ast.IfExp):
        return [value.body, value.orelse]
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr in {"encode", "strip"}:
            return [value.func.value]
        if value.func.attr in {"get", "getenv", "setdefault"}:  # the default of a setting
            return value.args[1:]
    return []


def _looks_random(name: str, text: str) -> bool:
    text = text.strip()
    if not text or len(text) > _LONGEST or len(text.split()) > 1:
        return False
    if _FORMAT.search(text) or _NAME.fullmatch(text) or _CHOSEN.fullmatch(text):
        return False
    if len(text) >= _ALPHABET and len(set(text)) == len(text):
        return False
    is_key = name.lower().endswith(("key", "keys"))
    if (is_key and _KEY_ID.fullmatch(text)) or _PUBLIC_KEY.fullmatch(text):
        return False
    return not fields_of(text) and bits(text) >= RANDOM_BITS
