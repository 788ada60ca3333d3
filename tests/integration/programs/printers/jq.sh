. "$PRINTERS/prelude.sh"

# Starting jq takes long, so one run goes on to what most methods make.
program='
def mark($method): "\u001e\($method)\u001f\($kind)";
env.SECRET,
mark("compact"), ({token: env.SECRET, list: [env.SECRET]} | tojson),
mark("indented"), {a: {b: {token: env.SECRET}}},
mark("json_in_json"), {config: ({token: env.SECRET} | tojson)},
mark("json_in_json_in_json"), ({token: env.SECRET} | tojson | tojson | tojson),
mark("shell"), @sh "curl -u \(env.SECRET)",
mark("shell_in_json"), {cmd: (["curl", "-u", env.SECRET] | @sh)},
mark("double_quoted_in_json"), {cmd: "curl -H \"X-Token: \(env.SECRET)\""},
mark("uri"), @uri "https://h/?token=\(env.SECRET)",
mark("uri_in_uri"), @uri "https://h/?to=\(@uri "https://g/?token=\(env.SECRET)")",
mark("json_in_uri"), ({token: env.SECRET} | tojson | @uri),
mark("html"), @html "<a title=\"\(env.SECRET)\">",
mark("csv"), ([1, env.SECRET, "x"] | @csv),
mark("tsv"), ([1, env.SECRET, "x"] | @tsv),
mark("base64"), (env.SECRET | @base64),
mark("base64_of_user"), "Authorization: Basic " + ("user:" + env.SECRET | @base64),
mark("base64_of_json"), ({auths: {"r.example.org": {password: env.SECRET}}} | tojson | @base64),
mark("docker_config"), ({auths: {r: {auth: ("user:" + env.SECRET | @base64)}}}
    | {data: {".dockerconfigjson": (tojson | @base64)}}),
mark("base64_of_base64"), (env.SECRET | @base64 | @base64),
mark("code_points"), (env.SECRET | explode | tojson)
'

raw() { jq -nr --arg kind "$kind" "$program"; }
ascii() { jq -na '{token: env.SECRET}'; }
coloured() { jq -nC '{token: env.SECRET}'; }
lines() { jq -R . "$SECRET_FILE"; }
error() { jq -n '{token: env.SECRET} | error'; }
debugged() { jq -n '{token: env.SECRET} | debug | empty'; }
no_file() { jq . "$SECRET"; }
no_program() { jq -n "$SECRET"; }

each raw ascii coloured lines error debugged no_file no_program
