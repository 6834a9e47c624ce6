#!/usr/bin/env perl
# Decodes a HELLO2, UP or DATA given as hexadecimal and prints its fields, one a line: offset, path, value.
#
#   decode.pl [HEX]                                a HELLO2 or UP; of a DATA, header and prefix
#   decode.pl --opened [HEX]                       a DATA whose body stands in the clear, as in the hexdumps
#   decode.pl --read HEX --node HEX [HEX]          a DATA of suite 1, opened with the view's read secret and the
#                                                  sender's Node-ID
#
# Without HEX the hexadecimal comes from standard input; blanks are ignored. A refusal is told by its reason on
# standard error, and by exit code 1.

use v5.36;
use Digest::SHA qw(hmac_sha256);
use Getopt::Long qw(GetOptionsFromArray);
use Math::BigInt;

# ---------------------------------------------------------------- the tables of the draft

my ($MAGIC, $VERSION, $HEADER_SIZE) = (0xC07E, 1, 24);
my ($DATAGRAM, $SEALED_DATAGRAM) = (1200, 65000);
my ($PADDING, $ORIGIN, $CRITICAL, $MOST_EXTENSIONS) = (0x0001, 0x8002, 0x8000, 16);

my @PROTECTION = qw(plain signed sealed);
my %TYPE = (
    0x01 => [HELLO1 => 'plain'],  0x02 => [RETRY => 'plain'],   0x03 => [HELLO2 => 'signed'],
    0x04 => [HELLO3 => 'signed'], 0x05 => [ERROR => 'plain'],   0x06 => [SEGMENT => 'plain'],
    0x07 => [REFUSE => 'signed'], 0x10 => [PING => 'signed'],   0x11 => [PONG => 'signed'],
    0x22 => [INSTALL => 'signed'], 0x23 => [UP => 'signed'],    0x24 => [DOWN => 'signed'],
    0x25 => [CONFIRM => 'signed'], 0x40 => [DATA => 'sealed'],
    0x20 => [PROPOSE => 'signed'], 0x21 => [FLUSH => 'signed'], 0x26 => [JOIN => 'signed'],
    0x27 => [LEAVE => 'signed'],   0x41 => [HEARTBEAT => 'sealed'], 0x42 => [ALIVE => 'sealed'],
    0x43 => [NACK => 'sealed'],    0x44 => [GAP => 'sealed'],   0x45 => [SENDER => 'sealed'],
    0x46 => [PROXY => 'sealed'],
);
my @HEADER = (
    [magic => 'u16'], [version => 'u8'], [type => 'u8'], [protection => 'u8'], [reserved => 'u8'],
    [length => 'u16'], [overlay_id => 16],
);
my %PREFIX = (
    signed => [[signer => 32], [incarnation => 'u64'], [sequence => 'u64'], [destination => 32]],
    sealed => [[view_id => 16], [sender_index => 'u16'], [reserved => 'u16'], [counter => 'u64']],
);
my %TRAILER = (signed => [signature => 64], sealed => [tag => 16]);
my %EXACT   = (HELLO1 => 104, RETRY => 96);

# A field is [name, size or integer type]; [name, '*length'] takes as many octets as an earlier field says;
# [name, '@count', row] is a list. A count has its least and greatest value behind its type.
my @MESSAGE = (
    [timestamp => 'u64'], [kind => 'u8'], [fragment_index => 'u8'], [fragment_count => 'u8'],
    [payload_length => 'u16'], [payload => '*payload_length'],
);
my %BODY = (
    HELLO2 => [
        [nonce => 32], [cookie => 32], [transcript => 32],
        [suite_count => 'u8', 1, 8], [suites => '@suite_count', 'u8'],
        [leaf_length => 'u16', 1, 65535], [leaf => '*leaf_length'],
    ],
    UP => [[install_digest => 32], [entry_count => 'u8', 1, 63], [entries => '@entry_count', 32], [total => 32]],
    DATA => [
        [acknowledged => 'u64'], [first_sequence => 'u64'],
        [message_count => 'u16', 1, 256], [messages => '@message_count', \@MESSAGE],
    ],
);
my %WIDTH = (u8 => [1, 'C'], u16 => [2, 'n'], u64 => [8, 'Q>']);

# ---------------------------------------------------------------- reading

sub refuse ($reason) { die {reason => $reason} }

# A cursor over octets; `end` is where the body ends, `fields` the lines found: [offset, path, value].
sub cursor ($octets, $at, $end) { return {octets => $octets, at => $at, end => $end, fields => []} }

sub take ($from, $size) {
    refuse('truncated-body') if $size > $from->{end} - $from->{at};    # REQ-FRM-16
    my $octets = substr $from->{octets}, $from->{at}, $size;
    $from->{at} += $size;
    return $octets;
}

