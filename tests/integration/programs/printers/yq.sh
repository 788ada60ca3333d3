. "$PRINTERS/prelude.sh"

object='{token: env.SECRET, list: [env.SECRET], deep: {er: {token: env.SECRET}},
    json: ({token: env.SECRET} | tojson), encoded: (env.SECRET | @base64)}'

yaml() { echo '{}' | yq -y "$object"; }
json() { echo '{}' | yq "$object"; }

each yaml json
