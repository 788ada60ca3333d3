. "$PRINTERS/prelude.sh"

prints() { awk '{ print }' "$SECRET_FILE"; }
numbers() { awk '{ print FILENAME ":" NR ": " $0 }' /dev/null "$SECRET_FILE"; }
environment() { awk 'BEGIN { print ENVIRON["SECRET"] }'; }
assigned() { awk -v "s=$SECRET" 'BEGIN { print s }'; }
joins_words() { awk '{ $1 = $1; print }' "$SECRET_FILE"; }
bracketed() { awk '{ printf "[%s]\n", $0 }' "$SECRET_FILE"; }
warns() { awk 'BEGIN { print ENVIRON["SECRET"] > "/dev/stderr" }'; }
no_file() { awk '{ print }' "$SECRET"; }

each prints numbers environment assigned joins_words bracketed warns no_file