# Reads one integer or string of octets and notes it under its path.
sub take_value ($from, $path, $kind) {
    my $offset = $from->{at};
    my $width  = $WIDTH{$kind};
    my $octets = take($from, $width ? $width->[0] : $kind);
    my $value  = $width ? unpack($width->[1], $octets) : $octets;
    push @{$from->{fields}}, [$offset, $path, $width ? $value : unpack 'H*', $octets];
    return $value;
}

sub take_item ($from, $path, $row) {
    return ref $row ? take_fields($from, "$path.", $row) : take_value($from, $path, $row);
}

sub take_fields ($from, $stem, $table) {
    my %seen;
    for my $field (@$table) {
        my ($name, $kind, $least, $most) = @$field;
        if ($kind =~ /^\@(.+)/) {
            take_item($from, "$stem$name\[$_]", $least) for 0 .. $seen{$1} - 1;
            next;
        }
        $kind = $seen{$1} if $kind =~ /^\*(.+)/;
        $seen{$name} = take_value($from, "$stem$name", $kind);
        refuse('count-out-of-range') if defined $most && ($seen{$name} < $least || $seen{$name} > $most);    # REQ-FRM-18
    }
    return \%seen;
}

# The extension list: everything to the end of the body. REQ-FRM-19 to REQ-FRM-24, for each extension in this order.
sub take_extensions ($from, $type) {
    my %seen;
    for (my $index = 0; $from->{at} < $from->{end}; $index++) {
        refuse('too-many-extensions') if $index == $MOST_EXTENSIONS;
        refuse('extension-overrun')   if $from->{end} - $from->{at} < 4;
        my $code   = take_value($from, "extensions[$index].type",   'u16');
        my $length = take_value($from, "extensions[$index].length", 'u16');
        refuse('extension-overrun') if $length > $from->{end} - $from->{at};
        my $value = take_value($from, "extensions[$index].value", $length);
        refuse('duplicate-extension')        if $seen{$code}++;
        refuse('unknown-critical-extension') if $code & $CRITICAL && !($code == $ORIGIN && $type eq 'DATA');
        refuse('padding-nonzero')            if $code == $PADDING && $value =~ /[^\0]/;
    }
    return;
}

