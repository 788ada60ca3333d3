"""For whom a secret is looked up, and until when it is held: what the master knows about builds.

`who_asks` finds out for whom a lookup is, from the master's own objects; no property of a build has
a say. `building` marks what runs for a build. `BuildScopes` ends what providers hold for a build,
such as a lease, when the build has finished. `GivenSecrets` knows which secrets each build was
given: live sets of names, and a record in the database. `Audiences` has the readers of each build's
texts, by which they are redacted. `Descendants` knows which builds others have triggered.

===================  ============================================================
`_askers`            the order in which it is found out who asks
`_stack`             the part of the master that is at work
`_requesters`        a build or a part of the master as a `Requester`
`_outside`           code from people who may not write to the branch
`_change_sources`    who brings changes, and what is known of those
`_property_sources`  source steps that build what properties name
`_marks`             the same for a source stamp in the database
`_origins`           the same for what the database knows of a build
`_people`            the person for whom something is done
`_requests`          who has asked for which builds
`_given`             live sets of what builds were given
`_given_record`      the record of that, written behind
`_use_record`        the record of who asked for what, written behind
`_print_record`      the record of what was hidden in builds, written behind
`_waiting_rows`      rows of such a record that are still to be written
`_attempts`          writes that may fail
`_later_writes`      when they are tried
`_audiences`         the readers of texts
`_descendants`       builds that are made for other builds
`_scopes`            the ends of builds
===================  ============================================================
"""

from __future__ import annotations

from buildbot_keychain.buildbot.builds._askers import (
    LOOKED_UP,
    Asker,
    building,
    looking_up,
    name_looked_up,
    who_asks,
    who_asks_a_provider,
)
from buildbot_keychain.buildbot.builds._audiences import Audiences
from buildbot_keychain.buildbot.builds._change_sources import ChangeSources
from buildbot_keychain.buildbot.builds._collecting import Found, collect, collecting
from buildbot_keychain.buildbot.builds._descendants import Descendants
from buildbot_keychain.buildbot.builds._given import GivenSecrets
from buildbot_keychain.buildbot.builds._later_writes import LaterWrites
from buildbot_keychain.buildbot.builds._origins import Origins
from buildbot_keychain.buildbot.builds._people import (
    asking,
    person_of,
    telegram_person,
    who_is_asking,
)
from buildbot_keychain.buildbot.builds._print_record import PrintRecord
from buildbot_keychain.buildbot.builds._property_sources import codebases_of_properties
from buildbot_keychain.buildbot.builds._requests import Requests
from buildbot_keychain.buildbot.builds._scopes import BuildScopes
from buildbot_keychain.buildbot.builds._use_record import UseRecord

__all__ = [
    "LOOKED_UP",
    "Asker",
    "Audiences",
    "BuildScopes",
    "ChangeSources",
    "Descendants",
    "Found",
    "GivenSecrets",
    "LaterWrites",
    "Origins",
    "PrintRecord",
    "Requests",
    "UseRecord",
    "asking",
    "building",
    "codebases_of_properties",
    "collect",
    "collecting",
    "looking_up",
    "name_looked_up",
    "person_of",
    "telegram_person",
    "who_asks",
    "who_asks_a_provider",
    "who_is_asking",
]
