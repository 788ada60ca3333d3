. "$PRINTERS/prelude.sh"

normal() { echo other | diff - "$SECRET_FILE"; }
unified() { echo other | diff -u - "$SECRET_FILE"; }
context() { echo other | diff -c - "$SECRET_FILE"; }
removed() { echo other | diff -u "$SECRET_FILE" -; }
side_by_side() { echo other | diff -y -W 250 - "$SECRET_FILE"; }
side_by_side_narrow() { echo other | diff -y -W 80 - "$SECRET_FILE"; }
coloured() { echo other | diff -u --color=always - "$SECRET_FILE"; }
ed_script() { echo other | diff -e - "$SECRET_FILE"; }
expanded() { echo other | diff -u -t -T - "$SECRET_FILE"; }
no_file() { diff "$SECRET" other; }

each normal unified context removed side_by_side side_by_side_narrow coloured ed_script expanded no_file
