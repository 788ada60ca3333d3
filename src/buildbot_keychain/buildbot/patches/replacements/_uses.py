"""Parts of a master that look a secret up for each use: hooks, forms, logins and reporters."""

from __future__ import annotations

import sys
from functools import partial
from http import HTTPStatus
from typing import Any, NoReturn

from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.builds import asking, telegram_person
from buildbot_keychain.buildbot.patches._patches import Function
from buildbot_keychain.buildbot.sinks import on_secret_error
from buildbot_keychain.errors import KeychainError, message_of, page_message_of

_RETRY_AFTER = 60
"""Seconds after which to call a hook again."""

_log = Logger()


def answer_hook(original: Function) -> Function:
    """Answer whoever calls a hook whose secret cannot be looked up: whether to call it again.

    Which secret, and why, is for the administrator.
    """

    def getAndSubmitChanges(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        if keychain_of(self.master) is None:
            return maybeDeferred(original, self, request, *args, **kwargs)
        finished: list[object] = []
        request.notifyFinish().addBoth(finished.append)
        answering = maybeDeferred(original, self, request, *args, **kwargs)
        return answering.addErrback(_refuse, request, finished)

    return getAndSubmitChanges


@on_secret_error
def _refuse(error: KeychainError, request: Any, finished: list[object]) -> Deferred[None]:
    """Answer a request, unless it is `finished`: whoever made it may have hung up."""
    _log.error("a web hook: {error}", error=message_of(error))
    if finished:
        return Deferred()
    request.setHeader("Content-Type", "text/plain; charset=utf-8")
    if error.retryable:
        request.setResponseCode(HTTPStatus.SERVICE_UNAVAILABLE)
        request.setHeader("Retry-After", str(_RETRY_AFTER))
        request.write(b"A secret of this hook cannot be looked up now. Call it again later.\n")
    else:
        request.setResponseCode(HTTPStatus.INTERNAL_SERVER_ERROR)
        request.write(b"A secret of this hook cannot be looked up: see the master's twistd.log.\n")
    request.finish()
    return Deferred()  # Buildbot has nothing to add


def force(original: Function) -> Function:
    """Report of a form whose secret cannot be looked up no more than a page may show."""

    def force(self: Any, *args: Any, **kwargs: Any) -> Any:
        force_now = partial(maybeDeferred, original, self, *args, **kwargs)
        if keychain_of(self.master) is None:
            return force_now()
        # A contact's method is the caller, if one is.
        caller = sys._getframe(1).f_locals.get("self")  # noqa: SLF001 - documented in `sys`
        person = telegram_person(caller)
        forcing = force_now() if person is None else asking(person, force_now)
        return forcing.addErrback(_refuse_form, self)

    return force


@on_secret_error
def _refuse_form(error: KeychainError, form: Any) -> NoReturn:
    _log.error("the form {name!r}: {error}", name=form.name, error=message_of(error))
    # Buildbot answers with the `repr` of what it gets. In Twisted 24.7, a `Failure` made here would
    # have the frames of the old one, and the old one would be passed on in its place.
    raise KeychainError(page_message_of(error) or "") from None


def log_in(original: Function) -> Function:
    """Refuse a login for which a password cannot be looked up, as one with a wrong password.

    A worker then tries it again; at any other error, its process ends. Over PB it would be sent the
    whole traceback.
    """

    def requestAvatarId(self: Any, creds: Any, *args: Any, **kwargs: Any) -> Any:
        logging_in = maybeDeferred(original, self, creds, *args, **kwargs)
        if keychain_of(self.master) is None:
            return logging_in
        return logging_in.addErrback(_refuse_login, creds)

    return requestAvatarId


@on_secret_error
def _refuse_login(error: KeychainError, creds: Any) -> NoReturn:
    _log.error("the login of {user!r}: {error}", user=creds.username, error=message_of(error))
    raise UnauthorizedLogin


def stop_reporter(original: Function) -> Function:
    """End what a reporter waits for before Buildbot waits for the reporter."""

    def stopService(self: Any, *args: Any, **kwargs: Any) -> Any:
        stop = partial(original, self, *args, **kwargs)
        keychain = keychain_of(self.master)
        return stop() if keychain is None else keychain.reports.end(self, stop)

    return stopService
