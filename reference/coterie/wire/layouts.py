"""How each header, prefix, row and body lies on the wire, as construct reads and writes it.

Implements the tables of `spec/frames.toml`, in their order and with their names; a test compares the two.
"""

from __future__ import annotations

import construct
from construct import Bytes, Int8ub, Int16ub, Int32ub, Int64ub, this

from coterie.wire import rules
from coterie.wire.bodies import Candidate, Cut, CutSender, Holding, Member, Message, Neighbour, Range
from coterie.wire.constructs import (
    ContactField,
    Count,
    ExtensionList,
    Headed,
    Only,
    Packed,
    Padding,
    Rows,
    SegmentCount,
    SegmentPayload,
    Value,
)

HEADER = Packed(
    "magic" / Int16ub,
    "version" / Int8ub,
    "type" / Int8ub,
    "protection" / Int8ub,
    "reserved" / Int8ub,
    "length" / Int16ub,
    "overlay_id" / Bytes(16),
)
SIGNED_PREFIX = Packed(
    "signer" / Bytes(32), "incarnation" / Int64ub, "sequence" / Int64ub, "destination" / Bytes(32)
)
SEALED_PREFIX = Packed(
    "view_id" / Bytes(16), "sender_index" / Int16ub, "reserved" / Int16ub, "counter" / Int64ub
)
PREFIXES = {"signed": SIGNED_PREFIX, "sealed": SEALED_PREFIX}
TRAILERS = {"plain": 0, "signed": 64, "sealed": 16}

CONTACT = ContactField(Bytes(18))
MEMBER = Packed(
    "node_id" / Bytes(32),
    "incarnation" / Int64ub,
    "leaf_hash" / Bytes(32),
    "contact" / CONTACT,
    "previous_view" / Bytes(16),
)
CUT_SENDER = Packed("node_id" / Bytes(32), "sequence" / Int64ub, "holder" / Int8ub)
CUT = Headed(
    "previous_view" / Bytes(16),
    "acknowledged" / Int64ub,
    "sender_count" / Count(Int8ub, "senders", lambda n, path: rules.check_count(n, 0, "cut-senders", path)),
    "senders" / Rows("sender_count", Value(CutSender, CUT_SENDER)),
)
MESSAGE = Headed(
    "timestamp" / Int64ub,
    "kind" / Int8ub,
    "fragment_index" / Int8ub,
    "fragment_count" / Int8ub,
    "payload_length" / construct.Rebuild(Int16ub, construct.len_(this.payload)),
    "payload" / Bytes(this.payload_length),
)
CANDIDATE = Packed("node_id" / Bytes(32), "incarnation" / Int64ub, "contact" / CONTACT)
PERMIT = Headed(
    "permit_length" / Count(Int16ub, "permit", lambda n, path: rules.check_count(n, 1, "permit", path)),
    "permit" / Bytes(this.permit_length),
)
HOLDING = Packed("node_id" / Bytes(32), "sequence" / Int64ub)
RANGE = Packed("sender" / Int16ub, "first" / Int64ub, "last" / Int64ub)
NEIGHBOUR = Packed("node_id" / Bytes(32), "contact" / CONTACT)
HELD = Headed(
    "envelope_length" / construct.Rebuild(Int16ub, construct.len_(this.envelope)),
    "envelope" / Bytes(this.envelope_length),
)
ENVELOPE = Headed(
    "kind" / Int8ub,
    "name_length" / construct.Rebuild(Int8ub, construct.len_(this.name)),
    "name" / Bytes(this.name_length),
    "slot" / Bytes(16),
    "sequence" / Int64ub,
    "lifetime" / Int32ub,
    "leaf_length" / construct.Rebuild(Int16ub, construct.len_(this.leaf)),
    "leaf" / Bytes(this.leaf_length),
    "value_length" / construct.Rebuild(Int16ub, construct.len_(this.value)),
    "value" / Bytes(this.value_length),
    "signature" / Bytes(64),
)

