. "$PRINTERS/prelude.sh"

wraps() { base64 "$SECRET_FILE"; }
one_line() { base64 -w 0 "$SECRET_FILE"; }
of_user() { printf 'user:%s' "$SECRET" | base64 -w 0; }
inside() { { printf '{"k": "'; cat "$SECRET_FILE"; printf '"}'; } | base64; }
inside_later() { { printf '{"ke": "'; cat "$SECRET_FILE"; printf '"}'; } | base64 -w 0; }
indented() { base64 -w 20 "$SECRET_FILE" | sed 's/^/    /'; }
yaml_block() { echo 'token: |'; base64 "$SECRET_FILE" | sed 's/^/  /'; }
ldif() { printf 'userPassword:: '; base64 -w 60 "$SECRET_FILE" | sed '2,$ s/^/ /'; }
as_added_lines() { base64 "$SECRET_FILE" | sed 's/^/+/'; }
as_docker_steps() { base64 "$SECRET_FILE" | sed 's/^/#6 0.123 /'; }
with_timestamps() { base64 "$SECRET_FILE" | sed 's/^/2026-01-02T03:04:05.678Z /'; }
numbered() { base64 "$SECRET_FILE" | cat -n; }
folded() { base64 -w 0 "$SECRET_FILE" | fold -w 30; }
url() { basenc --base64url -w 0 "$SECRET_FILE"; }
hexadecimal() { basenc --base16 -w 0 "$SECRET_FILE"; }
hexadecimal_wraps() { basenc --base16 -w 40 "$SECRET_FILE"; }
twice() { base64 -w 0 "$SECRET_FILE" | base64 -w 0; }
no_file() { base64 "$SECRET"; }

each wraps one_line of_user inside inside_later indented yaml_block ldif as_added_lines \
    as_docker_steps with_timestamps numbered folded url hexadecimal hexadecimal_wraps twice \
    no_file
