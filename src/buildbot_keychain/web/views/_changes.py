"""Adding and changing secrets of an encrypted store, in forms. No value is ever shown.

Each form is tied to what the person saw, by the `revision` of the secret: whoever is second is
told, and finds what they have typed in the form again, but for the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from buildbot_keychain.store.changes import (
    ADD,
    DELETE,
    EDIT,
    RENAME,
    REPLACE,
    ROLLBACK,
    UNDELETE,
    Change,
)
from buildbot_keychain.store.generators import ALPHABETS, KINDS, LONGEST, Recipe
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.web import _change_forms as forms
from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web._stored import place_of
from buildbot_keychain.web.host_stores import Stored
from buildbot_keychain.web.views._answers import Answer, Call, see_other
from buildbot_keychain.web.views._changing import ChangingViews

_DONE = {
    ADD: "The secret is added.",
    REPLACE: "The value is replaced.",
    EDIT: "What is known of the secret is changed.",
    ROLLBACK: "An older version is the current one.",
    RENAME: "The secret has its new name. Builds find it by that name alone.",
    DELETE: "The secret is deleted. You can bring it back.",
    UNDELETE: "The secret is back.",
}
_ANEW = (
    "A deleted secret had this name: it is for the same builders unless you have named others, and "
    "two people change it if they did before. Look at it below."
)
_CHOICES = {"kinds": KINDS, "alphabets": tuple(ALPHABETS), "longest_password": LONGEST}
_FORMS = ("change", "roll-back", "rename", "delete", "undelete")
"""Where the forms on the page of a secret are sent; the token of one is good for no other."""

_MOST_ENTRIES = 50
"""Of the history, on the page."""


class ChangeViews(ChangingViews):
    """The forms for the encrypted stores of a host."""

    async def show_new(self, call: Call) -> Answer:
        """Return the form of a new secret."""
        return self._new(call, forms.shown(Metadata(0)))

    async def add(self, call: Call) -> Answer:
        """Add a secret, and lead to its page."""
        form = call.fields
        self._check(call, "add")
        try:
            store, change = self._addition(form)
            return await self._do(call, store, change)
        except Refused as refused:
            said = forms.typed(form) | {"store": form["store"], "path": form["path"]}
            return self._new(call, said, refused)

    async def show(self, call: Call) -> Answer:
        """Return the page of a secret, with all forms for it."""
        stored = await self.stored(call, call.query.get("name", ""))
        operation = call.query.get("done", "")
        message = _DONE.get(operation, "")
        if operation == ADD and stored.current.version > 1:
            message = f"{message} {_ANEW}"
        return self._secret(call, stored, message=message)

    async def change(self, call: Call) -> Answer:
        """Change a secret: its value, what is known of it, or both."""
        form = call.fields
        self._check_seen(call)
        stored = await self.stored(call, form["name"])
        try:
            change = self._wanted(call, stored)
            return await self._do(call, stored.store, change)
        except Refused as refused:
            return await self._again(call, form["name"], refused, forms.typed(form))

    async def roll_back(self, call: Call) -> Answer:
        """Make an older version the current one."""
        self._check_seen(call)
        number = call.fields["version"]
        if not (number.isascii() and number.isdigit() and len(number) < 19):  # noqa: PLR2004 - digits
            raise Refused(400, "The version must be a number.")
        return await self._seen(call, ROLLBACK, version=int(number))

    async def rename(self, call: Call) -> Answer:
        """Rename a secret."""
        return await self._seen(call, RENAME, new_name=call.fields["new"].strip())

    async def delete(self, call: Call) -> Answer:
        """Delete a secret; it can be brought back."""
        return await self._seen(call, DELETE)

    async def undelete(self, call: Call) -> Answer:
        """Bring a deleted secret back."""
        return await self._seen(call, UNDELETE)

    def _addition(self, form: forms.Form) -> tuple[str, Change]:
        store, path = place_of(self.host.stores, f"{form['store']}!{form['path']}")
        about = forms.metadata(form, Metadata(0), self.host.now())
        given = forms.value(form)
        if given is None:
            raise Refused(400, "The value is missing.")
        return store, _with_value(Change(ADD, path, metadata=about), given)

    def _wanted(self, call: Call, stored: Stored) -> Change:
        form, known = call.fields, stored.current
        about = forms.metadata(form, known.metadata, self.host.now())
        change = Change(EDIT, known.name, form["revision"], metadata=about)
        given = forms.value(form)
        if given is not None:
            return _with_value(change, given)
        seen = form["name"], form["revision"]
        self._check(call, "unchanged", *seen, "value", token=form["unchanged"])
        if not about and form["revision"] == known.revision:
            raise Refused(400, "The form is as it was.")
        return change

    async def _seen(self, call: Call, operation: str, **more: Any) -> Answer:  # noqa: ANN401 - fields of a change
        self._check_seen(call)
        name = call.fields["name"]
        store, path = place_of(self.host.stores, name)
        try:
            return await self._do(
                call, store, Change(operation, path, call.fields["revision"], **more)
            )
        except Refused as refused:
            return await self._again(call, name, refused)

    async def _do(self, call: Call, store: str, change: Change) -> Answer:
        made = await self.make(call, store, change)
        if made.pending:
            return see_other("changes?done=asked")
        query = urlencode({"name": f"{store}!{made.name}", "done": change.operation})
        return see_other(f"change?{query}")

    async def _again(
        self, call: Call, name: str, refused: Refused, typed: Mapping[str, str] | None = None
    ) -> Answer:
        """Return the page of a secret as it is now, with what went wrong."""
        return self._secret(call, await self.stored(call, name), typed, refused=refused)

    def _new(self, call: Call, fields: Mapping[str, str], refused: Refused | None = None) -> Answer:
        return self.page(
            call,
            "add.html",
            refused=refused,
            stores=self.host.stores.names,
            fields={"store": "", "path": "", **fields},
            token=self._token(call, "add"),
            choices=_CHOICES,
        )

    def _secret(
        self,
        call: Call,
        stored: Stored,
        typed: Mapping[str, str] | None = None,
        *,
        refused: Refused | None = None,
        message: str = "",
    ) -> Answer:
        seen = stored.name, stored.current.revision
        return self.page(
            call,
            "change.html",
            refused=refused,
            message=message,
            stored=stored,
            known=stored.current,
            history=stored.history[: -_MOST_ENTRIES - 1 : -1],
            fields=typed or forms.shown(stored.current.metadata),
            tokens={form: self._token(call, form, *seen) for form in _FORMS},
            unchanged=self._token(call, "unchanged", *seen, "value"),
            choices=_CHOICES,
        )

    def _token(self, call: Call, *purpose: str) -> str:
        return self.tokens.make(call.session, *purpose)

    def _check_seen(self, call: Call) -> None:
        self._check(call, call.route.path, call.fields["name"], call.fields["revision"])

    def _check(self, call: Call, *purpose: str, token: str | None = None) -> None:
        sent = call.fields["token"] if token is None else token
        self.tokens.check(sent, call.session, *purpose)


def _with_value(change: Change, given: str | bytes | Recipe) -> Change:
    """Return a change with a new value, or what to make one by."""
    operation = ADD if change.operation == ADD else REPLACE
    if isinstance(given, Recipe):
        return replace(change, operation=operation, recipe=given)
    is_file = isinstance(given, bytes)
    return replace(change, operation=operation, value=given, is_file=is_file)
