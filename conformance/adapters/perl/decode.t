#!/usr/bin/env perl
# The decoder against the annotated hexdumps of the draft, and against faults. Run: prove conformance/adapters/perl/decode.t

use v5.36;
use FindBin;
use JSON::PP qw(decode_json);
use Test::More;

no warnings 'portable';    # incarnations are 64 bits

require "$FindBin::Bin/decode.pl";

# A dump: its octets, and its annotations as [offset, path, octets that they stand beside].
sub dump_of ($type) {
    open my $file, '<', "$FindBin::Bin/../../../spec/hexdumps/$type.txt" or die "$type.txt: $!";
    my ($octets, @notes) = ('');
    while (my $line = <$file>) {
        next if $line !~ /^([0-9a-f]{4})  ((?:[0-9a-f]{2} ?)*) *(?:; (\S+) = (.*))?$/;
        my ($offset, $digits, $path, $note) = ($1, $2, $3, $4);
        push @notes, [hex $offset, $path, ''] if defined $path;
        my $piece = pack 'H*', $digits =~ s/ //gr;
        $octets .= $piece;
        $notes[-1][2] .= $piece;
    }
    return ($octets, @notes);
}

my $INTEGER = qr/
    ^(?:magic|version|type|protection|reserved|length|incarnation|sequence|sender_index|counter|acknowledged|first_sequence)$
    | count$ | length$ | [.]type$ | timestamp$ | kind$ | fragment_ | ^suites
/x;
my $plainly = sub ($associated, $sealed, $prefix) { substr $sealed, 0, -16 };

sub reason_of ($octets) {
    eval { decode($octets, $plainly); 1 } and return 'taken';
    return ref $@ ? $@->{reason} : $@;
}

# A copy with octets replaced at an offset, and the length field mended.
sub changed ($octets, $at, $new, $old = length $new) {
    substr($octets, $at, $old) = $new;
    substr($octets, 6, 2) = pack 'n', length($octets) - 24;
    return $octets;
}

for my $type (qw(HELLO2 UP DATA)) {
    my ($octets, @notes) = dump_of($type);
    my @fields = @{decode($octets, $plainly)};
    for my $note (grep { length $_->[2] } @notes) {
        my $field = shift @fields;
        my $value = $field->[2];
        my $size  = length $note->[2];
        my $is_integer = $field->[1] =~ $INTEGER;
        my $expected = $is_integer ? hex unpack 'H*', $note->[2] : unpack 'H*', $note->[2];
        is("@{$field}[0, 1] $value", "@{$note}[0, 1] $expected", "$type: $note->[1]");
    }
    is(scalar @fields, 0, "$type has fields that the draft does not show");
    my @taken = grep { reason_of(substr $octets, 0, $_) eq 'taken' } 0 .. length($octets) - 1;
    is("@taken", '', "$type cut off anywhere is taken");
}

my ($hello) = dump_of('HELLO2');
my ($up)    = dump_of('UP');
my ($data)  = dump_of('DATA');
my @faults = (
    ['bad-magic', changed($up, 0, "\0")],
    ['unknown-version', changed($up, 2, "\2")],
    ['unknown-type', changed($up, 3, "\x12")],
    ['wrong-protection', changed($up, 4, "\0")],
    ['reserved-nonzero', changed($up, 5, "\1")],
    ['bad-length', "$up\0"],
    ['datagram-too-long', changed($hello, 0xe1, "\0" x 1100, 0)],
    ['short-frame', changed(substr($up, 0, 24 + 143), 0, '')],
    ['reserved-nonzero', changed($data, 0x2a, "\0\1")],
    ['count-out-of-range', changed($hello, 0xc8, "\0")],
    ['count-out-of-range', changed($hello, 0xc8, "\x09")],
    ['count-out-of-range', changed($hello, 0xcb, "\0\0")],
    ['count-out-of-range', changed($up, 0x88, "\x40")],
    ['truncated-body', changed($up, 0x88, "\x3f")],
    ['count-out-of-range', changed($data, 0x44, "\1\1")],
    ['truncated-body', changed($data, 0x51, "\xff\xff")],
    ['extension-overrun', changed($up, 0xe9, "\0\1\0", 0)],
    ['extension-overrun', changed($up, 0xe9, "\0\1\0\1", 0)],
    ['unknown-critical-extension', changed($up, 0xe9, "\x80\2\0\0", 0)],
    ['duplicate-extension', changed($up, 0xe9, "\0\1\0\0\0\1\0\0", 0)],
    ['padding-nonzero', changed($up, 0xe9, "\0\1\0\1\7", 0)],
    ['too-many-extensions', changed($up, 0xe9, join('', map { pack 'n n', 0x100 + $_, 0 } 0 .. 16), 0)],
    ['taken', changed($up, 0xe9, join('', map { pack 'n n', 0x100 + $_, 0 } 0 .. 15), 0)],
);
is(reason_of($_->[1]), $_->[0], "a fault passes or has another reason than $_->[0]") for @faults;

