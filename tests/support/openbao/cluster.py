"""Several OpenBao servers that share a raft log: one is the leader, the others stand by."""

from __future__ import annotations

from tests.support.openbao.api import Api, ApiError
from tests.support.openbao.certificates import Authority
from tests.support.openbao.server import OpenBao
from tests.support.openbao.waiting import wait_until


class Cluster:
    """`size` servers; `nodes` are all of them, the first is the leader at first."""

    def __init__(self, size: int = 3, authority: Authority | None = None) -> None:
        self.nodes = [OpenBao(durable=True, authority=authority) for _ in range(size)]

    @property
    def root(self) -> Api:
        """The API for the administrator, at the node that leads."""
        return self.leader().root

    def start(self) -> None:
        """Start and unseal every node; each has what is stored when this returns."""
        first, *others = self.nodes
        first.start()
        assert first.unseal_key is not None
        assert first.root.token is not None
        for node in others:
            node.start_sealed()
            node.adopt(first.unseal_key, first.root.token)
            self._join(node, first)
            node.unseal()
        # Only now may they vote: a leader steps down when half of the votes are silent for half a
        # second, and while nobody leads no node can join.
        self._let_vote(first)
        wait_until(lambda: len(self._voters()) == len(self.nodes), "every node votes")

    def stop(self) -> None:
        """Kill the nodes that run, and remove what they wrote."""
        for node in self.nodes:
            node.stop()

    def leader(self) -> OpenBao:
        """Return the node that leads, waiting for an election."""
        found: list[OpenBao] = []

        def elected() -> bool:
            found[:] = [node for node in self.nodes if self._leads(node)]
            return bool(found)

        wait_until(elected, "a node leads")
        return found[0]

    def standbys(self) -> list[OpenBao]:
        """Return the other nodes."""
        leader = self.leader()
        return [node for node in self.nodes if node is not leader]

    def _leads(self, node: OpenBao) -> bool:
        try:
            return bool(node.root.read("sys/leader")["is_self"])
        except ApiError:
            return False

    @staticmethod
    def _join(node: OpenBao, leader: OpenBao) -> None:
        request: dict[str, object] = {"leader_api_addr": leader.address}
        if leader.authority is not None:
            request["leader_ca_cert"] = leader.authority.certificate.read_text()

        def joins() -> bool:
            return bool(node.root.write("sys/storage/raft/join", **request)["joined"])

        wait_until(joins, "the leader lets the node join")

    @staticmethod
    def _let_vote(leader: OpenBao) -> None:
        """Let a node vote when it has been well for a second, not for ten."""

        def changes() -> bool:
            path = "sys/storage/raft/autopilot/configuration"
            leader.root.write(path, server_stabilization_time="1s")
            return True

        wait_until(changes, "the leader takes a setting")

    def _voters(self) -> list[str]:
        try:
            configuration = self.nodes[0].root.read("sys/storage/raft/configuration")["config"]
        except ApiError:
            return []
        return [server["node_id"] for server in configuration["servers"] if server["voter"]]
