"""`SharedServer`: a server in memory for all tests of a class."""

from __future__ import annotations

from tests.support.openbao.api import Api
from tests.support.openbao.server import OpenBao


class SharedServer:
    """The first base of a test case; `prepare` makes what its tests need of the server."""

    server: OpenBao

    @classmethod
    def prepare(cls, root: Api) -> None:
        """Use `root`, which may do everything."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = OpenBao()
        cls.server.start()
        cls.prepare(cls.server.root)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()
