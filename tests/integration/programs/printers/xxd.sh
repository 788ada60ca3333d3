. "$PRINTERS/prelude.sh"

plain() { xxd -p "$SECRET_FILE"; }
plain_upper() { xxd -p -u "$SECRET_FILE"; }
plain_indented() { xxd -p "$SECRET_FILE" | sed 's/^/        /'; }
plain_numbered() { xxd -p "$SECRET_FILE" | cat -n; }
plain_one_line() { xxd -p -c 0 "$SECRET_FILE"; }
dumps() { xxd "$SECRET_FILE"; }
dumps_bytes() { xxd -g 1 "$SECRET_FILE"; }
dumps_narrow() { xxd -c 8 "$SECRET_FILE"; }
included() { xxd -i <"$SECRET_FILE"; }
no_file() { xxd "$SECRET"; }

each plain plain_upper plain_indented plain_numbered plain_one_line dumps dumps_bytes \
    dumps_narrow included no_file
