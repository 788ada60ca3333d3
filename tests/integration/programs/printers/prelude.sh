# Read by every script for a shell. `each FUNCTION...` calls functions once for every secret, each in
# a directory of its own. The secret is in $SECRET and in the file $SECRET_FILE; $SECRET_URL and
# $SECRET_SHELL have it percent-encoded, and in single quotes.

exec 2>&1

each() {
    for SECRET_FILE in "$SECRETS"/*; do
        kind=${SECRET_FILE##*/}
        SECRET=$(cat "$SECRET_FILE")
        SECRET_URL=$(cat "$ESCAPED/$kind.url")
        SECRET_SHELL=$(cat "$ESCAPED/$kind.shell")
        export SECRET SECRET_FILE
        (mkdir -p "$kind" && cd "$kind" && mkdir "$@")
        for method in "$@"; do
            printf '\036%s\037%s\n' "$method" "$kind"
            (cd "$kind/$method" && "$method")
        done
    done
}
