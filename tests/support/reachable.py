"""`reachable_text`: all that can be got out of an error, for tests that it holds no secret."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    ModuleType,
    TracebackType,
)

_TESTS = Path(__file__).parent.parent


def reachable_text(root: object, *, frames: bool = True) -> str:
    """Return every text that can be reached from `root`, one below the other.

    That is what the garbage collector follows: attributes, arguments, notes, causes and contexts,
    items of containers, variables of the frames of tracebacks and of functions inside others. Not
    followed are modules, classes and the code of test modules, which hold what the tests know, and
    the callers of a frame, which are there whatever was raised.

    :param frames: whether tracebacks are followed; not for an error that has yet to cross the
        boundary, which drops them.
    """
    return "\n".join(_texts(root, frames))


def _texts(root: object, frames: bool) -> Iterator[str]:
    seen: dict[int, object] = {}
    pending = [root]
    while pending:
        value = pending.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value  # kept alive, so that no other object gets its id
        if isinstance(value, str):
            yield value
        elif isinstance(value, (bytes, bytearray, memoryview)):
            yield bytes(value).decode("latin-1")
        elif isinstance(value, BaseException):
            yield str(value)
            yield repr(value)
            yield from traceback.format_exception_only(value)
        if frames or not isinstance(value, TracebackType):
            pending += _referents(value)


def _referents(value: object) -> Iterable[object]:
    if isinstance(value, (type, ModuleType, CodeType, BuiltinFunctionType)):
        return ()
    if isinstance(value, FunctionType):
        return (*(value.__closure__ or ()), value.__defaults__, value.__kwdefaults__)
    if isinstance(value, FrameType):
        return () if _is_of_tests(value.f_code) else tuple(value.f_locals.values())
    if isinstance(value, CoroutineType) and _is_of_tests(value.cr_code):
        return ()
    if isinstance(value, GeneratorType) and _is_of_tests(value.gi_code):
        return ()
    return gc.get_referents(value)


def _is_of_tests(code: CodeType) -> bool:
    path = Path(code.co_filename)
    return path.name.startswith("test_") and path.is_relative_to(_TESTS)
