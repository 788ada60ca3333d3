"""What the routes answer: a class for each page, with the JSON of the same things.

Nothing is checked here that `_resource` has checked: who it is, the role, and how it was sent.
"""

from __future__ import annotations

from buildbot_keychain.web.views._answers import Answer, Call, ViewsOfHost, json_answer, page
from buildbot_keychain.web.views._approvals import ApprovalViews
from buildbot_keychain.web.views._audit import AuditViews
from buildbot_keychain.web.views._build import BuildViews
from buildbot_keychain.web.views._builders import BuilderViews
from buildbot_keychain.web.views._changes import ChangeViews
from buildbot_keychain.web.views._check import CheckViews
from buildbot_keychain.web.views._deleted import DeletedViews
from buildbot_keychain.web.views._description import DescriptionViews
from buildbot_keychain.web.views._doctor import DoctorViews
from buildbot_keychain.web.views._files import FileViews
from buildbot_keychain.web.views._force import ForceViews
from buildbot_keychain.web.views._keys import KeyViews
from buildbot_keychain.web.views._metrics import MetricsViews
from buildbot_keychain.web.views._overview import OverviewViews
from buildbot_keychain.web.views._pending import PendingViews
from buildbot_keychain.web.views._secret import SecretViews
from buildbot_keychain.web.views._stores import StoreViews

VIEWS: dict[str, type[ViewsOfHost]] = {
    "approvals": ApprovalViews,
    "audit": AuditViews,
    "build": BuildViews,
    "builders": BuilderViews,
    "changes": ChangeViews,
    "check": CheckViews,
    "deleted": DeletedViews,
    "description": DescriptionViews,
    "doctor": DoctorViews,
    "files": FileViews,
    "force": ForceViews,
    "keys": KeyViews,
    "pending": PendingViews,
    "stores": StoreViews,
    "metrics": MetricsViews,
    "overview": OverviewViews,
    "secret": SecretViews,
}
"""By the first part of `Route.view`."""

__all__ = ["VIEWS", "Answer", "Call", "ViewsOfHost", "json_answer", "page"]
