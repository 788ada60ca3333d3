. "$PRINTERS/prelude.sh"

lists() { env; }
one() { printenv SECRET; }
lists_null() { env -0; }
lists_sorted() { env | sort; }
debug() { env -v "TOKEN=$SECRET" true "$SECRET"; }
no_command() { env "$SECRET="; env -- "./$SECRET"; }
shell_words() { env --split-string='printf %s\n ${SECRET}'; }
xargs_words() { printf '%s\0' "$SECRET" | xargs -0 -t true; }
process_environment() { cat /proc/self/environ | tr '\0' '\n'; }
process_arguments() { sh -c 'tr "\0" " " </proc/self/cmdline' x "$SECRET"; }
substituted() { printf 'password: $SECRET\n' | envsubst; }

each lists one lists_null lists_sorted debug no_command shell_words xargs_words \
    process_environment process_arguments substituted
