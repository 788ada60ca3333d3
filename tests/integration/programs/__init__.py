"""What real programs print of a secret is hidden: a corpus of outputs, made anew in each run.

`kinds` makes up the secrets; the scripts in `printers/` print them with every program that a build
is likely to use; `outputs` runs the scripts; `promises` lists what is not hidden, and why. Whether
an output still shows a secret is judged by `tests.support.readings`, which decodes the output and
knows nothing of the forms that redaction looks for.

``python -m tests.integration.programs`` lists what is shown; ``--text`` shows the outputs too.
"""
