"""A page of a plug-in of Buildbot's web server, with a token and a key that it keeps sealed.

The page shows whether there is one, never what it is. `session_of` says who is logged in and may
change it: whoever that is must be the plug-in's own to decide.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl

import jinja2
from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from buildbot_keychain.store.sealed_field import SealedField
from buildbot_keychain.store.sealed_values import SealedValues
from buildbot_keychain.web import Refused, SecretChange, SecretFields

TEMPLATE = """
{% import "keychain/secret_fields.html" as secret %}
<!DOCTYPE html>
<html lang="en">
<head><title>Account</title><link rel="stylesheet" href="fields.css"></head>
<body>
<form method="post" autocomplete="off">
{{ secret.line(token, "Token") }}
{{ secret.lines(key, "Private key") }}
<button>Save</button>
</form>
</body>
</html>
"""

SECRETS = ("token", "key")

environment = jinja2.Environment(
    loader=jinja2.ChoiceLoader(
        [jinja2.DictLoader({"account.html": TEMPLATE}), SecretFields.loader()]
    ),
    autoescape=True,
)


class AccountPage(Resource):
    """Shows and changes the secrets of one account."""

    isLeaf = True

    def __init__(
        self,
        state: SealedValues,
        form_key: bytes,
        session_of: Callable[[Request], bytes | None],
    ) -> None:
        """Keep the secrets in `state`, a `SealedState`; make forms with `form_key`."""
        super().__init__()
        self.state = state
        self.form_key = form_key
        self.session_of = session_of

    def render(self, request: Request) -> int:
        """Answer in a while: the secrets are in Buildbot's database."""
        answering = Deferred.fromCoroutine(self.answer(request))
        answering.addErrback(lambda _: (500, b"Something went wrong."))
        answering.addCallback(lambda answer: self.send(request, *answer))
        return NOT_DONE_YET

    def send(self, request: Request, status: int, body: bytes) -> None:
        """Send an answer that no browser keeps."""
        request.setResponseCode(status)
        request.setHeader("Cache-Control", "no-store")
        request.write(body)
        request.finish()

    async def answer(self, request: Request) -> tuple[int, bytes]:
        """Return the status and the body."""
        if request.postpath[-1:] == [b"fields.css"]:
            request.setHeader("Content-Type", "text/css; charset=utf-8")
            return 200, SecretFields.style().encode()
        session = self.session_of(request)
        if session is None:
            return 403, b"Log in."
        fields = SecretFields(self.form_key, session, "account")
        try:
            if request.method == b"POST":
                await self.change(fields, request)
        except Refused as error:
            return error.status, error.sentence.encode()
        shown = {name: fields.field(name, await self.version(name)) for name in SECRETS}
        request.setHeader("Content-Type", "text/html; charset=utf-8")
        return 200, environment.get_template("account.html").render(shown).encode()

    async def version(self, name: str) -> str | None:
        """Return how often a secret has been set, or `None` if there is none."""
        version: str | None = await self.state.get(f"{name}_version", None)
        return version

    async def change(self, fields: SecretFields, request: Request) -> None:
        """Do what the form says, once all of it can be read."""
        form = dict(parse_qsl(request.content.read().decode(), keep_blank_values=True))
        sealer = await self.state.sealer()
        changes = {
            name: fields.read(form, name, await self.version(name), sealer) for name in SECRETS
        }
        for name, change in changes.items():
            if change is SecretChange.REMOVED:
                await self.state.delete(name)
                await self.state.delete(f"{name}_version")
            elif isinstance(change, SealedField):
                version = int(await self.version(name) or 0) + 1
                await self.state.set(name, change.reveal())
                await self.state.set(f"{name}_version", str(version))
