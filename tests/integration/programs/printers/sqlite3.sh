. "$PRINTERS/prelude.sh"

# A literal of SQL: quotes twice.
literal() { printf "'"; printf '%s' "$SECRET" | sed "s/'/''/g"; printf "'"; }
select() { printf '.mode %s\nselect 1 as id, %s as token;\n' "$1" "$(literal)" | sqlite3 -batch; }

list() { select list; }
csv() { select csv; }
json() { select json; }
quote() { select quote; }
insert() { select insert; }
line() { select line; }
box() { select box; }
table() { select table; }
markdown() { select markdown; }
tcl() { select tcl; }
html() { select html; }
tabs() { select tabs; }
hexadecimal() { printf 'select hex(%s);\n' "$(literal)" | sqlite3 -batch; }
dumps() { printf 'create table t(x);insert into t values(%s);\n.dump\n' "$(literal)" | sqlite3 -batch; }
echoes() { printf '.echo on\nselect %s;\n' "$(literal)" | sqlite3 -batch; }
expanded_sql() { printf '.trace stdout\nselect %s;\n' "$(literal)" | sqlite3 -batch; }
no_column() { sqlite3 -batch :memory: "select \"$SECRET\" from sqlite_schema"; }
no_file() { sqlite3 -batch -readonly "$SECRET" 'select 1'; }

each list csv json quote insert line box table markdown tcl html tabs hexadecimal dumps echoes \
    expanded_sql no_column
