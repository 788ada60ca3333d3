"""Examines an installation: who can read its files, and what protects it in other ways.

The configuration is executed in a process of its own, by the user that runs the master, as in a
check, and files are looked at by that user too. A master that runs is not asked anything, and
nothing is changed. There is no value of a secret in what is found.

===================  ==============================================================
`_run`               `run_doctor`: begins the process, see `inspection._process`
`_work`              what is done there
`_codes`             `CODES`: what can be found
`_installation`      what is examined
===================  ==============================================================
"""

from __future__ import annotations

from buildbot_keychain.inspection.doctor._codes import CODES, PAGE
from buildbot_keychain.inspection.doctor._run import run_doctor

__all__ = ["CODES", "PAGE", "run_doctor"]
