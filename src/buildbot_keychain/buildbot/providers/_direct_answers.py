"""What a provider answers to whoever asks it directly, and not the keychain of its master.

Buildbot's own manager asks its providers like that, and so may anybody's code, also that of another
provider. A build that asks directly, by a step of its own or by Buildbot's code, counts as given
what it gets. A lookup of the keychain asks the provider's own method, and hides the value itself.
"""

from __future__ import annotations

from functools import wraps
from inspect import iscoroutine
from typing import Any

from twisted.internet.defer import Deferred

from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.builds import name_looked_up, who_asks_a_provider
from buildbot_keychain.details import PublicText


def hide_answers(provider: Any) -> None:
    """Have the master of `provider`, once it has one, hide what `provider.get` returns.

    A second call does nothing.

    :param provider: a Buildbot service.
    """
    get = provider.get
    if hasattr(get, "hides_answers_of"):
        return

    @wraps(get)
    def hiding(*args: Any, **kwargs: Any) -> Any:
        asker, looked_up = who_asks_a_provider(), name_looked_up()
        keychain = keychain_of(provider.master)
        path, *_ = (*args, *kwargs.values(), provider.name)

        def hide(answer: Any) -> Any:
            if isinstance(answer, PublicText):
                return str(answer)
            if keychain is not None:
                hidden = keychain.giving.hide_answer(provider, str(path), answer, asker, looked_up)
                if hidden is not None:
                    return hidden.addCallback(lambda _: answer)
            return answer

        def ask(_: object = None) -> Any:
            answer = get(*args, **kwargs)
            return Deferred.fromCoroutine(answer) if iscoroutine(answer) else answer

        # A lookup has been decided on, with all that it leads to.
        is_direct = keychain is not None and looked_up is None
        deciding = keychain.decide_on_question(provider, str(path), asker) if is_direct else None
        answer = ask() if deciding is None else deciding.addCallback(ask)
        return answer.addCallback(hide) if isinstance(answer, Deferred) else hide(answer)

    hiding.hides_answers_of = get  # type: ignore[attr-defined]
    provider.get = hiding
