. "$PRINTERS/prelude.sh"
. "$PRINTERS/shell.sh"

echo_e() { echo -e "$SECRET"; }
env_lists() { busybox env; }
base64_wraps() { busybox base64 "$SECRET_FILE"; }
xxd_plain() { busybox xxd -p "$SECRET_FILE"; }
xxd_dumps() { busybox xxd "$SECRET_FILE"; }
hexdump_c() { busybox hexdump -C "$SECRET_FILE"; }
od_c() { busybox od -c "$SECRET_FILE"; }
ls_no_file() { busybox ls "$SECRET"; }
diff_u() { echo other | busybox diff -u - "$SECRET_FILE"; }
awk_print() { busybox awk '{ print NR ": " $0 }' "$SECRET_FILE"; }
sed_indents() { busybox sed 's/^/    /' "$SECRET_FILE"; }
is_missing() { : "${missing?$SECRET}"; }

each is_missing echo_e env_lists base64_wraps xxd_plain xxd_dumps hexdump_c od_c ls_no_file diff_u awk_print \
    sed_indents
