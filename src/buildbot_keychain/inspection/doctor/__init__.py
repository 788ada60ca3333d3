"""Examines an installation: who can read its files, and what protects it in other ways.

The configuration is executed in a process of its own, by the user that runs the master, as in a
check, and files are looked at by that user too. A master that runs is not asked anything, and
nothing is changed. There is no value of a secret in what is found.

======================  ==============================================================
`_run`                  `run_doctor`: begins the process, see `inspection._process`
`_work`                 what is done there
`_examination`          `Examination`: what is found
`_codes`                `CODES`: what can be found
`_installation`         what is examined
`_files`                which files it has; `_access`: who can get at one
`_rotation`             how long a master keeps what it logs
`_exposed`              files that others can get at; `_leftovers`: copies of them
`_web`, `_addresses`    the pages and hooks; where a master listens
`_workers`              how workers connect, and which; `_database`: reads the master's;
                        `_attached`: by which protocol each did
`_services`             how services talk to others; `_switches`: what is logged of that
`_entrances`            known passwords, the manhole
`_secrets`              the providers and the policy
`_clocks`               compares clocks
`_running`              where a master that runs listens; `_sockets`: sockets of a process
`_process_of_master`    the process; `_machine`: where its memory may be written
======================  ==============================================================
"""

from __future__ import annotations

from buildbot_keychain.inspection.doctor._codes import CODES, PAGE, found
from buildbot_keychain.inspection.doctor._examination import Examination
from buildbot_keychain.inspection.doctor._run import run_doctor

__all__ = ["CODES", "PAGE", "Examination", "found", "run_doctor"]
