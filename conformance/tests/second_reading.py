"""Tier 0 once more, out of the kit's own frames and plain integers: what an action gives, or why it refuses.

The vectors come from the reference. Nothing here does, so where the two agree, two readings of the draft do.
"""

from collections.abc import Callable, Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from coterie_kit import frames, puppets
from coterie_kit.frames import reading, writing
from coterie_kit.keys import draws, names, rekey, schedule, signatures
from coterie_kit.keys.expansion import expand
from coterie_kit.keys.schedule import SenderKey
from coterie_kit.keys.suites import SUITES, Suite, element_fault

Values = dict[str, Any]
DERIVED = {
    "suite_count", "version_count", "leaf_length", "member_count", "cut_count", "sender_count", "entry_count",
    "message_count", "payload_length", "length", "padding", "reserved", "candidate_count", "permit_count",
    "holding_count", "refused_count", "range_count", "neighbour_count", "held_count", "envelope_length",
    "group_length", "info_length",
}  # fmt: skip
LONGEST_SEALED = 65000
CHUNK = 1158


class RefusedError(Exception):
    """The octets are refused; the only argument is the reason."""


def octets(given: Values, name: str) -> bytes:
    """An argument of octets."""
    return bytes.fromhex(given[name])


def to_json(value: Any) -> Any:
    """A value of the kit's frames as the test interface writes it."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {name: to_json(each) for name, each in value.items() if name not in DERIVED}
    if isinstance(value, tuple):
        return {"address": value[0].hex(), "port": value[1]}
    return [to_json(each) for each in value] if isinstance(value, list) else value


def read(given: Values, *, longest: int = 1200) -> reading.Frame:
    """The frame of an argument, or the refusal."""
    try:
        return reading.read(octets(given, "bytes"), longest)
    except frames.Unreadable as refused:
        raise RefusedError(refused.reason) from None


# ---------------------------------------------------------------- frames


def frame_decode(given: Values) -> Values:
    """REQ-FRM-2 to REQ-FRM-24."""
    frame = read(given)
    start: Values = {"type": frame.type, "protection": frame.protection, "overlay_id": frame.overlay.hex()}
    prefix = to_json(frame.prefix)
    match frame.protection:
        case "sealed":
            return start | prefix | {"sealed": (frame.body_octets + frame.trailer).hex()}
        case "signed":
            return start | prefix | to_json(frame.body) | {"signature": frame.trailer.hex()}
        case _:
            return start | prefix | to_json(frame.body)


def frame_verify(given: Values) -> Values:
    """REQ-FRM-14: before the body is read."""
    whole = octets(given, "bytes")
    reading.read_header(whole, assembled=True)
    key = x509.load_der_x509_certificate(octets(given, "leaf")).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if not signatures.verify(spki, names.label("frame-signature") + whole[:-64], whole[-64:]):
        raise RefusedError("bad-signature")
    return {}


def sealer(given: Values, index: str) -> SenderKey:
    """What a sender seals with."""
    return schedule.sender_key(given["suite"], octets(given, "secret"), given[index], octets(given, "node"))


def frame_open(given: Values) -> Values:
    """REQ-REC-6, and the structure of the body."""
    frame = read(given, longest=LONGEST_SEALED)
    associated, sealed = reading.seal_parts(frame)
    body = sealer(given, "index").open(frame.prefix["counter"], sealed, associated)
    if body is None:
        raise RefusedError("bad-seal")
    try:
        values, _ = reading.read_body(frame.type, body)
    except frames.Unreadable as refused:
        raise RefusedError(refused.reason) from None
    return dict(to_json(values))


def from_json(value: Any) -> Any:
    """A value of a body from the JSON of the test interface: all text there is octets."""
    if isinstance(value, str):
        return bytes.fromhex(value)
    if isinstance(value, Mapping):
        return {key: from_json(each) for key, each in value.items()}
    return [from_json(each) for each in value] if isinstance(value, list) else value


def frame_seal(given: Values) -> Values:
    """The sealed protection."""
    name = given.get("type", "DATA")
    body = writing.write_body(name, from_json(given["fields"]))
    prefix = writing.write_prefix(
        "sealed",
        {
            "view_id": octets(given, "view_id"),
            "sender_index": given["sender_index"],
            "counter": given["counter"],
        },
    )
    header = writing.write_header(name, octets(given, "overlay_id"), len(prefix) + len(body) + 16)
    sealed = sealer(given, "sender_index").seal(given["counter"], body, header + prefix)
    return {"bytes": (header + prefix + sealed).hex()}


def segment_cut(given: Values) -> Values:
    """REQ-FRM-26."""
    frame = octets(given, "frame")
    if not 1200 < len(frame) <= 65536:
        raise RefusedError("usage")
    parts = [frame[at : at + CHUNK] for at in range(0, len(frame), CHUNK)]
    digest = names.digest(frame)[:16]
    rows = [digest + bytes([place, len(parts)]) + part for place, part in enumerate(parts)]
    return {"segments": [row.hex() for row in rows]}


# ---------------------------------------------------------------- names and greetings


def name_overlay(given: Values) -> Values:
    """REQ-NAM-4; whether a Group-ID is one is not the kit's to say."""
    authority = bytes.fromhex(given.get("authority") or "")
    return {"id": names.overlay_id(octets(given, "group"), authority).hex()}


def draw(given: Values) -> Values:
    """REQ-TST-1."""
    if given["length"] > 255 * 32:
        raise RefusedError("usage")
    made = draws.draw(
        octets(given, "seed"), given["label"], octets(given, "context"), given["index"], given["length"]
    )
    return {"bytes": made.hex()}


