. "$PRINTERS/prelude.sh"

script() { cat >script.cmake; cmake "$@" -P script.cmake; }

status() { echo 'message(STATUS "token: $ENV{SECRET}")' | script; }
notice() { echo 'message("$ENV{SECRET}")' | script; }
warning() { echo 'message(WARNING "The token is $ENV{SECRET}")' | script; }
fatal_error() { echo 'message(FATAL_ERROR "$ENV{SECRET}")' | script; }
trace() { echo 'set(TOKEN "$ENV{SECRET}")
message(STATUS "${TOKEN}")' | script --trace-expand; }
trace_json() { echo 'set(TOKEN "$ENV{SECRET}")' | script --trace-expand --trace-format=json-v1; }
command_echo() {
    echo 'execute_process(COMMAND cmake -E true "$ENV{SECRET}" COMMAND_ECHO STDOUT)' | script
}
list() { echo 'set(L a "$ENV{SECRET}" b)
message("${L}")' | script; }
argument() { echo 'message("${TOKEN}")' | script "-DTOKEN=$SECRET"; }
echoes() { cmake -E echo "$SECRET"; }
environment() { cmake -E environment; }
no_file() { cmake -P "$SECRET"; }
not_found() { echo 'find_program(X "$ENV{SECRET}" REQUIRED)' | script; }
includes() { echo 'include("$ENV{SECRET}")' | script; }
configured() {
    printf 'cmake_minimum_required(VERSION 3.20)\nproject(p NONE)\nset(TOKEN "$ENV{SECRET}" CACHE STRING "token")\n' >CMakeLists.txt
    cmake . >/dev/null; grep TOKEN CMakeCache.txt; cmake -LA -N .
}

each status notice warning fatal_error trace trace_json command_echo list argument echoes \
    environment no_file not_found includes configured
