"""Checks a configuration before it is deployed: which secrets it names, and what will come of that.

The configuration is executed in a process of its own, by the user that runs the master, and so are
its providers, which are asked as in a master: for each builder, under its policy. Nothing else of
it is started. Of a value, it is kept how well it can be hidden, and nothing more; what is known
goes to the process that asked, which never has a value.

==============  ============================================================
`_run`          `run_check`: begins the process, see `inspection._process`
`_work`         what is done there
`_assessment`   puts together what is found
`_askers`       who will ask
`_decisions`    what the policy will decide on them
`_answers`      asks the providers
`_faults`       what is wrong with an answer
`_unused`       finds what nothing names
`_report`       `Report`: what is found
==============  ============================================================
"""

from __future__ import annotations

from buildbot_keychain.inspection.check._report import Decision, Place, Report, Secret
from buildbot_keychain.inspection.check._run import run_check
from buildbot_keychain.inspection.check._work import assessed

__all__ = [
    "Decision",
    "Place",
    "Report",
    "Secret",
    "assessed",
    "run_check",
]
