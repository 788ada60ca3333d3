"""The page of secrets in Buildbot's web server: who is logged in, and what the configuration says.

`_settings`   ``c["www"]["plugins"]["keychain"]``, and what is wrong with it
`_accounts`   what Buildbot knows of the owner of a token
`_host`       Buildbot as the page's host: sessions, roles, addresses
`_remembered` what is kept of all that through reconfigurations, and read ahead
`_secrets`    what the pages show of secrets, with `_names`, `_listing`, `_tags`, `_spellings`,
              `_record`, `_audited`, `_reading`, `_references`, `_findings` and
              `_unused`
`_builders`   which builders may have which secrets: `_matrix`, and when they had them: `_used`
`_builds`     what each build had of secrets
`_forms`      the forms of force schedulers
`_stores`     the encrypted stores
`_inspections`
              runs ``check`` and ``doctor``; what they have found: `_inspected`
`_mounting`   makes the page of a master, and guards the requests of its site

The pages themselves are in `buildbot_keychain.web`.
"""

from __future__ import annotations

from buildbot_keychain.buildbot.www._mounting import page_for
from buildbot_keychain.buildbot.www._settings import page_problems

__all__ = ["page_for", "page_problems"]
