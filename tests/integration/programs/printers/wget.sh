. "$PRINTERS/prelude.sh"

header() { wget -d -O /dev/null --header "X-Token: $SECRET" "$SERVER"; }
password() { wget -d -O /dev/null --user u --auth-no-challenge --password "$SECRET" "$SERVER"; }
query() { wget -d -O /dev/null "$SERVER/?token=$SECRET"; }
post() { wget -d -O /dev/null --post-data "token=$SECRET" "$SERVER"; }
path() { wget "$SERVER/get/$SECRET/file" -O /dev/null; }
no_host() { wget -t 1 -T 1 "http://$SECRET/"; }
output_file() { wget -O "./$SECRET" "$SERVER"; }
wgetrc() { printf 'header = X-Token: %s\n' "$SECRET" >rc; WGETRC=rc wget -d -O /dev/null "$SERVER"; }

each header password query post path no_host output_file wgetrc
