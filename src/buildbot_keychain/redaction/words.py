"""Words that everybody writes or tries: function words, terms of programs, names, passwords.

A few hundred of them, in three lists by how soon somebody comes to try them. They are
frequent in documentation and in lists of leaked passwords. It is not a dictionary.
"""

from __future__ import annotations

__all__ = ["COMMON_PASSWORDS", "FUNCTION_WORDS", "WORDS", "is_common_word"]

_FUNCTION = """
a an the and or of in on to for is it by at as be we you your my me no not with from this that are
was has have do does if else can all any will over under up out new i am our us so but
"""

_SECOND = """
admin administrator password passwd pass passphrase pwd secret secrets token key keys user users
username root guest test tests testing demo dev develop developer development prod production
stage staging default changeme example sample local localhost main master public private db
database postgres postgresql mysql mariadb redis mongo mongodb sqlite oracle server client host
port http https www com org net io api app apps web site mail email smtp ftp ssh git github gitlab
login welcome qwerty letmein monkey dragon hello world foo bar baz abc xyz true false null none
yes on off enabled disabled version latest release debug info warn warning error name id type
value config data file path url home usr var etc lib bin src opt tmp log logs build builds builder
buildbot worker step docker image images kubernetes cluster cloud google amazon aws azure service
services account accounts json yaml yml toml xml html txt md py js ts css sh c h cpp so go rs java
jar tar gz zip bz2 xz whl deb rpm exe dll png jpg svg python python3 node npm pip package packages
module modules plugin plugins core common util utils index init setup install linux ubuntu debian
alpine windows macos darwin amd64 x86 arm64 manylinux internal external system systems manager
admin1 access auth oauth authorization bearer basic
"""

_THIRD = """
about account action active add address after agent alert alias alpha analytics android angular
answer apache apple archive archives arg args array artifact asset assets async atom attribute
audit babel back backend backup bad bank base batch battery beta better big binary black block
blog blue board body book boot bot box branch bridge broker browser bucket buffer bug bundle
business button bytes cache call callback card case cat center certificate change changes channel
char chart chat check checkout child china choice class classes clean cli clone close code codec
cola collection color column command comment commit company compat compiler complete component
computer conf connect connection console const constant contact container content context control
cookie copy correct count country cover create cron crypto current custom customer daemon dark
dashboard date day deep delete deploy deployment desktop detail device devops diff digest dir
direct directory disk display distribution doc docs document documents dog domain done dot down
download downloads draft drive driver dry echo edit editor elastic element empty end engine entry
env environment eslint event events exception exec exit export express extension facebook factory
fail family fast feature feed fetch field files filter final find fire first fish fix flag flash
flask flow flower fly folder font football for form format forward frame framework free friend
front frontend full function future game garden gate gateway gem general generator get global gold
good graph green grid group groups guide hand handler hash head header heart help hidden history
hook hooks horse house icon ignore import include infra input inside instance int integration
interface iphone issue item jenkins job jobs july june just kernel kind king label lang language
laravel large last layer layout lead level library license light limit line link linker list live
load loader lock logger logging long look love loop machine mac magic make management manifest
many map march mark market maven max media member memory menu merge message messages meta method
metric metrics middleware min mini minor mock mode model monitor month mother music nest network
news next nginx night notes notice nuget null number object office old one online open operator
option options order origin other output owner page panel parent park parse parser part party
patch pattern payment people performance person phone photo php picture pilot pipeline pixel place
plain plan platform play player policy pool post power preset pretty price print process processor
product products profile program progress project projects promise proper properties property
protocol provider proxy pull push quality query queue quick quiet random range rate raw react read
reader ready real rebel recipe record red refresh regex region registry remote remove render
replace report repository request require rescue reserve reset resolve resource resources response
rest result retry return review river road role room route router ruby rule run runner runtime
rust safe sandbox save scan schedule scheduler schema school scope script scripts sdk search
second section security select send sentry serial service session set settings shadow share shell
shop short show sign signal simple single size sky small smart snapshot snow social socket
software sort source space spring sql stack standard staple star start startup state static status
steel stop storage store stream string strong style submit success suite summer sun super support
swift sync table tag tags target task team tech template term terminal text theme thread tiger
time timeout today tool tools top topic trace track trade traffic train transform tree trigger
trust tunnel turbo twisted twitter two types ultra unit unix update upload upstream validate vault
vendor video view virtual visual vue wait wall watch water webpack webhook week welcome1 west
white widget wiki window winter wire word wordpress work workers workflow workspace wrapper write
yellow young zero zone monday tuesday wednesday thursday friday saturday sunday january february
april august september october november december michael jessica daniel ashley andrew charlie
jordan robert thomas matthew joshua superman batman pokemon starwars princess sunshine shadow1
baseball soccer hockey ranger hunter killer pepper ginger cookie banana orange cheese chocolate
coffee freedom whatever trustno iloveyou
"""

_PASSWORDS = """
password password1 password12 password123 passw0rd p@ssw0rd p@ssword 12345678 123456789 1234567890
11111111 00000000 87654321 qwertyui qwertyuiop qwerty123 1q2w3e4r 1qaz2wsx asdfghjkl zxcvbnm1
iloveyou letmein1 welcome1 welcome123 admin123 administrator1 changeme1 changeme123 sunshine
princess football baseball superman trustno1 starwars whatever passpass abcd1234 abc12345
"""

FUNCTION_WORDS = frozenset(_FUNCTION.split())
"""Words that make prose of others."""

WORDS: dict[str, float] = {
    word: bits
    for words, bits in ((_THIRD, 8.0), (_SECOND, 6.0), (_FUNCTION, 3.0))
    for word in words.split()
}
"""Words in lower case, each with the bits that it takes at most to guess it among the others."""

COMMON_PASSWORDS = frozenset(_PASSWORDS.split())
"""Passwords of eight characters and more that are tried first, in lower case."""


def is_common_word(text: str) -> bool:
    """Return whether a text (str) is one of the words, in lower case, UPPER or Capitalised."""
    lower = text.lower()
    return lower in WORDS and text in (lower, lower.upper(), lower.capitalize())
