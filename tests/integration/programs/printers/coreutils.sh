. "$PRINTERS/prelude.sh"

cats() { cat "$SECRET_FILE"; }
cat_numbers() { cat -n "$SECRET_FILE"; }
cat_shows_all() { cat -A "$SECRET_FILE"; }
nl_numbers() { nl -ba "$SECRET_FILE"; }
tee_copies() { tee copy <"$SECRET_FILE"; }
fold_20() { fold -w 20 "$SECRET_FILE"; }
fold_words() { fold -s -w 30 "$SECRET_FILE"; }
fmt_words() { fmt -w 30 "$SECRET_FILE"; }
pr_pages() { pr -l 40 -w 60 "$SECRET_FILE"; }
paste_lines() { paste -s "$SECRET_FILE"; }
expand_tabs() { sed 's/ /\t/g' "$SECRET_FILE" | expand; }
tail_verbose() { tail -v -n 50 "$SECRET_FILE"; }
grep_names() { grep -Hn '' "$SECRET_FILE"; }
grep_colours() { grep --color=always '[a-m]' "$SECRET_FILE"; }
sort_debug() { sort --debug "$SECRET_FILE"; }
printf_escapes() { /usr/bin/printf '%q\n' "$SECRET"; }
printf_escapes_c_locale() { LC_ALL=C /usr/bin/printf '%q\n' "$SECRET"; }
printf_b() { /usr/bin/printf '%b\n' "$SECRET"; }
echo_e() { /bin/echo -e "$SECRET"; }
no_file() { cat "$SECRET"; }
no_file_c_locale() { LC_ALL=C cat "$SECRET"; }
no_file_to_remove() { rm "$SECRET"; }
no_directory() { cp "$SECRET_FILE" "$SECRET/x/"; }
no_option() { ls "--$SECRET"; }
no_date() { date -d "$SECRET"; }
not_a_number() { sleep "$SECRET"; }

each cats cat_numbers cat_shows_all nl_numbers tee_copies fold_20 fold_words fmt_words pr_pages \
    paste_lines expand_tabs tail_verbose grep_names grep_colours sort_debug printf_escapes \
    printf_escapes_c_locale printf_b echo_e no_file no_file_c_locale no_file_to_remove no_directory \
    no_option no_date not_a_number
