"""`ServiceMaster`: the parts of a master that a test gives it, with services of ours."""

from __future__ import annotations

from typing import Any

from twisted.application.service import MultiService


class ServiceMaster(MultiService):
    """Runs, and is configured."""

    def __init__(self, **parts: Any) -> None:
        super().__init__()
        vars(self).update({"reconfig_active": False, **parts})
        self.startService()
