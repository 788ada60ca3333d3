. "$PRINTERS/prelude.sh"

base64_wraps() { openssl enc -base64 -in "$SECRET_FILE"; }
base64_line() { openssl enc -base64 -A -in "$SECRET_FILE"; }
base64_of_user() { printf 'user:%s' "$SECRET" | openssl base64 -A; }
no_option() { openssl enc "-$SECRET"; }
no_file() { openssl enc -base64 -in "$SECRET"; }
asn1_string() { openssl asn1parse -genstr "UTF8:$SECRET" -i; }

each base64_wraps base64_line base64_of_user no_option no_file asn1_string
