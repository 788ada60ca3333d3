"""Secrets that people type into force forms, for one build.

What is typed is sealed before anything else sees it, and stands in a table of ours until the
buildset is complete, with all that its builds have triggered. The property of the parameter's name
is a label. A step asks for the value as ``form!name``, of a provider that answers per build: from
its buildset, or from the nearest one above that its build was triggered by. Nothing else is ever
asked for that name, and the provider for no other.

**How it travels.** The parameter makes a `Typed`: a text that says the label and carries the sealed
value. Whatever stores, shows or sends it has the label. Where the buildset is added, its box goes
into the table, and its id into a property of the buildset, `PROPERTY`, that only this package
writes, and removes from whatever is passed on. A rebuild gets the names without the ids, so it is
known that there was a value, and a step that asks for it fails.

============  ========================================================
`_parameter`  `SecretParameter`, and what it makes of what is typed
`_values`     `FormValues`: seals, keeps, finds and removes them
`_hidden`     `HiddenTyped`: where they are hidden, and how long
`_provider`   the provider ``form``
`_checks`     what is wrong with the forms of a configuration
============  ========================================================
"""

from __future__ import annotations

from buildbot_keychain.buildbot.forms._checks import form_problems
from buildbot_keychain.buildbot.forms._hidden import HiddenTyped
from buildbot_keychain.buildbot.forms._parameter import SecretParameter
from buildbot_keychain.buildbot.forms._provider import NAME, FormProvider
from buildbot_keychain.buildbot.forms._values import PROPERTY, FormValues

__all__ = [
    "NAME",
    "PROPERTY",
    "FormProvider",
    "FormValues",
    "HiddenTyped",
    "SecretParameter",
    "form_problems",
]
