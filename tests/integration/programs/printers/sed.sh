. "$PRINTERS/prelude.sh"

indents() { sed 's/^/    /' "$SECRET_FILE"; }
unambiguous() { sed -n l "$SECRET_FILE"; }
unambiguous_one_line() { sed -n 'l 0' "$SECRET_FILE"; }
unambiguous_c_locale() { LC_ALL=C sed -n l "$SECRET_FILE"; }
joins() { sed ':a;N;$!ba;s/\n/\\n/g' "$SECRET_FILE"; }
escapes_for_sed() { sed 's/[&/\]/\\&/g' "$SECRET_FILE"; }
escapes_for_regex() { sed 's/[][\.*^$/]/\\&/g' "$SECRET_FILE"; }
escapes_properties() { sed 's/[\\=:#!]/\\&/g' "$SECRET_FILE"; }
escapes_for_cmd() { sed 's/[&|<>^%]/^&/g' "$SECRET_FILE"; }
escapes_markdown() { sed 's/[\\`*_{}()#+.!|<>~[-]/\\&/g; s/]/\\]/g' "$SECRET_FILE"; }
no_file() { sed p "$SECRET"; }

each indents unambiguous unambiguous_one_line unambiguous_c_locale joins escapes_for_sed \
    escapes_for_regex escapes_properties escapes_for_cmd escapes_markdown no_file
