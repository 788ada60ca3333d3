. "$PRINTERS/prelude.sh"

# In a makefile: dollar signs twice, and line ends as the shell's.
makefile() {
    { printf 'SHELL = /bin/bash\nall:\n\t: '; printf '%s\n' "$SECRET_SHELL" | sed 's/\$/$$/g; $ !s/$/\\/'; } >Makefile
}
dry_run() { makefile; make -n; }
echoes() { makefile; make; }
trace() { makefile; make --trace; }
debug() { makefile; make -d | grep -v -i 'implicit rule\|impossible\|trying'; }
fails() { printf 'all:\n\t@echo "$$SECRET"; false\n' >Makefile; make; }
exported() { printf 'all:\n\t@env\n' >Makefile; make; }
set_x() { printf 'all:\n\t@set -x; : "$$SECRET"\n' >Makefile; make; }
info() { printf '$(info $(value SECRET))\nall:\n' >Makefile; make; }
warning() { printf '$(warning $(value SECRET))\nall:\n' >Makefile; make; }
error() { printf '$(error $(value SECRET))\nall:\n' >Makefile; make; }
database() { printf 'all:\n' >Makefile; make -p -R -r; }
no_target() { make "$SECRET"; }
variable() { printf 'all:\n\t@echo $(MAKEFLAGS) "$$MAKEFLAGS"\n' >Makefile; make "TOKEN=$SECRET"; }

each dry_run echoes trace debug fails exported set_x info warning error database no_target variable
