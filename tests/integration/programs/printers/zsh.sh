. "$PRINTERS/prelude.sh"
. "$PRINTERS/shell.sh"

print_it() { print "$SECRET"; }
print_r() { print -r -- "$SECRET"; }
printf_q() { printf '%q\n' "$SECRET"; }
quoted_q() { print -r -- ${(q)SECRET}; }
quoted_qq() { print -r -- ${(qq)SECRET}; }
quoted_qqq() { print -r -- ${(qqq)SECRET}; }
quoted_qqqq() { print -r -- ${(qqqq)SECRET}; }
quoted_minimal() { print -r -- ${(q-)SECRET}; }
typeset_p() { typeset -p SECRET; }
typeset_p_array() { copies=(x "$SECRET"); typeset -p copies; }
set_x_equal() { set -x; [[ x == "$SECRET" ]]; }
set_x_equal_left() { set -x; [[ $SECRET == x ]]; }
set_x_array() { set -x; copies=("$SECRET" x); }
set_x_split() { set -x; : ${=SECRET}; }

each print_it print_r printf_q quoted_q quoted_qq quoted_qqq quoted_qqqq quoted_minimal \
    typeset_p typeset_p_array set_x_equal set_x_equal_left set_x_array set_x_split
