"""Properties travel by name: what holds a secret is passed on as how it was made.

A build reads its properties from a buildset, in the database, where no secret may be. So what a
build, a scheduler or a form passes on is stored as redacted text, and beside it, in a table of
ours, stands its *template*: the format, the texts in it, and the names of the secrets, each with
the provider that answered. A build that receives it looks these secrets up before its first step,
as itself, and counts as given them. If that fails, whatever reads the property fails.

**How a property is recognised.** Not by its text: nothing is ever compared with a property. What
`Secret` or `Interpolate` renders to is an object of its own, and `MadeValues` keeps its template
until the build that rendered it ends. The object itself travels: into a property, out of it
through ``Property`` or ``%(prop:...)s``, into lists and dicts, to another scheduler. Whatever
changes it makes another object, of which nothing is known. Text from a change, a form, a database
or a worker is always another object.

**How a buildset is recognised.** The row is written before the buildset, in which its id stands in
a property of its own, `PROPERTY`, that only this package writes: it is removed from whatever is
passed on. A copy of an id elsewhere is of no use, since the row belongs to one buildset. What the
property names and the table does not have, fails whoever reads it.

==============  ==================================================================
`_templates`    what is stored: templates as JSON
`_made`         `MadeValues`: the templates of values that were rendered
`_outgoing`     properties of a new buildset, as they are stored, with templates
`_references`   `References`: stores them, and resolves them in the builds
`_unavailable`  a property whose secret cannot be looked up
==============  ==================================================================
"""

from __future__ import annotations

from buildbot_keychain.buildbot.references._made import MadeValues
from buildbot_keychain.buildbot.references._outgoing import Outgoing
from buildbot_keychain.buildbot.references._references import PROPERTY, References
from buildbot_keychain.buildbot.references._templates import Name
from buildbot_keychain.buildbot.references._unavailable import stored_entry

__all__ = [
    "PROPERTY",
    "MadeValues",
    "Name",
    "Outgoing",
    "References",
    "stored_entry",
]
