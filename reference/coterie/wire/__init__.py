"""The wire: frames and bodies between octets and values. The only importer of construct.

Implements the Frames chapter of `spec/` and the field tables of `spec/frames.toml`. Floor 1: nothing here
knows an overlay, a session or a key. `frames` checks and cuts a datagram, `codec` reads its body, `bodies`
are the values, `segments` cuts and joins long frames, `fields` is the JSON of the test interface.
"""

from coterie.wire import bodies, codec, constructs, contact, fields, frames, layouts, rules, segments
from coterie.wire.codec import decode_body, encode_body
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
    "decode_rest",
    "encode_body",
    "fields",
    "frames",
    "from_fields",
    "layouts",
    "rules",
    "segments",
    "to_fields",
]
