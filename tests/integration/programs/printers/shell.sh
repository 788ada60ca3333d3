# What every POSIX shell prints; read by the scripts of the shells.

echo_it() { echo "$SECRET"; }
echo_words() { echo $SECRET; }
printf_s() { printf '%s\n' "$SECRET"; }
printf_b() { printf '%b\n' "$SECRET"; }
here_document() {
    cat <<END
password=$SECRET;
END
}
set_x_argument() { set -x; : "$SECRET"; }
set_x_inside_text() { set -x; : "token=$SECRET; Path=/"; }
set_x_words() { set -x; : $SECRET; }
set_x_assignment() { set -x; copy=$SECRET; }
set_x_variable_of_a_command() { set -x; PASSWORD=$SECRET :; }
set_x_test() { set -x; [ "$SECRET" = x ]; }
set_x_substitution() { set -x; copy=$(printf '%s' "$SECRET"); }
set_x_loop() { set -x; for word in $SECRET; do : "$word"; done; }
set_lists() { copy=$SECRET; set; }
export_p() { export -p; }
readonly_p() { readonly copy="$SECRET"; readonly -p; }
alias_lists() { alias copy="$SECRET"; alias copy; }
trap_lists() { trap -- "$SECRET" USR1; trap; trap - USR1; }
not_a_command() { "$SECRET"; }
not_a_directory() { cd "$SECRET"; }
not_a_file() { : <"$SECRET"; }
not_an_operand() { [ "$SECRET" -eq 1 ]; }

each echo_it echo_words printf_s printf_b here_document \
    set_x_argument set_x_inside_text set_x_words set_x_assignment set_x_variable_of_a_command \
    set_x_test set_x_substitution set_x_loop \
    set_lists export_p readonly_p alias_lists trap_lists \
    not_a_command not_a_directory not_a_file not_an_operand
