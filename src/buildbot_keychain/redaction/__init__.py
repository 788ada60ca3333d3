"""Hiding secrets in text: exact, in any chunking, in every form programs write a value.

Pure and synchronous: no reactor, no clock, no network. `Redactor` is what users see.

**The rule.** Every occurrence of every pattern is covered, overlapping ones included; what is
covered becomes one label a line. A pattern is one spelling of a value, or of a field or line of it;
50 secrets have about 2,000. What stands between the characters of an occurrence - line ends that a
host put there, indentation, backspaces, control sequences - does not hide it. A control sequence
that an occurrence reaches into is covered as a whole. Whatever the chunks of a text, the output is
that of the whole.

**Audiences.** Hiding a text tells whoever printed it that the guess was right. So what is hidden
depends on the readers, who are known by a live set of names: the secrets that were given to them.
These are hidden in all patterns, in pieces where a text ends or was cut, and under their names. Of
all others, only whole patterns on one line are hidden of which at least 60 bits must be guessed
(`strength`) by somebody who knows all of the value but its secret fields (`fields`), and the values
that begin or end alike (`shared_ends`) or stand in it (`shared_insides`); the label is
``<secret>``. Without a set, all is given.

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
pending until the next text decides (`pending`).

**Pieces and dumps**, of what was given. Beside an ellipsis a piece of a pattern is hidden: what
stands before it is looked at like the end of a text, what follows is looked up by its end. Lines of
a hexadecimal dump are read as the bytes that they show, before anything else is done. The automaton
says along with the anchors whether there may be either at all, so text without costs nothing: it
looks for the ends of patterns where these are few, and else for ellipses.

**Right and wrong guesses cost the same.** What is hidden from everybody is in *open layers*. They
ask nothing about the end of a text, and their anchors are 12 or 16 characters of what cannot be
guessed, which have 60 bits: whoever has one right has not guessed. For readers with a set, each
line waits for its end, so waiting says nothing either. Tests count this work.

**Values that somebody chose** who was not given all secrets, such as a build that triggers another
one, may be guesses of them (`chosen`). So a text goes through a chain of snapshots: what the
chooser does not know is hidden in it, and the values are looked for in what is left.

**The inventory** owns all secrets, packed, and what is compiled of them. Layers are immutable: a
secret has one of its own, compiled before the next text of anybody who was given it, and used for
others who are. Those of one audience are scanned for at once when much text has come, and a thread
merges them where they are many. Without an automaton, or where many secrets are new at once, one
layer is compiled for an audience. A `Snapshot` is the layers and labels of one moment for one
audience, shared by its streams and replaced as a whole.

**Thousands of secrets** would take gigabytes if all of their patterns were compiled. So of very
many, and of what is hidden from everybody, only *words* are: the automaton says which secrets a
text may show, and what is looked for on account of these is unpacked and compiled, and kept for a
while. What it takes to know about the ends of texts is kept of all, by heads and tails.

**Invariants.** What was added does not pass from the moment `add` returns, nor what was given from
the moment it is in the set. No method returns, prints or raises a value. Output is never looked at
again, and redacting it changes nothing. Time is proportional to the text, whatever the text and the
values: what repeats itself is scanned once (`matching/scanner`), dense anchors are gone through by
runs (`matching/dense_places`), what stands inside of an occurrence is left out
(`matching/stretches`), long pending text is not looked at again for each piece (`patience`), and
what a value gives rise to is bounded (`forms/expansion`). A line that comes again in the same state
is not looked at again (`remembered`).

**Modules**::

    fields/       a value -> its fields, and which of them and of its lines are secret
    strength, repetitions, words         how many bits of a text must be guessed
    forms/        a value, its fields, its lines -> spellings -> patterns
      escaping                           which forms leave letters and digits as they are
      unguessable                        the texts that are hidden from everybody
    matching/     patterns, a text -> spans:
      normalisation, pattern, escapes    what an occurrence is; numbers: in a list of bytes
      view                               a text, its folded form, and the way back
      anchors, scanner                   which piece to look for, and looking for it
      expression, grams                  how the standard library does that
      pattern_table                      patterns in few objects, for the garbage collector
      entry, group, prefix_tree, finder  which patterns stand around an anchor
      later                              scanning for those of several sets at once
      dense_places, chains               the same where anchors are dense
      stretches                          what is covered already
      prefixes                           which patterns the end of a text cuts off
      ellipses, ends, pieces             what is left of patterns beside an ellipsis
      dump_lines                         what a line of a dump shows, and where
      layer, merged_layer, open_layer    all of that for a set of patterns
      layers                             sets that grow
      words, hints, indexed_*            the same for very many secrets, of which few are compiled
      kept_layers                        what is compiled of one secret is kept for a while
    output/       labels, naming, writer: what stands for a secret, and writing it
    inventory, secret, packed            all secrets
    open_texts                           what of them is hidden from everybody
    shared_ends, shared_insides          what they have in common
    compiler                             patterns -> layers, as they are few or many
    covered, snapshot, recent            what is known to hide from an audience, and kept
    passing                              what is compiled of values that come and go with builds
    chosen                               what is hidden first, before values that may be guesses
    audience, stream, redactor           texts go through these
    pending, dumps, patience             the end of a text, lines of a dump: until they are decided
    remembered                           what became of them, as logs repeat what they print
    fragments, cut_lines                 pieces of secrets where a host has cut a line
    policy, protection, hiding           what a user chooses, and what can be promised
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
