"""The wire: frames and bodies between octets and values. The only importer of construct.

Implements the Frames chapter of `spec/` and the field tables of `spec/frames.toml`. Floor 1: nothing here
knows an overlay, a session or a key. `frames` checks and cuts a datagram, `codec` reads its body, `bodies`
and `exchanges` are the values and `rows` those in lists, `extensions` those of extensions, `segments` cuts
and joins long frames, `envelopes` are what is stored, `fields` is the JSON of the test interface.
"""

from coterie.wire import (
    bodies,
    codec,
    constructs,
    contact,
    envelopes,
    exchanges,
    extensions,
    fields,
    frames,
    layouts,
    packing,
    rows,
    rules,
    segments,
)
from coterie.wire.codec import decode_body, decode_proxied, encode_body, encode_proxied
from coterie.wire.contact import Contact
from coterie.wire.fields import from_fields, to_fields
from coterie.wire.frames import (
    Frame,
    Header,
    PlainFrame,
    SealedFrame,
    SignedFrame,
    decode_frame,
    decode_header,
    decode_rest,
)

__all__ = [
    "Contact",
    "Frame",
    "Header",
    "PlainFrame",
    "SealedFrame",
    "SignedFrame",
    "bodies",
    "codec",
    "constructs",
    "contact",
    "decode_body",
    "decode_frame",
    "decode_header",
    "decode_proxied",
    "decode_rest",
    "encode_body",
    "encode_proxied",
    "envelopes",
    "exchanges",
    "extensions",
    "fields",
    "frames",
    "from_fields",
    "layouts",
    "packing",
    "rows",
    "rules",
    "segments",
    "to_fields",
]
