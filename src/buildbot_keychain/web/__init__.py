"""The pages and the JSON by which people see and approve what happens to secrets.

The rule: a value never comes out here, whoever asks. What is shown are names, people and times,
and a route answers nobody whom `ROUTES` does not name.

Theory: the pages live in the origin of their host's own pages, in which builds may run scripts
(Buildbot shows HTML logs as they are). So a script of the same origin is the attacker, with the
cookies of the person who looks at it. It may navigate, open windows and post forms, but a page of
ours can be read by no script: browsers say how a request was made (`_defences`), only the
navigation of a person is answered, and what opened the window loses it. Without reading a page
there is no form token, and without a token nothing is done. JSON is for programs: it looks at no
cookie.

===============  ====================================================================
`_permissions`   who may do what
`_routes`        the one table: what is done where
`_navigation`    what the menu of the pages leads to
`_resource`      the one way in: each request passes all defences before its view
`_turns`         one answer at a time; `_pieces`, each a little at a time
`_defences`      headers, and what browsers say of a request
`_form_tokens`   tie a form to a session and to what the person saw
`_requests`      cookies that scripts cannot read, and bodies that cannot grow
`_bodies`        reads forms, JSON and queries
`_uploads`       reads forms with files
`_schemas`       what JSON may say; `_store_json`, of encrypted stores
`_answers_json`  what JSON answers about what there is, from the types of the hosts
`_typed_schemas` schemas of those types
`_openapi`       the table for programs
`views`          what the routes answer, a module for each page
`_templates`     Jinja2
`_secret_fields` fields for the pages of other plug-ins
`_force_forms`   shows forms for builds, and reads what was sent of them
`_csv`           tables for spreadsheets
`host`           what the page asks of its host
`host_builders`  what the matrix of builders asks of it
`host_builds`    what each build had of secrets
`host_audit`     what the audit trail is read by
`host_inspections`
                 what the pages of ``check`` and ``doctor`` ask of it
`host_forms`     the host's forms for builds
`host_secrets`   what the pages of secrets ask of it
`host_stores`    what those that change secrets ask of it
===============  ====================================================================

It keeps nothing, and knows no host: `IPageHost` is what Buildbot implements.
"""

from __future__ import annotations

from buildbot_keychain.web._defences import HEADERS
from buildbot_keychain.web._permissions import SCOPES, Action, Role, may
from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web._requests import guarded
from buildbot_keychain.web._resource import Page
from buildbot_keychain.web._routes import LONGEST_BODY, ROUTES, Kind, Route
from buildbot_keychain.web._secret_fields import SecretChange, SecretFields
from buildbot_keychain.web._templates import prepare
from buildbot_keychain.web.host import IPageHost, Visitor
from buildbot_keychain.web.host_audit import IAudit
from buildbot_keychain.web.host_builders import IBuilders
from buildbot_keychain.web.host_builds import IBuilds
from buildbot_keychain.web.host_forms import IForms
from buildbot_keychain.web.host_inspections import IInspections
from buildbot_keychain.web.host_secrets import ISecrets
from buildbot_keychain.web.host_stores import IStores

__all__ = [
    "HEADERS",
    "LONGEST_BODY",
    "ROUTES",
    "SCOPES",
    "Action",
    "IAudit",
    "IBuilders",
    "IBuilds",
    "IForms",
    "IInspections",
    "IPageHost",
    "ISecrets",
    "IStores",
    "Kind",
    "Page",
    "Refused",
    "Role",
    "Route",
    "SecretChange",
    "SecretFields",
    "Visitor",
    "guarded",
    "may",
    "prepare",
]
