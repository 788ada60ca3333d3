fconfigure stdout -encoding utf-8
proc shown {code} { upvar s s; if {[catch {uplevel 1 $code} message]} { puts $message; puts $::errorInfo } }
set methods {
    puts {puts $s}
    listed {puts [list token $s]}
    nested {puts [list a [list b $s]]}
    dictionary {puts [dict create token $s]}
    not_a_number {shown {incr s}}
    not_an_expression {shown {expr $s + 1}}
    no_command {shown {$s}}
    no_file {shown {open $s}}
    no_program {shown {exec $s}}
    raised {shown {error "token $s refused"}}
    scanned {puts [binary encode hex [encoding convertto utf-8 $s]]}
    base64 {puts [binary encode base64 -maxlen 60 [encoding convertto utf-8 $s]]}
    braces {puts "{$s}"}
    format {puts [format %-80s| $s]}
}
foreach file [lsort [glob $::env(SECRETS)/*]] {
    set channel [open $file]; fconfigure $channel -encoding utf-8
    set s [string trimright [read $channel] \n]; close $channel
    foreach {method code} $methods {
        puts "\n\x1e$method\x1f[file tail $file]"
        catch $code
    }
}