# Checks 1, 2 and 4 to 6, in their order. Gives type name and protection, and notes the fields of the header.
# `$longest` is the longest datagram with a sealed frame; the others have a limit of their own.
sub take_header ($from, $longest) {
    my $octets = $from->{octets};
    refuse('too-short') if length $octets < $HEADER_SIZE;    # REQ-FRM-2
    my %header = %{take_fields($from, '', \@HEADER)};
    refuse('bad-magic')       if $header{magic} != $MAGIC;    # REQ-FRM-3
    refuse('unknown-version') if $header{version} != $VERSION;    # REQ-FRM-4
    my ($type, $protection) = @{$TYPE{$header{type}} // refuse('unknown-type')};    # REQ-FRM-7
    refuse('wrong-protection')  if ($PROTECTION[$header{protection}] // '') ne $protection;    # REQ-FRM-8
    refuse('reserved-nonzero')  if $header{reserved} != 0;    # REQ-FRM-9
    refuse('bad-length')        if $header{length} != length($octets) - $HEADER_SIZE;    # REQ-FRM-10
    refuse('datagram-too-long') if length $octets > ($protection eq 'sealed' ? $longest : $DATAGRAM);    # REQ-FRM-11
    my $need = ($protection eq 'signed' ? 80 + 64 : $protection eq 'sealed' ? 28 + 16 : 0);
    refuse('short-frame') if $header{length} < $need || $header{length} != ($EXACT{$type} // $header{length});    # REQ-FRM-12
    refuse('reserved-nonzero') if $protection eq 'sealed' && substr($octets, 42, 2) ne "\0\0";    # REQ-FRM-9
    return ($type, $protection);
}

# Decodes a datagram. Gives its fields as [offset, path, value] in the order of the wire; dies with {reason}.
# `$open` turns the sealed body of a DATA into the plain one; without it only header and prefix are read.
sub decode ($octets, $open = undef) {
    my $from = cursor($octets, 0, length $octets);
    my ($type, $protection) = take_header($from, $open ? $SEALED_DATAGRAM : $DATAGRAM);
    die "This decodes HELLO2, UP and DATA; the frame is a $type.\n" if !$BODY{$type};
    my $prefix = take_fields($from, '', $PREFIX{$protection});
    my ($trailer, $size) = @{$TRAILER{$protection}};
    $from->{end} -= $size;
    if ($protection eq 'sealed') {
        return $from->{fields} if !$open;
        my $start = $from->{at};
        my $body  = $open->(substr($octets, 0, $start), substr($octets, $start), $prefix);
        substr($from->{octets}, $start, length $body) = $body;
    }
    take_fields($from, '', $BODY{$type});
    take_extensions($from, $type);
    $from->{end} += $size;
    take_value($from, $trailer, $size);
    return $from->{fields};
}

# ---------------------------------------------------------------- opening a DATA of suite 1

sub label ($name) { return "coterie/1 $name\0" }

# HKDF-Expand for at most 32 octets, which is one block.
sub expand ($key, $info, $length) { return substr hmac_sha256("$info\x01", $key), 0, $length }

sub quarter ($s, $a, $b, $c, $d) {
    for ([$a, $b, $d, 16], [$c, $d, $b, 12], [$a, $b, $d, 8], [$c, $d, $b, 7]) {
        my ($sum, $add, $mix, $turn) = @$_;
        $s->[$sum] = ($s->[$sum] + $s->[$add]) & 0xffffffff;
        my $word = $s->[$mix] ^ $s->[$sum];
        $s->[$mix] = (($word << $turn) | ($word >> (32 - $turn))) & 0xffffffff;
    }
    return;
}

# One block of ChaCha20, RFC 8439 section 2.3.
sub chacha_block ($key, $counter, $nonce) {
    my @start = (unpack('V4', 'expand 32-byte k'), unpack('V8', $key), $counter, unpack('V3', $nonce));
    my @state = @start;
    for (1 .. 10) {
        quarter(\@state, @$_) for [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15];
        quarter(\@state, @$_) for [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14];
    }
    return pack 'V16', map { ($state[$_] + $start[$_]) & 0xffffffff } 0 .. 15;
}

sub little ($octets) { return Math::BigInt->from_hex(unpack 'H*', scalar reverse $octets) }

# Poly1305, RFC 8439 section 2.5.
sub poly1305 ($key, $message) {
    my $prime = Math::BigInt->new(2)->bpow(130)->bsub(5);
    my $r     = little(substr $key, 0, 16)->band(Math::BigInt->from_hex('0ffffffc0ffffffc0ffffffc0fffffff'));
    my $sum   = Math::BigInt->bzero;
    $sum = $sum->badd(little("$_\x01"))->bmul($r)->bmod($prime) for unpack '(a16)*', $message;
    my $tag = $sum->badd(little(substr $key, 16))->to_hex;
    return scalar reverse pack 'H*', substr('0' x 32 . $tag, -32);
}

sub pad16 ($octets) { return $octets . "\0" x (-length($octets) % 16) }

# A function that opens the sealed body of the sender with this Node-ID, under the read secret of a view of suite 1.
sub opener ($secret, $node) {
    return sub ($associated, $sealed, $prefix) {
        my $whose = pack('n', $prefix->{sender_index}) . $node;
        my $key   = expand($secret, label('sender-key') . $whose, 32);    # REQ-KEY-37
        my $nonce = expand($secret, label('sender-iv') . $whose, 12) ^. pack('x4 Q>', $prefix->{counter});
        my ($text, $tag) = (substr($sealed, 0, -16), substr $sealed, -16);
        my $covered = pad16($associated) . pad16($text) . pack('Q< Q<', length $associated, length $text);
        refuse('bad-seal') if poly1305(substr(chacha_block($key, 0, $nonce), 0, 32), $covered) ne $tag;    # REQ-REC-6
        my $blocks = int((length($text) + 63) / 64);
        return $text ^. substr join('', map { chacha_block($key, $_, $nonce) } 1 .. $blocks), 0, length $text;
    };
}

# ---------------------------------------------------------------- the command

sub main (@arguments) {
    my ($opened, $read, $node);
    GetOptionsFromArray(\@arguments, 'opened' => \$opened, 'read=s' => \$read, 'node=s' => \$node) or return 2;
    my $hex = @arguments ? join '', @arguments : do { local $/; <STDIN> // '' };
    $hex =~ s/\s+//g;
    if (grep { !/^(?:[0-9a-fA-F]{2})*$/ } $hex, $read // '', $node // '') {
        say STDERR 'Give hexadecimal digits, two for each octet.';
        return 2;
    }
    my $open = $read && opener(pack('H*', $read), pack 'H*', $node // '');
    $open = sub ($associated, $sealed, $prefix) { substr $sealed, 0, -16 } if $opened;
    my $fields = eval { decode(pack('H*', $hex), $open) };
    if (!$fields) {
        print STDERR ref $@ ? "refused: $@->{reason}\n" : $@;
        return 1;
    }
    printf "%04x  %s = %s\n", @$_ for @$fields;
    return 0;
}

exit main(@ARGV) if !caller;
1;
