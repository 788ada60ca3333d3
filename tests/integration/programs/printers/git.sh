. "$PRINTERS/prelude.sh"

export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_EDITOR=true
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
new() { git init -q -b main .; }
commit() { new; cp "$SECRET_FILE" file; git add file; git commit -qm "${1:-message}"; }

trace() { new; GIT_TRACE=1 git log --grep "$SECRET"; }
trace2() { new; GIT_TRACE2=1 git log --grep "$SECRET"; }
trace2_event() { new; GIT_TRACE2_EVENT=1 git log --grep "$SECRET"; }
trace_alias() { new; git config alias.x '!printf "%s\n"'; GIT_TRACE=1 git x "$SECRET"; }
extra_header() {
    GIT_CURL_VERBOSE=1 git -c "http.extraHeader=Authorization: Bearer $SECRET" ls-remote "$SERVER/r.git"
}
extra_header_unredacted() {
    GIT_TRACE_REDACT=0 GIT_TRACE_CURL=1 \
        git -c "http.extraHeader=Authorization: Bearer $SECRET" ls-remote "$SERVER/r.git"
}
basic_unredacted() {
    printf 'username=u\npassword=%s\n' "$SECRET" >answer
    GIT_TRACE_REDACT=0 GIT_TRACE_CURL=1 \
        git -c "credential.helper=!cat answer #" ls-remote "$SERVER/private.git"
}
password_in_url() {
    GIT_TRACE=1 git ls-remote "http://user:$SECRET_URL@${SERVER#http://}/r.git"
}
token_in_remote() {
    new
    git remote add origin "https://$SECRET_URL@github.com/o/r"
    git remote -v; git config --list; cat .git/config
}
configured() { new; git config section.key "$SECRET"; git config --list; cat .git/config; }
configured_once() { git -c "section.key=$SECRET" config --get section.key; }
credential_fill() {
    printf 'protocol=https\nhost=h\nusername=u\npassword=%s\n\n' "$SECRET" | git credential fill
}
log_message() { commit "$SECRET"; git log; }
log_oneline() { commit "$SECRET"; git log --oneline --decorate --format='%h %s'; }
show_patch() { commit; git show; }
show_coloured() { commit; git show --color --word-diff=color; }
word_diff() { commit; echo other >file; git diff --word-diff; }
blame() { commit; git blame file; }
grep_it() { commit; git grep -n -e . ; }
conflict() {
    commit; git checkout -qb other; echo one >file; git commit -qam one
    git checkout -q main; echo two >>file; git commit -qam two; git merge other; git diff; cat file
}
file_name() { new; touch "./$SECRET" && git add . && git status -s; }
sq_quote() { git rev-parse --sq-quote "$SECRET"; }
no_revision() { new; git log "$SECRET"; }
no_branch() { commit; git checkout "$SECRET"; }
no_path() { new; git add -- "$SECRET"; }
no_command() { git "$SECRET"; }
no_repository() { git clone -q "./$SECRET" copy; }
unusable_url() { git ls-remote "https://user:$SECRET@localhost:1/r"; }

each trace trace2 trace2_event trace_alias extra_header extra_header_unredacted \
    basic_unredacted password_in_url token_in_remote configured configured_once credential_fill \
    log_message log_oneline show_patch show_coloured word_diff blame grep_it conflict file_name \
    sq_quote no_revision no_branch no_path no_command no_repository unusable_url
