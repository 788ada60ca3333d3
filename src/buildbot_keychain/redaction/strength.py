"""How many bits somebody must guess who knows nothing of a text: `bits`.

An estimate, on purpose rather too low: what reaches `OPEN_BITS` cannot be found by trying, so that
hiding it tells nobody anything. Pure; linear in the text, of which a bounded part is looked at.

**The idea** is that of zxcvbn (D. L. Wheeler, "zxcvbn: Low-Budget Password Strength Estimation",
USENIX Security 2016): a text is taken apart into what guessers try as a unit, and each unit costs
what it takes to choose it. NIST SP 800-63B (appendix A) names the same units: words, repetitions,
sequences, what is known from the context.

1. What all tokens of a kind begin with (``ghp_``, the header of a JWT) costs nothing. A text that
   is an encoding (RFC 4648, RFC 3986) of a readable one costs no more than that one.
2. Times, versions and addresses cost a few bits, whatever their length.
3. What stood before, and sequences (``abcd``, ``9876``, ``qwerty``), cost their place and length.
4. A word costs at most eleven bits, fewer if it is common; one of the 7,776 of a Diceware list is
   worth 12.9. What reads like a word counts as one: its pairs of letters are the usual ones.
5. Everything else costs the logarithm of its alphabet for each character: 10 digits, 16 digits of
   hexadecimal, 32 of base32, 36, 62. A text of few different ones costs no more than to choose
   these, and the order.
6. Names of public things (hosts, files, addresses, packages) and prose are chosen as a whole.
7. Of a line for a machine, such as a command with a password in it, and of prose with a number, all
   but the word that is worth most may be known. Of the hash of a password, all but the hash is.
"""

from __future__ import annotations

import base64
import itertools
import math
import re
import string
from collections.abc import Iterable
from urllib.parse import unquote

from .repetitions import SHORTEST, without_repetitions
from .words import FUNCTION_WORDS, WORDS

__all__ = ["BITS_OF_A_CHARACTER", "OPEN_BITS", "USUAL_PAIRS", "bits", "readable"]

OPEN_BITS = 60
"""The bits from which a text may be hidden from people who do not have it."""

BITS_OF_A_CHARACTER = 6
"""At most, in the tokens and keys of which a text may begin with what others begin with too."""

LARGEST = 1024
"""The number of characters that are looked at."""

_WORD_BITS = 11.0
_LONGEST_WORD = 14
_LETTERS_OF_A_WORD = 7
_SHORTEST_WORD = 5
_LONG = 8
_NAME_BITS = 45.0
_PROSE_BITS = 1.2  # for each character: C. E. Shannon, "Prediction and Entropy of Printed English"
_YEAR_BITS = 6.0
_HEXADECIMAL = 4.0
_MEAN_RUN = 3
_KINDS = 4  # of symbols in what a generator of passwords made
_SYMBOL_BITS = 5.0
_CHARACTER_BITS = 7.0
"""No character is worth more."""
_SYMBOLS = 33  # of printable ASCII
_LETTERS = frozenset(string.ascii_letters + string.digits)
_SEPARATOR_BITS = 1.0

