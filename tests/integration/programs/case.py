"""The test that is the same for every program."""

from __future__ import annotations

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.integration.programs.judging import reading, shown
from tests.integration.programs.outputs import missing, outputs
from tests.integration.programs.promises import entries, known


class ProgramTestCase(SynchronousTestCase):
    """Runs a program's script with all secrets and looks for them in its redacted output."""

    def check(self, program: str) -> None:
        """Fail with a line for each thing that is shown and should not be, and never what it is."""
        absent = missing(program)
        if absent:
            raise SkipTest(f"not installed: {', '.join(absent)}")
        failures = []
        telling: dict[str, bool] = {}
        used = set()
        for output in outputs(program):
            telling.setdefault(output.method, False)
            telling[output.method] |= reading(output, output.data) is not None
            for one in shown(output):
                entry = known(f"{program} {one.method}", one.kind, one.policy)
                if entry is None:
                    failures.append(str(one))
                used.add(entry)
        failures += [
            f"{program} {method} prints nothing of any secret"
            for method, tells in telling.items()
            if not tells
        ]
        failures += [
            f"{entry} is hidden: take it off the list in promises.py"
            for entry in entries(program)
            if entry not in used
        ]
        self.assertEqual(failures, [], "\n".join(["", *failures]))
        self.assertNotEqual(telling, {}, f"{program} printed nothing")
