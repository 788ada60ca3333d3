. "$PRINTERS/prelude.sh"

characters() { od -c "$SECRET_FILE"; }
characters_without_offset() { od -An -c "$SECRET_FILE"; }
named() { od -a "$SECRET_FILE"; }
hexadecimal() { od -tx1 "$SECRET_FILE"; }
hexadecimal_without_offset() { od -An -v -tx1 "$SECRET_FILE"; }
hexadecimal_joined() { od -An -v -tx1 "$SECRET_FILE" | tr -d ' \n'; }
hexadecimal_and_text() { od -A x -t x1z "$SECRET_FILE"; }
octal_bytes() { od -b "$SECRET_FILE"; }
decimal_bytes() { od -An -tu1 "$SECRET_FILE"; }
no_file() { od "$SECRET"; }

each characters characters_without_offset named hexadecimal hexadecimal_without_offset \
    hexadecimal_joined hexadecimal_and_text octal_bytes decimal_bytes no_file
