. "$PRINTERS/prelude.sh"

query() { psql -qX "$@"; }
select() { printf '%s\n' "select 'one' as name, :'s' as token;" | query -v "s=$SECRET" "$@"; }

aligned() { select; }
bordered() { select -P border=2; }
unicode_border() { select -P border=2 -P linestyle=unicode; }
old_ascii() { select -P linestyle=old-ascii; }
expanded() { select -x; }
unaligned() { select -A; }
tuples() { select -At; }
csv() { select --csv; }
html() { select -H; }
wrapped() { select -P format=wrapped -P columns=60; }
asciidoc() { select -P format=asciidoc; }
echo_queries() { select -e; }
echo_all() { select -a; }
json() { echo "select json_build_object('token', :'s'::text);" | query -v "s=$SECRET"; }
bytes() { echo "select convert_to(:'s', 'UTF8');" | query -v "s=$SECRET"; }
escaped_bytes() { echo "select encode(convert_to(:'s', 'UTF8'), 'escape');" | query -v "s=$SECRET"; }
base64() { echo "select encode(convert_to(:'s', 'UTF8'), 'base64');" | query -v "s=$SECRET"; }
array() { echo "select array['x', :'s'];" | query -v "s=$SECRET"; }
row() { echo "select row('x', :'s');" | query -v "s=$SECRET"; }
quoted() { echo "select quote_literal(:'s'), quote_ident(:'s');" | query -v "s=$SECRET"; }
duplicate_key() {
    printf '%s\n' "create temp table t (token text primary key);" \
        "insert into t values (:'s'); insert into t values (:'s');" | query -v "s=$SECRET"
}
not_null() {
    printf '%s\n' "create temp table t (token text, name text not null);" \
        "insert into t values (:'s', null);" | query -v "s=$SECRET"
}
not_a_number() { echo "select :'s'::integer;" | query -v "s=$SECRET"; }
no_column() { echo "select :'s', nothing from pg_class;" | query -v "s=$SECRET"; }
no_identifier() { echo 'select :"s" from pg_class;' | query -v "s=$SECRET"; }
create_role() { echo "begin; create role r password :'s' nothing;" | query -v "s=$SECRET"; }
echo_variable() { printf '%s\n' '\echo :s' "\\echo :'s'" '\set' | query -v "s=$SECRET"; }
copy() { echo "copy (select :'s') to stdout;" | query -v "s=$SECRET"; }
no_database() { psql -X "dbname=none password=x application_name=y options='-c x=$SECRET'"; }
bad_address() { psql -X "postgresql://u:$SECRET@127.0.0.1:1/db"; }
bad_conninfo() { psql -X "host=127.0.0.1 port=1 password=$SECRET"; }

each aligned bordered unicode_border old_ascii expanded unaligned tuples csv html wrapped asciidoc \
    echo_queries echo_all json bytes escaped_bytes base64 array row quoted duplicate_key not_null \
    not_a_number no_column no_identifier create_role echo_variable copy no_database bad_address \
    bad_conninfo
