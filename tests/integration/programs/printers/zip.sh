. "$PRINTERS/prelude.sh"

named() { case $SECRET in */*) false ;; *) mkdir -p "in/$SECRET" 2>/dev/null ;; esac; }

adds() { named && zip -r out.zip in; }
adds_verbose() { named && zip -rv out.zip in; }
lists() { named && zip -qr out.zip in && unzip -l out.zip; }
lists_verbose() { named && zip -qr out.zip in && unzip -v out.zip; }
zipinfo_lists() { named && zip -qr out.zip in && zipinfo out.zip; }
extracts() { named && zip -qr out.zip in && unzip out.zip -d other; }
comment() { cp "$SECRET_FILE" f; zip -qz out.zip f <"$SECRET_FILE"; unzip -z out.zip; }
stores() { cp "$SECRET_FILE" f; zip -q0 out.zip f; unzip -c out.zip; }
no_file() { zip out.zip "$SECRET"; }
no_archive() { unzip "$SECRET"; }

each adds adds_verbose lists lists_verbose zipinfo_lists extracts comment stores no_file no_archive
