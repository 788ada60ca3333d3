"""Attacks by guessing: someone prints guesses, reads what becomes of them, and learns a secret.

Whoever hides a text tells its author that there was something to hide. An attacker who is told so
about pieces of a secret recovers it character by character, without ever having been given it.

==================  ============================================================================
`targets`           ten secrets, and what everybody knows of each of them
`attacks`           programs that recover them, with no I/O: each asks about pieces, and is told
                    which of them had an effect
`channels`          where a piece is published, and what a reader sees of it
`guesses`           what an attacker could publish, right but for the last character
`noise`             what stands between the characters of a guess, or around it
`worlds`            two redactors whose secrets differ only in what nobody knows
`work`              how much work a text makes, counted and not timed
==================  ============================================================================

There are two kinds of tests. An *attack* recovers a secret under the rule that hides everything, so
it is one; where the attacker was not given the secret, it learns nothing. *Non-interference* is
stronger: in two worlds with different secrets a reader sees the same, byte for byte.
"""
