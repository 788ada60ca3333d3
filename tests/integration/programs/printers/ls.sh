. "$PRINTERS/prelude.sh"

# A directory of that name, if it can be one: short enough, and without a slash.
named() { case $SECRET in */*) false ;; *) mkdir -p "$SECRET" 2>/dev/null ;; esac; }
styled() { named && ls -1 --quoting-style="$1"; }

plain() { named && ls -1; }
long() { named && ls -l; }
escaped() { named && ls -b; }
escaped_c_locale() { named && LC_ALL=C ls -b; }
quoted() { named && ls -Q; }
quoted_c_locale() { named && LC_ALL=C ls -Q; }
literal() { styled literal; }
locale() { styled locale; }
shell() { styled shell; }
shell_always() { styled shell-always; }
shell_escape() { styled shell-escape; }
shell_escape_c_locale() { LC_ALL=C styled shell-escape; }
shell_escape_always() { styled shell-escape-always; }
c() { styled c; }
c_maybe() { styled c-maybe; }
escape() { styled escape; }
coloured() { named && ls -1 --color=always; }
recursive() { named && ls -R; }
find_lists() { named && find . -ls; }
find_prints() { named && find . -printf '%P\n'; }
stat_name() { named && stat -c %N ./*; }
du_lists() { named && du -a; }
removes() { named && rm -rv ./*; }
moves() { named && mv -v ./* other; }
no_file() { ls "$SECRET"; }

each plain long escaped escaped_c_locale quoted quoted_c_locale literal locale shell shell_always \
    shell_escape shell_escape_c_locale shell_escape_always c c_maybe escape coloured recursive \
    find_lists find_prints stat_name du_lists removes moves no_file
