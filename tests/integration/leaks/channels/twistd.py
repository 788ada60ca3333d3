"""Secrets that code of the master prints or logs, by every logging system there is.

All of it ends in ``twistd.log``.
"""

from __future__ import annotations

import gc
import importlib.util
import logging
import sys
import warnings
from typing import TYPE_CHECKING, Any

from twisted.internet import defer
from twisted.logger import Logger
from twisted.python import log as legacy
from twisted.python.failure import Failure

from tests.integration.leaks.canaries import key, spiky
from tests.integration.leaks.channels import ChannelTable
from tests.integration.leaks.channels.failures import LeakyError, _raise
from tests.integration.leaks.channels.states import SecretStep

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.leaks.channels import Kit

CHANNELS = channel = ChannelTable()
_logger = Logger()


class _Holder:
    """An object whose ``repr`` tells all."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __repr__(self) -> str:
        return f"<Holder {self.secret!r}>"


def _logs(
    name: str, make_canary: Any = None
) -> Callable[[Callable[[str], None]], Callable[[str], None]]:
    def decorate(write: Callable[[str], None]) -> Callable[[str], None]:
        async def use(step: Any, secret: str) -> None:
            write(secret)

        kinds = [make_canary] if make_canary else []
        channel(name, *kinds)(lambda kit: kit.add(SecretStep(kit, use)))
        return write

    return decorate


@_logs("log.msg")
def _(secret: str) -> None:
    legacy.msg(f"the password is {secret}")
    legacy.msg("in two", secret)
    legacy.msg(format="with %(it)s", it=secret)
    legacy.msg(_Holder(secret))


@_logs("log.msg of a key", key)
def _(secret: str) -> None:
    legacy.msg(secret)
    legacy.msg(repr(secret))


@_logs("log.msg, spiky", spiky)
def _(secret: str) -> None:
    legacy.msg(secret)
    legacy.msg({"password": secret})


@_logs("log.msg by lines of a key", key)
def _(secret: str) -> None:
    for line in secret.splitlines():
        legacy.msg(line)


@_logs("log.err of a text")
def _(secret: str) -> None:
    legacy.msg(f"error: {secret}", isError=True)


@_logs("log.err of a failure")
def _(secret: str) -> None:
    try:
        _raise(secret)
    except LeakyError:
        legacy.err(Failure(), f"while using {secret}")


@_logs("log.err of an exception", spiky)
def _(secret: str) -> None:
    legacy.err(ValueError(secret), "why")


@_logs("Logger.info")
def _(secret: str) -> None:
    _logger.info("the password is {password}", password=secret)
    _logger.info(
        "in {holder} and {holder!r} and {data[secret]}",
        holder=_Holder(secret),
        data={"secret": secret},
    )
    _logger.debug("call {f()}", f=lambda: secret)
    _logger.warn(f"{secret}")


@_logs("Logger.failure")
def _(secret: str) -> None:
    try:
        _raise(secret)
    except LeakyError:
        _logger.failure("with {it}", it=secret)


@_logs("Logger with a broken format")
def _(secret: str) -> None:
    _logger.error("missing {nothing} of {it}", it=secret)


@_logs("unhandled error of a Deferred")
def _(secret: str) -> None:
    defer.fail(LeakyError(f"wrong password {secret}"))
    gc.collect()


@_logs("unhandled error of a coroutine")
def _(secret: str) -> None:
    async def fail() -> None:
        _raise(secret)

    defer.Deferred.fromCoroutine(fail())
    gc.collect()


@_logs("error in a call of the reactor")
def _(secret: str) -> None:
    from twisted.internet import reactor

    reactor.callLater(0, _raise, secret)


@_logs("print")
def _(secret: str) -> None:
    print("the password is", secret)
    print(f"{secret[:15]}", end="")
    print(secret[15:])


@_logs("print of a key", key)
def _(secret: str) -> None:
    print(secret)


@_logs("standard error")
def _(secret: str) -> None:
    sys.stderr.write(f"the password is {secret}\n")
    print(secret, file=sys.stderr)


@_logs("warnings.warn")
def _(secret: str) -> None:
    warnings.warn(f"the password is {secret}", UserWarning, stacklevel=1)


@_logs("logging.warning")
def _(secret: str) -> None:
    logging.getLogger("somebody").warning("the password is %s", secret)
    logging.getLogger("somebody").error(f"the password is {secret}")


@_logs("logging.exception")
def _(secret: str) -> None:
    try:
        _raise(secret)
    except LeakyError:
        logging.getLogger("somebody").exception("failed with %r", secret)


@_logs("logging handler of its own")
def _(secret: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    log = logging.Logger("own")
    log.addHandler(handler)
    log.warning("the password is %s", secret)


@_logs("sys.excepthook")
def _(secret: str) -> None:
    try:
        _raise(secret)
    except LeakyError:
        sys.excepthook(*sys.exc_info())


@channel("source line in a traceback", result="exception")
def source_line(kit: Kit) -> None:
    source = f'def fail():\n    raise ValueError("no")  # the password is {kit.canary.value}\n'
    path = kit.payload(source, "py")

    async def use(step: Any, secret: str) -> None:
        spec: Any = importlib.util.spec_from_file_location("with_a_password", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.fail()

    kit.add(SecretStep(kit, use))
