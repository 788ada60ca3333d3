"""Guessing on a real master: whoever was not given a secret learns nothing of it, by any way in.

`program` runs inside a build that was given no secret. It prints guesses, and reads its own log
over the REST API and the event stream. `places` are all other ways in which somebody can have a
master write and show a text. `masters` starts a master that has given ten secrets to another build.
"""
