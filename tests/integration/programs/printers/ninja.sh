. "$PRINTERS/prelude.sh"

# In a build file, dollar signs are doubled; a command is one line, here in single quotes.
build() {
    quoted=$(printf '%s' "$SECRET_SHELL" | tr '\n' ' ' | sed 's/\$/$$/g')
    printf 'rule r\n  command = %s %s\n  description = using %s\nbuild out: r build.ninja\n' \
        "$1" "$quoted" "$quoted" >build.ninja
}
verbose() { build :; ninja -v; }
described() { build :; ninja; }
dry_run() { build :; ninja -n -v; }
fails() { build false; ninja; }
commands() { build :; ninja -t commands; }
compilation_database() { build :; ninja -t compdb r; }
shows_file() { build :; cat build.ninja; }
no_target() { build :; ninja "$SECRET"; }

each verbose described dry_run fails commands compilation_database shows_file no_target
