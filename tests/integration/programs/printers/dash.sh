. "$PRINTERS/prelude.sh"
. "$PRINTERS/shell.sh"

is_missing() { : "${missing?$SECRET}"; }
not_a_number() { : "$((SECRET + 1))"; }

each is_missing not_a_number
