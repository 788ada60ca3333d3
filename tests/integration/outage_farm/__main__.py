"""Run the farm by hand: ``python -m tests.integration.outage_farm --builds 1000 --outage 600``.

Prints figures; ends with 1 if a build was red or a worker was put into quarantine.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.logger import globalLogBeginner, textFileLogObserver

from tests.integration.outage_farm.farm import Farm
from tests.support.cleanups import Cleanups
from tests.support.ram_disk import in_memory


async def main(arguments: argparse.Namespace) -> None:
    """Run, and print what became of it."""
    cleanups = Cleanups()
    directory = Path(tempfile.mkdtemp(prefix="keychain-farm-", dir=in_memory()))
    cleanups.addCleanup(shutil.rmtree, directory, ignore_errors=True)
    try:
        farm = Farm(
            cleanups,
            directory,
            builds=arguments.builds,
            workers=arguments.workers,
            outage=arguments.outage,
            protocol=arguments.protocol,
        )
        outcome = await farm.run()
        for name, value in vars(outcome).items():
            print(f"{name:15}", dict(value) if isinstance(value, Counter) else value)
        if set(outcome.results) == {"success"} and not outcome.quarantines:
            statuses.append(0)
    except Exception:  # noqa: BLE001 - whatever it is, what was started has to end
        traceback.print_exc()
    finally:
        await cleanups.run()
        reactor.stop()


statuses: list[int] = []

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.integration.outage_farm")
    parser.add_argument("--builds", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=20)
    parser.add_argument("--outage", type=float, default=600.0, help="seconds")
    parser.add_argument("--protocol", choices=("pb", "null"), default="pb")
    parser.add_argument("--log", action="store_true", help="print the master's log too")
    chosen = parser.parse_args()
    observers = [textFileLogObserver(sys.stderr)] if chosen.log else []
    globalLogBeginner.beginLoggingTo(observers, discardBuffer=True, redirectStandardIO=False)
    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(main(chosen)))
    reactor.run()
    sys.exit(0 if statuses == [0] else 1)
