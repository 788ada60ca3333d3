from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.inspection.doctor._machine import machine
from tests.support.installations import codes, installation

LIMITS = (
    "Limit  Soft Limit  Hard Limit  Units\nMax core file size        {}    unlimited    bytes\n"
)
SWAPS = "Filename Type Size Used Priority\n{}\n"


class MachineTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.root = Path(self.mktemp()).resolve()
        (self.root / "proc/7").mkdir(parents=True)
        (self.root / "proc/sys/kernel").mkdir(parents=True)

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def found(self, process: int | None = 7) -> list[str]:
        examined = installation(Path("/srv/master"), process)
        return codes(machine(examined, self.root / "proc", self.root / "sys"))

    def test_core_dumps(self) -> None:
        for pattern, limit, expected in (
            ("core", "0", []),
            ("core", "unlimited", ["core-dumps"]),
            ("|/bin/handler %p", "0", ["core-dumps"]),
            ("|/bin/handler %p", "1", []),
            ("core", "1048576", ["core-dumps"]),
        ):
            self.write("proc/sys/kernel/core_pattern", f"{pattern}\n")
            self.write("proc/7/limits", LIMITS.format(limit))
            self.assertEqual(self.found(), expected, (pattern, limit))
        self.assertEqual(self.found(process=None), [])

    def test_swap(self) -> None:
        for device, uuid, expected in (
            ("/dev/sda2 partition 1 0 -2", "", ["swap"]),
            ("/dev/zram0 partition 1 0 100", "", []),
            ("/dev/dm-1 partition 1 0 -2", "CRYPT-PLAIN-swap", []),
            ("/dev/dm-1 partition 1 0 -2", "LVM-abc", ["swap"]),
            ("", "", []),
        ):
            self.write("proc/swaps", SWAPS.format(device))
            self.write("sys/block/dm-1/dm/uuid", uuid)
            self.assertEqual(self.found(process=None), expected, device)