MESSAGE_COUNT = "message_count" / Count(
    Int16ub, "messages", lambda n, path: rules.check_count(n, 1, "messages", path)
)
EXTENSIONS = "extensions" / ExtensionList()
SUITE_COUNT = "suite_count" / Count(Int8ub, "suites", lambda n, path: rules.check_count(n, 1, "suites", path))
SUITES = "suites" / Rows("suite_count", Int8ub)
LEAF_LENGTH = "leaf_length" / Count(Int16ub, "leaf", lambda n, path: rules.check_leaf_length(n, path))
LEAF = "leaf" / Bytes(this.leaf_length)

BODIES = {
    "HELLO1": Headed("nonce" / Bytes(32), "padding" / Padding(72)),
    "RETRY": Headed("nonce" / Bytes(32), "cookie" / Bytes(32), "responder" / Bytes(32)),
    "ERROR": Headed(
        "nonce" / Bytes(32),
        "reason" / Int16ub,
        "refused_type" / Int8ub,
        "version_count"
        / Count(Int8ub, "versions", lambda n, path: rules.check_count(n, 0, "error-versions", path)),
        "versions" / Rows("version_count", Int8ub),
    ),
    "SEGMENT": Headed(
        "digest" / Bytes(16),
        "index" / Int8ub,
        "count" / SegmentCount(Int8ub),
        "payload" / SegmentPayload(construct.GreedyBytes),
    ),
    "HELLO2": Headed(
        "nonce" / Bytes(32),
        "cookie" / Bytes(32),
        "transcript" / Bytes(32),
        SUITE_COUNT,
        SUITES,
        LEAF_LENGTH,
        LEAF,
        EXTENSIONS,
    ),
    "HELLO3": Headed(
        "nonce" / Bytes(32),
        "cookie" / Bytes(32),
        "transcript" / Bytes(32),
        "roles" / Int8ub,
        "view_id" / Bytes(16),
        "coordinator" / CONTACT,
        SUITE_COUNT,
        SUITES,
        LEAF_LENGTH,
        LEAF,
        EXTENSIONS,
    ),
    "REFUSE": Headed("refused_sequence" / Int64ub, "reason" / Int16ub, "refused_type" / Int8ub, EXTENSIONS),
    "PING": Headed("nonce" / Bytes(8), EXTENSIONS),
    "PONG": Headed("nonce" / Bytes(8), EXTENSIONS),
    "INSTALL": Headed(
        "counter" / Int64ub,
        "nonce" / Bytes(32),
        "suite" / Int8ub,
        "clock_base" / Int64ub,
        "member_count" / Count(Int8ub, "members", lambda n, path: rules.check_count(n, 1, "members", path)),
        "members" / Rows("member_count", Value(Member, MEMBER)),
        "cut_count" / Count(Int8ub, "cuts", lambda n, path: rules.check_count(n, 0, "cut-views", path)),
        "cuts" / Rows("cut_count", Value(Cut, CUT)),
        EXTENSIONS,
    ),
    "UP": Headed(
        "install_digest" / Bytes(32),
        "entry_count" / Count(Int8ub, "entries", lambda n, path: rules.check_up_count(n, path)),
        "entries" / Rows("entry_count", Bytes(32)),
        "total" / Bytes(32),
        EXTENSIONS,
    ),
    "DOWN": Headed(
        "install_digest" / Bytes(32),
        "entry_count" / Count(Int8ub, "entries", lambda n, path: rules.check_count(n, 1, "members", path)),
        "entries" / Rows("entry_count", Bytes(32)),
        EXTENSIONS,
    ),
    "CONFIRM": Headed(
        "install_digest" / Bytes(32), "down_hash" / Bytes(32), "confirmation" / Bytes(32), EXTENSIONS
    ),
    "DATA": Headed(
        "acknowledged" / Int64ub,
        "first_sequence" / Int64ub,
        MESSAGE_COUNT,
        "messages" / Rows("message_count", Value(Message, MESSAGE)),
        EXTENSIONS,
    ),
    "PROPOSE": Headed(
        "counter" / Int64ub,
        "candidate_count"
        / Count(Int8ub, "candidates", lambda n, path: rules.check_count(n, 1, "candidates", path)),
        "candidates" / Rows("candidate_count", Value(Candidate, CANDIDATE)),
        "permit_count" / Count(Int8ub, "permits", lambda n, path: rules.check_count(n, 0, "permits", path)),
        "permits" / Rows("permit_count", Only("permit", PERMIT)),
        EXTENSIONS,
    ),
    "FLUSH": Headed(
        "counter" / Int64ub,
        "seen" / Int64ub,
        "clock" / Int64ub,
        "acknowledged" / Int64ub,
        "previous_view" / Bytes(16),
        "suite" / Int8ub,
        "sends" / Int8ub,
        "holding_count" / Count(Int8ub, "holdings", lambda n, path: rules.check_count(n, 0, "members", path)),
        "holdings" / Rows("holding_count", Value(Holding, HOLDING)),
        "refused_count" / Count(Int8ub, "refused", lambda n, path: rules.check_count(n, 0, "refused", path)),
        "refused" / Rows("refused_count", Bytes(32)),
        EXTENSIONS,
    ),
    "JOIN": Headed(
        "view_id" / Bytes(16),
        "member_count" / Count(Int8ub, "members", lambda n, path: rules.check_count(n, 1, "members", path)),
        "members" / Rows("member_count", Value(Candidate, CANDIDATE)),
        EXTENSIONS,
    ),
    "LEAVE": Headed("view_id" / Bytes(16), EXTENSIONS),
    "HEARTBEAT": Headed(
        "acknowledged" / Int64ub,
        "timestamp" / Int64ub,
        "last_sequence" / Int64ub,
        "stable" / Int64ub,
        EXTENSIONS,
    ),
    "ALIVE": Headed("acknowledged" / Int64ub, "timestamp" / Int64ub, "last_sequence" / Int64ub, EXTENSIONS),
    "NACK": Headed(
        "range_count" / Count(Int8ub, "ranges", lambda n, path: rules.check_count(n, 1, "nack-ranges", path)),
        "ranges" / Rows("range_count", Value(Range, RANGE)),
        EXTENSIONS,
    ),
    "GAP": Headed("sender" / Int16ub, "first" / Int64ub, "last" / Int64ub, EXTENSIONS),
    "SENDER": Headed("operation" / Int8ub, EXTENSIONS),
    "PROXY": Headed(
        "origin_sequence" / Int64ub,
        "payload_length" / construct.Rebuild(Int16ub, construct.len_(this.payload)),
        "payload" / Bytes(this.payload_length),
        "signature" / Bytes(64),
        EXTENSIONS,
    ),
    "FIND": Headed("target" / Bytes(32), EXTENSIONS),
    "NODES": Headed(
        "request" / Int64ub,
        "neighbour_count"
        / Count(Int8ub, "neighbours", lambda n, path: rules.check_count(n, 0, "bucket", path)),
        "neighbours" / Rows("neighbour_count", Value(Neighbour, NEIGHBOUR)),
        EXTENSIONS,
    ),
    "STORE": Headed(
        "envelope_length" / Count(Int16ub, "envelope", lambda n, path: rules.check_envelope_length(n, path)),
        "envelope" / Bytes(this.envelope_length),
        EXTENSIONS,
    ),
    "STORED": Headed("request" / Int64ub, EXTENSIONS),
    "FETCH": Headed("key" / Bytes(32), "publisher" / Bytes(32), "slot" / Bytes(16), EXTENSIONS),
    "VALUES": Headed(
        "request" / Int64ub,
        "more" / Int8ub,
        "held_count" / Count(Int8ub, "held", lambda n, path: rules.check_count(n, 0, "page-values", path)),
        "held" / Rows("held_count", Only("envelope", HELD)),
        EXTENSIONS,
    ),
    "DEPART": Headed(EXTENSIONS),
    "HOST": Headed(
        "group_length" / Count(Int8ub, "group", lambda n, path: rules.check_length(n, path)),
        "group" / Bytes(this.group_length),
        "info_length" / Count(Int16ub, "info", lambda n, path: rules.check_length(n, path)),
        "info" / Bytes(this.info_length),
        EXTENSIONS,
    ),
    "HOSTED": Headed("request" / Int64ub, "group_overlay" / Bytes(16), EXTENSIONS),
}

PAYLOADS = {
    "proxied": construct.Struct(
        "origin" / Int16ub,
        "origin_sequence" / Int64ub,
        "signature" / Bytes(64),
        "payload" / construct.GreedyBytes,
    ),
}
