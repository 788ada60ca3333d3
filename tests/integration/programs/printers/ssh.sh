. "$PRINTERS/prelude.sh"

go() { ssh -F none -o BatchMode=yes -o ConnectTimeout=1 -o UserKnownHostsFile=none "$@" nowhere; }

proxy_command() { go -v -o "ProxyCommand=false '$SECRET'"; }
identity() { go -v -i "$SECRET" -o ProxyCommand=false; }
set_environment() { go -G -o "SetEnv=TOKEN=$SECRET"; }
no_option() { go -o "$SECRET"; }
configuration() { printf 'Host *\n  User %s\n' "$SECRET" >conf; ssh -v -G -F conf nowhere; }

each proxy_command identity set_environment no_option configuration
