# Prints logs of public tools, at most $LIMIT bytes of each. What is not installed is left out; what
# needs a network runs if $NETWORK is set. Works in the current directory. $PYTHON is the interpreter
# of the environment that runs the tests, and $SOURCE the top of this repository.

exec 2>&1 </dev/null
set -o pipefail
packages=$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
standard=$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')

run() { # a command
    command -v "$1" >/dev/null || return 0
    printf '+ %s\n' "$*"
    "$@" 2>&1 | head -c "$LIMIT"
    echo
}

# A small project in C, for compilers and what runs them.
project() {
    mkdir project && cd project || return
    for number in $(seq 40); do
        printf '#include <stdio.h>\n#include <stdlib.h>\nint f%s(int test) { int unused; printf("%%s", test); return test; }\n' \
            "$number" >"unit_$number.c"
    done
    printf 'all: $(patsubst %%.c,%%.o,$(wildcard *.c))\n%%.o: %%.c\n\tgcc -Wall -Wextra -O2 -g -fdiagnostics-color=always -c $< -o $@\n' >Makefile
    printf 'cmake_minimum_required(VERSION 3.18)\nproject(test C)\nfile(GLOB all *.c)\nadd_library(admin ${all})\n' >CMakeLists.txt
}

# A repository with a history, in which each commit changes many lines.
history() {
    git init -q history && cd history || return
    git config user.name 'Jane Doe' && git config user.email jane@example.org
    for number in $(seq 12); do
        for file in "$standard"/[a-d]*.py; do
            sed "s/$number/$((number + 1)) /g; s/self/this_$number/" "$file" >"$(basename "$file")"
        done
        git add . && git commit -q -m "Change the number $number everywhere" -m 'Fixes: test, root, admin'
    done
}

(project)
(history)
run "$PYTHON" -v -c 'import asyncio, email, http.client, json, unittest, xml.dom.minidom'
run "$PYTHON" -X importtime -c 'import asyncio, concurrent.futures, logging.config, sqlite3'
cp -r "$standard/json" "$standard/email" "$standard/unittest" "$standard/asyncio" .
run "$PYTHON" -m compileall -f .
run "$PYTHON" -m pip list -v
run "$PYTHON" -m pip inspect
run "$PYTHON" -m pip show -f buildbot twisted
(cd "$SOURCE" && run "$PYTHON" -m pytest -v --color=yes -p no:cacheprovider tests/unit/rendering)
run "$PYTHON" -m ruff check --no-cache --isolated --select ALL --output-format full "$packages/twisted/web"
run "$PYTHON" -m buildbot --version
run "$PYTHON" -m buildbot create-master -r test
run git clone --verbose --progress "$SOURCE" copy
(cd "$SOURCE" && run git log --color=always --stat)
(cd "$SOURCE" && run git log --color=always -p)
run grep -rnE --color=always 'test|postgres|admin|root|secret|token|password' "$packages/buildbot" "$packages/sqlalchemy"
run make -C project -j 4
run make -C project -B --trace
run make -C project -B -n -d
run gcc -v -c project/unit_1.c -o /dev/null
run cmake -G Ninja -S project -B build
run ninja -C build -v
run find /usr/lib -ls
run ls -lR --color=always /usr/share
run tar -tv -f <(tar -c /usr/share/doc)
run strings -n 6 /bin/bash
run dpkg -l
run apt-cache dumpavail
run apt-get -s install emacs libreoffice
run openssl list -all-algorithms
run openssl ciphers -V ALL
for certificate in /etc/ssl/certs/*.pem; do
    run openssl x509 -text -in "$certificate"
done | head -c "$LIMIT"
run strace -f ls -l /
run strace -e trace=read -e read=3 cat "$standard/argparse.py"
run curl --no-progress-meter --trace - -o /dev/null "file://$standard/_pydecimal.py"
run curl --no-progress-meter --trace-ascii - -o /dev/null "file://$standard/_pydecimal.py"
run hexdump -C /bin/bash
run xxd /bin/ls
run od -c /bin/bash
run od -A x -t x1z /bin/ls
run objdump -d /bin/bash
run readelf -aW /bin/bash
run gdb -batch -ex 'info functions' -ex 'info sources' /bin/bash
run ld --verbose
run git -C history log -p --graph --color=always --word-diff
run git -C history log --raw --numstat --format=fuller
run git -C history fsck --verbose
run make -pn -C project
run cmake --trace-expand -S project -B traced
run cmake --help-full
run bash -x /usr/bin/ldd /bin/bash
run zsh -xc 'for word in test root admin; do print -r -- $word ${(U)word}; done'
run perl -MO=Concise,-exec "$(command -v corelist)"
run perl -MO=Deparse "$(command -v corelist)"
run "$PYTHON" -m dis "$standard/argparse.py"
run "$PYTHON" -m tokenize "$standard/argparse.py"
run "$PYTHON" -m cProfile -m json.tool /dev/null
run "$PYTHON" -m trace --listfuncs --module json.tool --help
run apt-cache dump
run apt-cache showpkg python3 gcc make postgresql
run dpkg -L python3.11-minimal git perl-modules-5.36 coreutils
run tree -C /usr/share/doc
run java -XX:+PrintFlagsFinal -version
run rustc --print target-list
run cargo --list --verbose
run psql --help=variables
run openssl list -all
run npm ls --global --all
run node --v8-options
run node -p process
run npm config list --long
run perl -V
run ruby --help
run php -i
run mariadbd --no-defaults --verbose --help
run mount
run cat /proc/cpuinfo /proc/meminfo /proc/interrupts
run busybox --help
run curl --version
run gpg --version
if [ -n "$NETWORK" ]; then
    run "$PYTHON" -m pip download -vvv --no-cache-dir --dest wheels django celery requests
    run "$PYTHON" -m pip install -vvv --no-cache-dir --target installed flask sqlalchemy
    mkdir web && cd web && run npm install --loglevel silly --no-audit express webpack eslint
fi
