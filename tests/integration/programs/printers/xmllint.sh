. "$PRINTERS/prelude.sh"

escaped() { sed 's/&/\&amp;/g; s/</\&lt;/g; s/"/\&quot;/g' "$SECRET_FILE"; }

element() { { echo '<t>'; escaped; echo '</t>'; } | xmllint -; }
ascii() { { echo '<t>'; escaped; echo '</t>'; } | xmllint --encode US-ASCII -; }
attribute() { { printf '<t a="'; escaped; printf '"/>'; } | xmllint --format -; }
canonical() { { printf '<t a="'; escaped; printf '"/>'; } | xmllint --c14n -; }
html() { { printf '<p>'; escaped; printf '</p>'; } | xmllint --html -; }
debug() { { printf '<t a="'; escaped; printf '">x</t>'; } | xmllint --debug -; }
not_well_formed() { { printf '<t><a>'; escaped; printf '</t>'; } | xmllint --noout -; }
no_file() { xmllint "$SECRET"; }

each element ascii attribute canonical html debug not_well_formed no_file
