"""`secretive`: for classes whose objects hold secrets, or pieces of them.

Such an object turns up where nobody thinks of it: in a log, in a traceback with variables, in a
state that is stored. So it shows its class, and what is sent or stored of it is an error.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

T = TypeVar("T", bound=type)


def secretive(cls: T) -> T:
    """Have the objects of a class show nothing, and refuse to be pickled, copied or sent.

    A ``__repr__`` that the class has itself stays. A data class needs ``repr=False``: it would have
    one that shows everything.
    """
    own = vars(cls).get("__repr__")
    if own is None or own.__module__ != cls.__module__:
        cls.__repr__ = _show_class  # type: ignore[method-assign, assignment]
    cls.__getstate__ = _refuse  # type: ignore[attr-defined]
    return cls


def _show_class(self: object) -> str:
    return f"<{type(self).__name__}>"


def _refuse(self: Any) -> NoReturn:  # noqa: ANN401 - any object
    # What pickle, copy and Twisted's jelly ask for.
    msg = f"{type(self).__name__} holds secrets and must not be pickled, copied or sent"
    raise TypeError(msg)
