. "$PRINTERS/prelude.sh"
. "$PRINTERS/shell.sh"

echo_e() { echo -e "$SECRET"; }
printf_q() { printf '%q\n' "$SECRET"; }
quoted() { echo "${SECRET@Q}"; }
expanded() { echo "${SECRET@E}"; }
as_assignment() { echo "${SECRET@A}"; }
declare_p() { declare -p SECRET; }
declare_p_array() { copies=("x" "$SECRET"); declare -p copies; }
declare_p_map() { declare -A copies=([key]="$SECRET"); declare -p copies; }
declare_f() { eval "show() { echo ${SECRET@Q}; }"; declare -f show; }
set_x_equal() { set -x; [[ x == "$SECRET" ]]; }
set_x_equal_left() { set -x; [[ $SECRET == x ]]; }
set_x_regex() { set -x; [[ x =~ "$SECRET" ]]; }
set_x_regex_left() { set -x; [[ $SECRET =~ x ]]; }
set_x_read_words() { set -x; read -r -a words <<<"$SECRET"; : "${words[@]}"; }
set_x_c_locale() { LC_ALL=C; set -x; : "$SECRET"; }
printf_q_c_locale() { LC_ALL=C; printf '%q\n' "$SECRET"; }
set_v() { printf 'set -v\n: %s\n' "${SECRET@Q}" >script; bash script; }
bash_x_c() { bash -xc 'curl() { :; }; curl -u "u:$1"' - "$SECRET"; }
history_lists() { history -s "login $SECRET"; history; }
select_lists() { select word in "$SECRET"; do break; done <<<1; }
is_missing() { : "${missing?$SECRET}"; }
not_a_number() { : "$((SECRET + 1))"; }

each is_missing not_a_number echo_e printf_q quoted expanded as_assignment declare_p declare_p_array declare_p_map declare_f \
    set_x_equal set_x_equal_left set_x_regex set_x_regex_left set_x_read_words \
    set_x_c_locale printf_q_c_locale set_v bash_x_c history_lists select_lists
