"""Labels in what a template for a mail of HTML gets."""

from __future__ import annotations

import jinja2
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.sinks import escape_labels, redact_process_logs
from buildbot_keychain.redaction import Redactor

NAME = "img src=x onerror=alert(1)"


class EscapeLabelsTests(SynchronousTestCase):
    """`escape_labels`."""

    def setUp(self) -> None:
        self.redactor = Redactor()
        self.redactor.add(NAME, "q8ZkV2mXw4LrT9sYbN6cJ3")
        redact_process_logs(self.redactor)

    def render(self, template: str, text: str) -> str:
        context = {"build": {"steps": [{"state_string": text}], "number": 1}}
        escaped = escape_labels(context)
        self.assertEqual(context["build"]["steps"], [{"state_string": text}])
        return jinja2.Template(template).render(escaped)

    def test_as_text(self) -> None:
        state = "{{ build.number }} {{ build.steps[0].state_string }}"
        self.assertEqual(
            self.render(state, f"sent <{NAME}>, <secret-2> & <b>more</b>"),
            f"1 sent &lt;{NAME}&gt;, &lt;secret-2&gt; & <b>more</b>",
        )

    def test_a_template_that_escapes(self) -> None:
        state = "{{ build.steps[0].state_string | e }}"
        text = f"sent <{NAME}> & <b>"
        self.assertEqual(self.render(state, text), f"sent &lt;{NAME}&gt; &amp; &lt;b&gt;")

    def test_other_texts_are_as_they_were(self) -> None:
        context = {"build": {"state_string": "a < b > c"}}
        self.assertIs(escape_labels(context), context)
