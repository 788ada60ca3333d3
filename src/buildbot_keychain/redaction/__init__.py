"""Hiding secrets in text: exact, in any chunking, in every form programs write a value.

Pure and synchronous: no reactor, no clock, no network. `Redactor` is what users see.

**The rule.** Every occurrence of every pattern is covered, overlapping ones included; what is
covered becomes one label a line. A pattern is one spelling of one value (`forms/`): 50 secrets have
about 2,000. What stands between the characters of an occurrence - line ends that a host put there,
indentation, backspaces, control sequences - does not hide it. Whatever the chunks of a text, the
output is that of the whole.

**The idea.** Matching thousands of patterns through such noise is slow if done for each of them. So
a text is *folded* once: white space and backspaces left out, ASCII in lower case. Whatever is an
occurrence in the text, its folded form stands in the folded text. There an Aho-Corasick automaton
looks, in one pass, for one short and rare piece of each pattern, its *anchor*; the spellings of a
secret share most of theirs. Nearly always there is none, and the text passes as it is. Around each
anchor that is found, the few patterns that have it are compared with the folded text, and what
agrees is *normalised* as the pattern demands and compared exactly.

**The end of a text** may begin an occurrence. A beginning that holds its anchor has been found by
the automaton. Shorter ones are looked up: the last four folded bytes in a set of all such pieces of
beginnings, which rules out nearly everything; then the rest, by bisection. What is open stays
pending until the next text decides (`stream`).

**Pieces and dumps**, of what was given to the audience. Beside an ellipsis a piece of a pattern is
hidden: what stands before it is looked at like the end of a text, what follows is looked up by its
end. The lines of a hexadecimal dump are read as the bytes that they show, and what is found there
is covered before anything else is done. The automaton says along with the anchors whether there is
an ellipsis or a dump at all, so text without costs nothing.

**Layers.** Compiled patterns are immutable. New ones make a layer of their own at once; a thread
merges layers, so that a text is scanned once or twice. A `Snapshot` is the layers and labels of one
moment, shared by all streams and replaced as a whole.

**Invariants.** Nothing that was added passes, from the moment `add` returns. No method returns,
prints or raises a value. Output is never looked at again, and redacting it changes nothing. Time is
proportional to the text, whatever the text and the values: dense anchors are gone through by runs
(`matching/group`), long pending text is not looked at again for each piece (`stream`), and what one
value gives rise to is bounded (`forms/expansion`).

**Modules**::

    fields/       a value -> its fields; which of them and of its lines are secret; their bits
    forms/        a value, its fields, its lines -> spellings -> patterns
    strength, words                      how many bits must be guessed to find a text
    matching/     patterns, a text -> spans:
      normalisation, pattern, escapes    what an occurrence is
      view                               a text, its folded form, and the way back
      anchors, scanner                   which piece to look for, and looking for it
      group, prefix_tree                 which patterns stand around an anchor
      prefixes                           which patterns the end of a text cuts off
      pieces                             what is left of patterns beside an ellipsis
      dump_lines                         what a line of a dump shows, and where
      layer, layers                      all of that for a set of patterns; sets that grow
    output/       labels, and writing a text with runs covered
    snapshot, stream, dumps, redactor
    fragments, cut_lines                 pieces of secrets where a host has cut a line
    policy, protection                   what a user chooses, and what can be promised
    structures, stdlib_log, twisted_log  redacting what holds texts

What redaction means is written down a second time, slowly and plainly, in the tests
(`tests/support/redaction_definition.py`), and any change here is tried against that.
"""

from __future__ import annotations

from .audience import Audience, Match
from .fields import PARTS, Part
from .forms import FORMS, Form, Spelling
from .hiding import Hiding
from .policy import RedactionPolicy
from .protection import Protection, WeakSecret
from .redactor import Redactor
from .stream import RedactionStream

__all__ = [
    "FORMS",
    "PARTS",
    "Audience",
    "Form",
    "Hiding",
    "Match",
    "Part",
    "Protection",
    "RedactionPolicy",
    "RedactionStream",
    "Redactor",
    "Spelling",
    "WeakSecret",
]
