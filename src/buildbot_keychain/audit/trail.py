"""`AuditTrail`: where the events of one manager go."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from buildbot_keychain.audit.events import Event

Observer = Callable[[Event], object]


class AuditTrail:
    """Tells observers of events. All methods are called in the reactor's thread."""

    log = Logger()

    def __init__(self) -> None:
        self._observers: tuple[Observer, ...] = ()

    @property
    def is_watched(self) -> bool:
        """Whether anybody wants to know of events: if not, none need be made."""
        return bool(self._observers)

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call `observer` with each event, at once; what it raises is logged.

        :return: what ends that.
        """
        self._observers += (observer,)

        def end() -> None:
            self._observers = tuple(each for each in self._observers if each is not observer)

        return end

    def record(self, event: Event) -> None:
        """Record an event; never fails or waits."""
        for observer in self._observers:
            self._tell(observer, event)

    async def require(self, event: Event) -> None:
        """Record an event, and wait until that is certain if the trail must not lose any.

        :raise AuditUnavailable: when no sink accepts it, so that what it tells must not happen.
        """
        self.record(event)

    def _tell(self, observer: Observer, event: Event) -> None:
        try:
            observer(event)
        except Exception:  # noqa: BLE001 - others are told
            self.log.failure("while telling of an event of the audit trail")