# The beginnings are documented by their issuers; see also GitHub's "Supported secret scanning
# patterns" and the rules of gitleaks.
_PREFIX = re.compile(
    r"""
      gh[pousr]_ | github_pat_ | gl(?:pat|dt|rt|ptt|cbt|imt|ft|agent|oas|soat)- | GR1348941
    | A(?:KIA|SIA|GPA|IDA|ROA|IPA|NPA|NVA|CCA|BIA) | AIza | ya29\. | GOCSPX- | 1//0
    | [srp]k_(?:live|test)_ | whsec_ | sk-(?:proj-|svcacct-|ant-(?:api|admin)\d\d-)? | hf_ | r8_
    | xox[a-z]-(?:\d+-)* | xapp-\d- | https://hooks\.slack\.com/services/
    | npm_ | pypi-(?:AgEIcHlwaS5vcmc|AgENdGVzdC5weXBpLm9yZw)? | rubygems_ | dckr_(?:pat|oat)_
    | do[opr]_v1_ | shp(?:at|ca|pa|ss)_ | SG\. | hv[bsr]\. | [bs]\. | atlasv1\. | NRAK-
    | lin_api_ | figd_ | sntry[us]_ | glsa_ | dp\.(?:pt|st|ct)\. | pul- | ATATT3xFfGF0 | ATBB
    | AGE-SECRET-KEY-1
    | \$2[abxy]?\$\d\d\$[./A-Za-z0-9]{22}   # hashes of passwords: what is not the hash
    | (?:\$(?:[1567y]|gy|apr1|sha1|scrypt|argon2\w{1,2}|bcrypt[\w-]*)|\$?pbkdf2[\w-]*)\$
      (?:[^$\s]{1,128}\$)*
    """,
    re.VERBOSE,
)
# RFC 7519: header and claims, which are known to who knows the issuer; the signature stays.
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]+\.(?:eyJ[A-Za-z0-9_-]*(?:\.|\Z))?")
_SHAPES = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      (?P<uuid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-(?P<kind>[0-9a-fA-F])[0-9a-fA-F]{3}
        -[0-9a-fA-F]{4}-[0-9a-fA-F]{12})
    | (?P<time>(?:19|20)\d\d(?P<between>[-/.]?)[01]\d(?P=between)[0-3]\d
        (?:[T_ -]?[0-2]\d[:.-]?[0-5]\d(?:[:.-]?[0-6]\d(?:[.,]\d{1,9})?)?)?(?:Z|[+-]\d\d:?\d\d)?)
    | (?P<clock>[0-2]?\d:[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?)
    | (?P<address>(?:[0-9a-fA-F]{1,4}:){3,7}:?[0-9a-fA-F]{1,4}|(?:\d{1,3}\.){3}\d{1,3})
    | (?P<version>v?\d{1,5}(?:\.\d{1,5}){1,4}(?:[-.]?(?:rc|alpha|beta|[abp]|post|dev)\d{0,3})?)
    )(?![A-Za-z0-9])""",
    re.VERBOSE,
)
_SHAPE_BITS = {"time": 28.0, "clock": 12.0, "address": 32.0, "version": 10.0}
_UUID_BITS = 122.0  # RFC 9562 section 5.4
_CLOCK_UUID_BITS = 48.0  # versions 1 and 6: a time, and a machine that may be known
_PLAIN_UUID_BITS = 8.0

# There are 250, by their first letter.
_PAIRS = """
abcdgiklmnprstuvy baeilorsu cacehiklorstu dadeilorsu eabcdefgilmnopqrstvwxy faefiloru gaehilnorsu
haeiort iabcdefglmnoprstvxz je keis ladeilostuy mabeimopsu nacdefgiknostuv oabcdfgiklmnoprstuvw
paehiloprstuy qu racdefgiklmnoprstuvy sacehiklmopstuy tacehilorstuy uabcegilmnprst vaei waeio
xeipt ynps ze
"""
USUAL_PAIRS = frozenset(pairs[0] + second for pairs in _PAIRS.split() for second in pairs[1:])
"""The pairs of letters that are usual in English words."""

_LEET = str.maketrans("013457@$!", "oieastasi")
_TOKEN = re.compile(r"[A-Za-z0-9]+|[^A-Za-z0-9\0]")
_LEET_TOKEN = re.compile(
    r"(?<![A-Za-z0-9@$!])[A-Za-z0-9@$!]{3,15}?[A-Za-z](?=\d*[!?.]*(?![A-Za-z0-9@$!]))"
)
_MADE_OF_WORDS = re.compile(r"^[{\[]|://|\s")
_RUN = re.compile(r"\d+|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]")
_SEPARATORS = frozenset(" \t\r\n-_./:,;=@\\\"'()[]{}<>")
_SIMPLE = re.compile(r"[A-Z]?[a-z]{1,12}\d{0,4}|[A-Z]{1,12}\d{0,4}|\d{1,12}")
_SINCE_1970 = re.compile(r"1[4-9]\d{8}(?:\d{3}){0,3}")  # in seconds to nanoseconds
_NAME = re.compile(r"\S*(?:[./\\:@]|==)\S*")
# Options, settings, addresses, hosts, quoted words.
_FOR_A_MACHINE = re.compile(
    r"(?:^|\s)--?[A-Za-z]|(?<![A-Za-z])[A-Za-z_]{2,32}[\"']?[=:]|://"
    r"|(?<![A-Za-z0-9])[A-Za-z0-9-]{1,63}\.[A-Za-z0-9-]{1,63}\.[A-Za-z]{2,24}(?![A-Za-z0-9])"
    r"|(?:^|[\s(])(['\"])[^\s'\"][^'\"\n]*\1(?=[\s;,)]|$)"
)


def bits(text: str) -> float:
    """Return how many bits at least must be guessed to find a text (str) of any length."""
    return _bits(text, 3)


def _bits(text: str, depth: int) -> float:
    text = _without_prefix(text.strip()[: 2 * LARGEST])[:LARGEST]
    sum_ = _Sum()
    left, cost = without_repetitions(_shapes(text, sum_), _shortest_repetition)
    sum_.chosen += cost
    _units(left, sum_)
    plain = readable(text) if depth else ""
    found = min(sum_.total(text), _different(text))
    words = set(text.split())
    if len(words) > 1 and found >= OPEN_BITS and depth and _may_be_known(text):
        found = min(found, _hardest(words, depth - 1))
    return min(found, _bits(plain, depth - 1)) if plain else found


def _may_be_known(text: str) -> bool:
    """Return whether all of a text but one word may be known."""
    numbered = any(map(str.isdigit, text)) and _is_prose(text)
    return numbered or _FOR_A_MACHINE.search(text) is not None


def _is_prose(text: str) -> bool:
    return len(FUNCTION_WORDS.intersection(text.lower().split())) > 1


def _hardest(words: Iterable[str], depth: int) -> float:
    """Return the bits of the word that is worth most."""
    most = 0.0
    for word in sorted(words, key=len, reverse=True):
        if most >= _CHARACTER_BITS * len(word):
            break
        most = max(most, _bits(word, depth))
    return most


def _different(text: str) -> float:
    """Return what it costs to choose how many different characters a text has, which, and where."""
    if not text:
        return 0.0
    kinds = set(text)
    letters = "".join(filter(_LETTERS.__contains__, text))
    alphabet = len(kinds - _LETTERS) and _SYMBOLS
    alphabet += round(2 ** _alphabet(letters)) if letters else 0
    which = math.log2(math.comb(max(alphabet, len(kinds)), len(kinds)))
    return math.log2(len(text)) + which + len(text) * math.log2(len(kinds))


def _shortest_repetition(text: str) -> int:
    """Return how many characters of a text that stood before are no accident."""
    return SHORTEST + (_alphabet(text) == _HEXADECIMAL)


class _Sum:
    """What the units of a text cost so far, in bits."""

    def __init__(self) -> None:
        self.chosen = 0.0
        """Of what people or programs choose: words, numbers, times, sequences."""
        self.random = 0.0
        """Of all else."""
        self.words = 0
        """The letters in words."""
        self.symbols: list[str] = []

    def total(self, text: str) -> float:
        """Return what it all costs, in this text (str)."""
        kinds = set(self.symbols)
        ascii_only = sum(map(str.isascii, kinds))
        few_words = 2 * self.words < len(text)
        if ascii_only >= _KINDS and few_words and not _MADE_OF_WORDS.search(text):
            return self.chosen + self.random + _SYMBOL_BITS * len(self.symbols)
        chosen = self.chosen + len(kinds & _SEPARATORS) * _SEPARATOR_BITS
        if _NAME.fullmatch(text):
            chosen = min(chosen, _NAME_BITS)
        elif _is_prose(text):
            chosen = min(chosen, _PROSE_BITS * len(text))
        others = kinds - _SEPARATORS
        repeated = sum(symbol in others for symbol in self.symbols) - len(others)
        return chosen + self.random + _SYMBOL_BITS * len(others) + _SEPARATOR_BITS * repeated


def _without_prefix(text: str) -> str:
    """Return a text without what all tokens of its kind begin with."""
    match = _JWT.match(text) or _PREFIX.match(text)
    return text[match.end() :] if match else text


def readable(text: str) -> str:
    """Return the readable text that a text (str) encodes; empty if there is none."""
    if "%" in text:
        plain = unquote(text)
        return plain if plain != text else ""
    for decode in (bytes.fromhex, base64.b32decode, _from_base64):
        try:
            data = decode(text)
            plain = (data if data[1::2].strip(b"\0") else data[::2]).decode("utf-8")  # or UTF-16
        except ValueError:
            continue
        if len(plain) >= SHORTEST and all(c.isprintable() or c.isspace() for c in plain):
            return plain
    return ""


def _from_base64(text: str) -> bytes:
    padded = text if len(text) % 4 == 0 else text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    return base64.b64decode(padded.translate({45: "+", 95: "/"}), validate=True)


def _shapes(text: str, cost: _Sum) -> str:
    """Count times, versions, addresses and UUIDs; return the text with NUL for each."""

    def count(match: re.Match[str]) -> str:
        if match["uuid"] is None:
            cost.chosen += _SHAPE_BITS[match.lastgroup or ""]
        elif len(set(match["uuid"])) < _PLAIN_UUID_BITS:
            cost.chosen += _PLAIN_UUID_BITS
        elif match["kind"] in "0126":
            cost.chosen += _CLOCK_UUID_BITS
        else:
            cost.random += _UUID_BITS
        return "\0"

    return _SHAPES.sub(count, text)


def _units(text: str, cost: _Sum) -> None:
    """Count the words, numbers and characters of a text."""
    letters = "".join(re.findall("[A-Za-z0-9]+", text))
    each = _alphabet(letters)
    if letters != letters.lower():
        cost.chosen += 1.0
    if each != _HEXADECIMAL:
        text = _LEET_TOKEN.sub(_without_leet, text)
    alone = text.replace("\0", "").isalnum()
    for token in _TOKEN.findall(text):
        if token.isalnum() and token.isascii():
            _token(token, each, cost, alone=alone)
        else:
            cost.symbols.append(token)


def _alphabet(letters: str) -> float:
    """Return the bits of each character of an ASCII text of letters and digits."""
    digits = sum(map(str.isdigit, letters))
    lower, upper = letters != letters.upper(), letters != letters.lower()
    if lower and upper:
        return math.log2(62 if digits else 52)
    if not digits:
        return math.log2(26)
    if digits == len(letters):
        return math.log2(10)
    if not set(letters.lower()) - set("0123456789abcdef") and 5 * digits >= len(letters):
        return _HEXADECIMAL
    return 5.0 if not set(letters) & set("0189") else math.log2(36)


def _token(token: str, each: float, cost: _Sum, *, alone: bool) -> None:
    """Count a run of letters and digits."""
    if each == _HEXADECIMAL:
        cost.random += each * len(token)
        return
    runs = _RUN.findall(token)
    numbers = [run for run in runs if run[0].isdigit()]
    mixed = len(numbers) > 1 or len(token) < _MEAN_RUN * len(runs)
    jumbled = len(token) >= _LONG and mixed
    single = len(runs) - len(numbers) == 1
    shortest = _SHORTEST_WORD + 2 * jumbled - single
    bits, other = 0.0, 0
    for run in runs:
        if run in numbers:
            continue
        word = _word(run.lower(), shortest)
        if not word and single and not alone and len(run) <= _LONGEST_WORD:
            word = _WORD_BITS
        bits += min(word or math.inf, each * len(run))
        cost.words += len(run) if word else 0
        other += 0 if word else len(run)
    of_words = other < _SHORTEST_WORD - 1
    bits += sum(_number(run) if of_words else each * len(run) for run in numbers)
    if (jumbled and other) or (2 * other > len(token) and not _SIMPLE.fullmatch(token)):
        cost.random += bits
    else:
        cost.chosen += bits


def _word(run: str, shortest: int) -> float:
    """Return what a run of lower-case letters costs if it is a word or several, else 0."""
    known = WORDS.get(run)
    if known and (len(run) >= _SHORTEST_WORD - 1 or shortest < _SHORTEST_WORD):
        return known
    if len(run) < shortest:
        return 0.0
    if _reads_like_a_word(run):
        long = len(run) > _LONGEST_WORD
        return _WORD_BITS * (len(run) / _LETTERS_OF_A_WORD if long else 1.0)
    for end in range(min(len(run), _LONGEST_WORD) - 1, _SHORTEST_WORD - 2, -1):
        known = WORDS.get(run[:end])
        rest = _word(run[end:], _SHORTEST_WORD) if known else 0.0
        if known and rest:
            return known + rest
    return 0.0


def _reads_like_a_word(run: str) -> bool:
    unusual = sum(pair not in USUAL_PAIRS for pair in map("".join, itertools.pairwise(run)))
    return unusual <= len(run) // _LONG and any(vowel in run for vowel in "aeiouy")


def _without_leet(match: re.Match[str]) -> str:
    plain = match[0].translate(_LEET)
    if plain == match[0] or not plain.isalpha():
        return match[0]
    alike = plain in (plain.lower(), plain.upper(), plain.capitalize())
    return plain if alike and _word(plain.lower(), _SHORTEST_WORD + 1) else match[0]


def _number(digits: str) -> float:
    """Return what a run of digits costs: a year and a time since 1970 are among few."""
    cost = math.log2(10) * len(digits)
    if re.fullmatch(r"(?:19|20)\d\d", digits):
        return _YEAR_BITS
    return cost - 2 * math.log2(10) if _SINCE_1970.fullmatch(digits) else cost
