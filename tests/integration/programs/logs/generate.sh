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
    "$@" | head -c "$LIMIT"
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

(project)
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
