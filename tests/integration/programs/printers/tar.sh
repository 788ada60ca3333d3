. "$PRINTERS/prelude.sh"

named() { case $SECRET in */*) false ;; *) mkdir -p "in/$SECRET" 2>/dev/null ;; esac; }
styled() { named && tar -cf - in | tar -tv --quoting-style="$1"; }

creates() { named && tar -cvf /dev/null in; }
lists() { named && tar -cf - in | tar -tv; }
lists_c_locale() { named && tar -cf - in | LC_ALL=C tar -tv; }
lists_literal() { styled literal; }
lists_shell() { styled shell; }
lists_c() { styled c; }
extracts() { named && tar -cf - in | tar -xv; }
archives() { cp "$SECRET_FILE" f; tar -cf - f | tr -d '\0'; }
pax_headers() { named && tar -cf - -H pax in | tr -d '\0'; }
no_file() { tar -cf /dev/null "$SECRET"; }
no_archive() { tar -tf "$SECRET"; }

each creates lists lists_c_locale lists_literal lists_shell lists_c extracts archives pax_headers \
    no_file no_archive
