. "$PRINTERS/prelude.sh"

header() { curl -sv -H "X-Token: $SECRET" "$SERVER"; }
bearer_in_configuration() {
    printf 'header = "Authorization: Bearer %s"\n' "$SECRET" | curl -sv -K - "$SERVER"
}
user() { curl -sv -u "user:$SECRET" "$SERVER"; }
proxy_user() { curl -sv -x "$SERVER" -U "user:$SECRET" http://other.example.org/; }
cookie() { curl -sv -b "session=$SECRET" "$SERVER"; }
query() { curl -sv -G --data-urlencode "token=$SECRET" "$SERVER"; }
trace_ascii() { curl -s --trace-ascii - --data-binary "token=$SECRET" "$SERVER"; }
trace_form() { curl -s --trace-ascii - --data-urlencode "token@$SECRET_FILE" "$SERVER"; }
trace_dump() { curl -s --trace - --data-binary "@$SECRET_FILE" "$SERVER"; }
effective_url() { curl -s -G --data-urlencode "t=$SECRET" -w '%{url_effective} %{json}\n' "$SERVER"; }
no_url() { curl -sS "$SECRET"; }
no_host() { curl -sS "http://$SECRET/"; }
no_option() { curl -sS "--$SECRET" "$SERVER"; }
no_file() { curl -sS -T "$SECRET" "$SERVER"; }
libcurl() { curl -s --libcurl - -H "X-Token: $SECRET" -o /dev/null "$SERVER"; }

each header bearer_in_configuration user proxy_user cookie query trace_ascii trace_form \
    trace_dump effective_url no_url no_host no_option no_file libcurl