# RFC 8439 sections 2.3.2 and 2.5.2.
is(unpack('H16', chacha_block(pack('C*', 0 .. 31), 1, pack 'H*', '000000090000004a00000000')), '10f1e7e4d13b5915', 'ChaCha20 gives another block');
is(unpack('H*', poly1305(pack('H*', '85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b'), 'Cryptographic Forum Research Group')),
    'a8061dc1305136c6c22b8baf0c0127a9', 'Poly1305 gives another tag');

my ($secret, $node) = ("\3" x 32, "\4" x 32);
my $sealed = pack 'H*',
    'c07e01400200005010101010101010101010101010101010202020202020202020202020202020200001000000000100'
    . '00000000aebd811a1ef01c442869b1679c6838b3cb9080d374e3398ee8bf828798ffed31afa0e2495a8c2e9e8cdf6a55'
    . '2d84d048a0ca1ff8';
my %opened = map { $_->[1] => $_->[2] } @{decode($sealed, opener($secret, $node))};
is($opened{'messages[0].payload'}, unpack('H*', 'hello'), 'a DATA that another peer sealed says something else');
is($opened{'counter'}, 2**40, 'a large counter loses its last digits');
my $flipped = $sealed ^. ("\0" x 60 . "\1");
is(eval { decode($flipped, opener($secret, $node)); 'taken' } // $@->{reason}, 'bad-seal', 'a sealed body with a flipped bit opens');
is(eval { decode($sealed, opener($secret, "\5" x 32)); 'taken' } // $@->{reason}, 'bad-seal', 'a sealed body opens for another sender');

# What the decoder makes of a vector: "valid", or the reason of the refusal.
sub outcome_of ($input) {
    my $open = $input->{secret} && opener(map { pack 'H*', $input->{$_} } qw(secret node));
    eval { decode(pack('H*', $input->{bytes}), $open); 1 } and return 'valid';
    return ref $@ ? $@->{reason} : $@;
}

# The decoder takes a sender's index from the frame, so a vector with another one beside it is not for it.
sub is_ours ($vector) {
    my ($operation, $input) = @$vector{qw(operation input)};
    return 0 if $vector->{type} !~ /^(?:HELLO2|UP|DATA)$/ || $operation !~ /^frame[.](?:decode|open)$/;
    return 1 if $operation eq 'frame.decode';
    return $input->{suite} == 1 && $input->{index} == hex substr $input->{bytes}, 80, 4;
}

for my $name (qw(frames/headers frames/bodies records/records)) {
    open my $file, '<', "$FindBin::Bin/../../../vectors/$name.json" or die "$name.json: $!";
    my @vectors = grep { is_ours($_) } @{decode_json(do { local $/; <$file> })->{vectors}};
    my @others  = grep { outcome_of($_->{input}) ne ($_->{reason} // 'valid') } @vectors;
    ok(@vectors > 20, "$name has vectors of our frames");
    is(join(' ', map { $_->{id} } @others), '', "a vector of $name has another outcome here");
}

done_testing();
