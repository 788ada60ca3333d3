. "$PRINTERS/prelude.sh"

execve() { strace -s 4096 -e trace=execve true "$SECRET"; }
execve_environment() { strace -v -s 4096 -e trace=execve true; }
execve_truncated() { strace -e trace=execve true "$SECRET"; }
reads() { strace -s 4096 -e trace=read cat "$SECRET_FILE"; }
reads_hexadecimal() { strace -xx -s 4096 -e trace=execve true "$SECRET"; }
reads_dump() { strace -e trace=read -e read=3 cat "$SECRET_FILE"; }
opens() { strace -e trace=openat cat "$SECRET"; }
follows() { strace -f -s 4096 -e trace=execve sh -c 'true; /bin/echo "$SECRET"'; }

each execve execve_environment execve_truncated reads reads_hexadecimal reads_dump opens follows
