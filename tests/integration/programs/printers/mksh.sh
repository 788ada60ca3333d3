. "$PRINTERS/prelude.sh"
. "$PRINTERS/shell.sh"

print_it() { print "$SECRET"; }
print_r() { print -r -- "$SECRET"; }
quoted() { print -r -- "${SECRET@Q}"; }
typeset_p() { typeset -p SECRET; }
is_missing() { : "${missing?$SECRET}"; }
not_a_number() { : "$((SECRET + 1))"; }

each is_missing not_a_number print_it print_r quoted typeset_p
