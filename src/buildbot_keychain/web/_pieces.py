"""Bodies that are made piece by piece, so that the host does what else there is in between.

A table of a thousand rows takes the processor for longer than anything may keep a host. In a thread
it would keep the host nearly as much: only one of them runs at a time, and whatever the host then
asks the system for has it wait for the thread again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice

from twisted.internet.interfaces import IDelayedCall

from buildbot_keychain.deferreds import Pauses

TOGETHER = 20
"""Members of a list that are one piece."""


async def whole(
    pieces: Iterable[str],
    call_later: Callable[..., IDelayedCall],
    seconds: Callable[[], float] = time.perf_counter,
) -> bytes:
    """Return pieces as one body, in UTF-8.

    :param call_later: a reactor's ``callLater``.
    :param seconds: the time that passes.
    """
    made, pauses = [], Pauses(partial(call_later, 0), seconds)
    for piece in pieces:
        made.append(piece)
        await pauses.pause()
    return "".join(made).encode()


def json_pieces(content: object) -> Iterator[str]:
    """Yield JSON: of an object, the members of its lists one after the other.

    Where such a list is an iterator, its members are made then.
    """
    if not isinstance(content, Mapping):
        yield json.dumps(content)
        return
    before = "{"
    for name, value in content.items():
        yield f"{before}{json.dumps(name)}: "
        if isinstance(value, (list, Iterator)):
            yield from _of_list(iter(value))
        else:
            yield json.dumps(value)
        before = ", "
    yield "}" if content else "{}"


def _of_list(members: Iterator[object]) -> Iterator[str]:
    before = "["
    while some := list(islice(members, TOGETHER)):
        yield f"{before}{json.dumps(some)[1:-1]}"
        before = ", "
    yield "]" if before == ", " else "[]"