def hello_cookie(given: Values) -> Values:
    """REQ-SES-1."""
    made = puppets.cookie(
        octets(given, "secret"), given["address"], octets(given, "overlay"), octets(given, "nonce"),
        given["bucket"],
    )  # fmt: skip
    return {"cookie": made.hex()}


def hello_transcript(given: Values) -> Values:
    """REQ-SES-10."""
    return {"transcript": puppets.transcript(*[bytes.fromhex(each) for each in given["frames"]]).hex()}


# ---------------------------------------------------------------- the key run


def suite_of(given: Values) -> Suite:
    """The suite's arithmetic."""
    return SUITES[given["suite"]]


def scalar(given: Values, name: str) -> int:
    """A scalar as an integer."""
    return int.from_bytes(octets(given, name), suite_of(given).endian)


def element_check(given: Values) -> Values:
    """REQ-KEY-2 to REQ-KEY-6."""
    flow = [bytes.fromhex(each) for each in given["elements"]]
    fault = element_fault(suite_of(given), flow, octets(given, "total") if "total" in given else None)
    if fault:
        raise RefusedError(fault)
    return {}


def element_raise(given: Values) -> Values:
    """What raising an element gives."""
    value = octets(given, "element")
    fault = element_fault(suite_of(given), [value])
    if fault in {"low-order-element", "not-on-curve"}:
        raise RefusedError(fault)
    return {"element": suite_of(given).raised(value, scalar(given, "scalar")).hex()}


def scalar_draw(given: Values) -> Values:
    """A scalar out of a draw."""
    suite, drawn = suite_of(given), octets(given, "bytes")
    if len(drawn) != suite.draw:
        raise RefusedError("usage")
    return {"scalar": suite.scalar_octets(suite.scalar(drawn)).hex()}


def scalar_fold(given: Values) -> Values:
    """REQ-KEY-1."""
    suite = suite_of(given)
    return {"scalar": suite.scalar_octets(suite.fold(scalar(given, "x"), scalar(given, "y"))).hex()}


def run_start(given: Values) -> Values:
    """REQ-KEY-19."""
    suite, entries = suite_of(given), [bytes.fromhex(each) for each in given["entries"]]
    nodes = [bytes([place]) for place in range(len(entries))]
    own = nodes[given["position"]]
    flow = rekey.received(suite.code, entries)
    stored = rekey.Stored(bytes(16), tuple(nodes), flow, {own: scalar(given, "x")})
    made, x = rekey.refresh(stored, nodes, scalar(given, "y"))
    return _flow(made) | {"x": suite.scalar_octets(x).hex()}


def run_up(given: Values) -> Values:
    """REQ-KEY-20."""
    entries = [bytes.fromhex(each) for each in given["entries"]]
    flow = rekey.received(given["suite"], entries, octets(given, "total"))
    return _flow(rekey.contribute(flow, scalar(given, "x")))


def _flow(flow: rekey.Flow) -> Values:
    return {"entries": [each.hex() for each in flow.elements()], "total": flow.total.octets().hex()}


def run_key(given: Values) -> Values:
    """What each member ends with."""
    return {"key": suite_of(given).raised(octets(given, "entry"), scalar(given, "x")).hex()}


def key_schedule(given: Values) -> Values:
    """REQ-KEY-29."""
    hashes = [bytes.fromhex(each) for each in given["leaf_hashes"]]
    found = schedule.schedule(
        given["suite"],
        octets(given, "install_digest"),
        hashes,
        octets(given, "down_body"),
        octets(given, "key"),
    )
    wanted = ("transcript", "epoch", "confirm", "read", "control", "exporter")
    return {name: getattr(found, name).hex() for name in wanted}


def confirm_mac(given: Values) -> Values:
    """REQ-KEY-30."""
    blank = bytes(32)
    secrets = schedule.Secrets(1, blank, blank, octets(given, "confirm"), blank, blank, blank)
    return {"mac": secrets.confirmation(octets(given, "node")).hex()}


def sender_key(given: Values) -> Values:
    """REQ-KEY-37."""
    found = sealer(given, "index")
    return {"key": found.key.hex(), "iv": found.iv.hex()}


def export(given: Values) -> Values:
    """REQ-KEY-38."""
    context, length = octets(given, "context"), given["length"]
    if len(context) > 255 or not 1 <= length <= 8160:
        raise RefusedError("usage")
    info = names.label("export") + bytes([len(context)]) + context
    return {"secret": expand(octets(given, "exporter"), info, length).hex()}


ACTIONS: Mapping[str, Callable[[Values], Values]] = {
    "name.peer": lambda given: {"id": names.peer_id(octets(given, "spki")).hex()},
    "name.node": lambda given: {"id": names.node_id(octets(given, "overlay"), octets(given, "spki")).hex()},
    "name.overlay": name_overlay,
    "frame.decode": frame_decode,
    "frame.verify": frame_verify,
    "frame.open": frame_open,
    "frame.seal": frame_seal,
    "segment.cut": segment_cut,
    "draw": draw,
    "hello.cookie": hello_cookie,
    "hello.transcript": hello_transcript,
    "element.check": element_check,
    "element.raise": element_raise,
    "scalar.draw": scalar_draw,
    "scalar.fold": scalar_fold,
    "run.start": run_start,
    "run.up": run_up,
    "run.key": run_key,
    "schedule": key_schedule,
    "confirm.mac": confirm_mac,
    "sender.key": sender_key,
    "export": export,
}
