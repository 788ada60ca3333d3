"""Forms by which people have builds made, with secrets that they type: without a script.

The host alone decides who may do that, as for its own forms. A form is good once, for the session
that it was shown to and the fields that it had. Nothing that was typed as a secret is shown again.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from buildbot_keychain.web import _force_forms as forms
from buildbot_keychain.web._refusals import NO_SECRETS, Refused
from buildbot_keychain.web.host_forms import BuildForm, Forced
from buildbot_keychain.web.views._answers import Answer, Call, ViewsOfHost, see_other
from buildbot_keychain.web.views._seen import limited, number_in

_NOBODY = b"nobody is logged in"
"""What forms are tied to that are shown to whoever has no session."""


class ForceViews(ViewsOfHost):
    """The forms of a host."""

    async def show(self, call: Call) -> Answer:
        """Return a form for a builder, or which forms there are."""
        scheduler, builder = limited(call, "scheduler"), limited(call, "builder")
        if not scheduler:
            return await self._list(call)
        form = await self._form(call, scheduler, builder)
        await self._require_may_force(call, form, forms.defaults(form))
        return self._page(call, form, done=number_in(call, "done"))

    async def force(self, call: Call) -> Answer:
        """Have a build made, and lead to what says so."""
        sent = call.fields
        form = await self._form(call, sent["scheduler"], sent["builder"])
        self.tokens.check(sent["token"], _session(call), *_purpose(form, sent["once"]))
        filled = forms.read(form, sent["more"])
        await self._require_may_force(call, form, filled.public)
        if not self._forms.is_first(sent["once"]):
            raise Refused(409, "This form was sent already: look at what the builder builds.")
        forced: Forced = await self._forms.force(call.visitor, form, filled.values)
        if forced.request is None:
            return self._page(call, form, filled.shown, forced.errors)
        query = {"scheduler": form.scheduler, "builder": form.builder, "done": forced.request}
        return see_other(f"force?{urlencode(query)}")

    @property
    def _forms(self) -> Any:  # noqa: ANN401 - an IForms
        if self.host.forms is None:
            raise Refused(503, NO_SECRETS)
        return self.host.forms

    async def _list(self, call: Call) -> Answer:
        shown = [
            each
            for each in self._forms.with_secrets
            if await self._forms.may_see(call.visitor, each.scheduler)
        ]
        return self.page(call, "force_list.html", forms=shown)

    async def _form(self, call: Call, scheduler: str, builder: str) -> BuildForm:
        """Return a form as the visitor sees it."""
        form = await self._forms.find(scheduler, builder)
        if form is None or not await self._forms.may_see(call.visitor, form.scheduler):
            raise _missing(call)
        return forms.for_visitor(form, is_known=call.visitor is not None)

    async def _require_may_force(
        self, call: Call, form: BuildForm, values: Mapping[str, Any]
    ) -> None:
        if not await self._forms.may_force(call.visitor, form, values):
            raise _missing(call)

    def _page(
        self,
        call: Call,
        form: BuildForm,
        values: Mapping[str, Any] | None = None,
        errors: Mapping[str, str] | None = None,
        *,
        done: int = 0,
    ) -> Answer:
        fields = forms.shown(form, values, errors)
        once = secrets.token_hex(16)
        return self.page(
            call,
            "force.html",
            status=422 if errors else 200,
            form=form,
            fields=fields,
            problems=forms.unseen_errors(fields, errors or {}),
            has_errors=bool(errors),
            left_out=forms.left_out(form),
            done=done,
            once=once,
            token=self.tokens.make(_session(call), *_purpose(form, once)),
        )


def _session(call: Call) -> bytes:
    return _NOBODY if call.visitor is None else call.session


def _purpose(form: BuildForm, once: str) -> tuple[str, ...]:
    return "force", form.scheduler, form.builder, forms.signature(form), once


def _missing(call: Call) -> Refused:
    """Return the refusal of what there is not, in the same words as of what one may not."""
    hint = " Log in to find out." if call.visitor is None else ""
    return Refused(403, f"There is no such form, or Buildbot does not let you use it.{hint}")
