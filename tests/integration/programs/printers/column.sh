. "$PRINTERS/prelude.sh"

row() { printf 'name\t%s\tend\n' "$(printf '%s' "$SECRET" | tr '\n' ' ')"; }

table() { row | column -t -s '	'; }
table_of_words() { row | column -t; }
json() { row | column -t -s '	' -J -N a,token,b; }
wrapped() { row | column -t -s '	' -N a,token,b -W token -c 50; }
truncated() { row | column -t -s '	' -N a,token,b -T token -c 50; }
filled() { column "$SECRET_FILE"; }
no_option() { column "--$SECRET"; }

each table table_of_words json wrapped truncated filled no_option
