. "$PRINTERS/prelude.sh"

canonical() { hexdump -C "$SECRET_FILE"; }
characters() { hexdump -c "$SECRET_FILE"; }
octal() { hexdump -b "$SECRET_FILE"; }
formatted() { hexdump -v -e '/1 "%02x"' "$SECRET_FILE"; }
formatted_text() { hexdump -v -e '"%_p"' "$SECRET_FILE"; }
no_file() { hexdump "$SECRET"; }

each canonical characters octal formatted formatted_text no_file
