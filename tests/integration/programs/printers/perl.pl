# What Perl prints. Each block is called with every secret.

use strict;
use warnings;
use Carp ();
use Data::Dumper;
use Encode qw(decode encode);
use JSON::PP;
use MIME::Base64;
use Text::ParseWords;
use Text::Wrap ();

open STDERR, '>&', \*STDOUT or die;
binmode STDOUT, ':utf8';
binmode STDERR, ':utf8';
$| = 1;

sub dumped {
    my ($value, %options) = @_;
    my $dumper = Data::Dumper->new([$value]);
    $dumper->$_($options{$_}) for keys %options;
    return $dumper->Dump;
}

sub login { Carp::confess('login failed') }
sub login_croak { Carp::cluck('login failed') }

my @methods = (
    print => sub { print "$_[0]\n" },
    dumper => sub { print dumped({ token => $_[0] }) },
    dumper_terse => sub { print dumped([$_[0]], Terse => 1, Indent => 0), "\n" },
    dumper_useqq => sub { print dumped({ token => $_[0] }, Useqq => 1) },
    dumper_bytes => sub { print dumped({ token => encode('UTF-8', $_[0]) }, Useqq => 1) },
    json => sub { print JSON::PP->new->canonical->encode({ token => $_[0] }), "\n" },
    json_pretty => sub { print JSON::PP->new->pretty->encode({ token => $_[0] }), "\n" },
    json_ascii => sub { print JSON::PP->new->ascii->encode({ token => $_[0] }), "\n" },
    quotemeta => sub { print quotemeta($_[0]), "\n" },
    regex => sub { print qr/^\Q$_[0]\E$/, "\n" },
    die => sub { die "login failed: $_[0]\n" },
    die_with_line => sub { die "login failed: $_[0]" },
    warn => sub { warn "password is '$_[0]'" },
    confess => sub { login('u', $_[0]) },
    cluck => sub { login_croak($_[0]) },
    not_numeric => sub { my $n = $_[0] + 1; print "$n\n" },
    base64 => sub { print encode_base64(encode('UTF-8', $_[0])) },
    base64_line => sub { print encode_base64('u:' . encode('UTF-8', $_[0]), ''), "\n" },
    hex => sub { print unpack('H*', encode('UTF-8', $_[0])), "\n" },
    hex_spaced => sub { print join(' ', map { sprintf '%02x', ord } split //, encode('UTF-8', $_[0])), "\n" },
    bytes => sub { print join(', ', unpack 'C*', encode('UTF-8', $_[0])), "\n" },
    uri => sub { my $u = encode('UTF-8', $_[0]); $u =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge; print "$u\n" },
    html => sub { my %e = ('&' => '&amp;', '<' => '&lt;', '>' => '&gt;', '"' => '&quot;', "'" => '&#39;'); (my $h = $_[0]) =~ s/([&<>"'])/$e{$1}/g; print "$h\n" },
    words => sub { print join('|', split ' ', $_[0]), "\n" },
    wrapped => sub { local $Text::Wrap::columns = 40; print Text::Wrap::wrap('', '  ', "The password is $_[0]"), "\n" },
    no_file => sub { open my $f, '<', $_[0] or die "cannot open $_[0]: $!\n" },
    no_method => sub { my $m = $_[0]; main->$m },
    no_code => sub { eval "1 $_[0]" or die $@ },
    environment => sub { binmode STDOUT, ':raw'; print dumped({%ENV}, Sortkeys => 1); binmode STDOUT, ':utf8' },
    sprintf => sub { printf "%-60s|%s|\n", $_[0], $_[0] },
    literal => sub { (my $l = $_[0]) =~ s/([\\\$\@"])/\\$1/g; print "my \$x = \"$l\";\n" },
    single_quoted => sub { (my $l = $_[0]) =~ s/([\\'])/\\$1/g; print "my \$x = '$l';\n" },
);

my %secrets;
for my $path (glob "$ENV{SECRETS}/*") {
    open my $file, '<:utf8', $path or die;
    local $/;
    my $text = <$file>;
    $text =~ s/\n\z//;
    $secrets{ $path =~ s{.*/}{}r } = $text;
}
while (my ($name, $method) = splice @methods, 0, 2) {
    for my $kind (sort keys %secrets) {
        $ENV{SECRET} = encode('UTF-8', $secrets{$kind});
        print "\x1e$name\x1f$kind\n";
        eval { $method->($secrets{$kind}); 1 } or print $@;
    }
}
