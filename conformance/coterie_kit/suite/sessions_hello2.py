"""HELLO2 at the peer: transcript, suites, signer, own identity, and the answer to it."""

from __future__ import annotations

from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest, label, node_id, peer_id
from coterie_kit.puppets import transcript
from coterie_kit.suite._scenes import scene


@case(
    "sessions.hello2.transcript", reqs=["REQ-SES-10"], type="HELLO2", operator="other-transcript", fresh=True
)
def _transcript(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    hello1, retry = here.notes["hello1"], here.notes["retry"]
    own = here.draft.octets()
    wrong = {
        "without-label": digest(hello1, retry),
        "other-label": digest(label("key-transcript"), hello1, retry),
        "other-order": transcript(retry, hello1),
        "only-hello1": transcript(hello1),
        "only-retry": transcript(retry),
        "bodies": transcript(hello1[24:], retry[24:]),
        "with-hello2": transcript(hello1, retry, own),
        "another-hello1": transcript(here.puppet.hello1(judge.octets(32)), retry),
    }
    for name, value in wrong.items():
        here.refuses(here.draft.with_body(transcript=value), "bad-transcript", name)
    here.twin()


SUITES = {
    "without-mandatory": [2],
    "descending": [2, 1],
    "twice": [1, 1],
    "twice-later": [1, 2, 2],
    "unordered": [1, 3, 2],
    "zero-and-two": [0, 2],
}


def _bad_suites(kind: str) -> Any:
    def story(judge: Judge) -> None:
        here = scene(judge, kind)
        for name, suites in SUITES.items():
            here.refuses(here.draft.with_body(suites=suites), "bad-suites", name)
        here.twin(here.draft.with_body(suites=[1]), "only-the-mandatory")

    return story


def _unknown_suites(kind: str) -> Any:
    def story(judge: Judge) -> None:
        here = scene(judge, kind)
        here.twin(here.draft.with_body(suites=[0, 1, 2, 77, 255]), "unknown-ignored")

    return story


for _kind in ("HELLO2", "HELLO3"):
    _low = _kind.lower()
    case(f"sessions.{_low}.suites", reqs=["REQ-SES-11"], type=_kind, operator="other-suites", fresh=True)(
        _bad_suites(_kind)
    )
    case(
        f"sessions.{_low}.suites-unknown",
        reqs=["REQ-SES-11"],
        type=_kind,
        operator="conforming-unknown-suites",
        fresh=True,
    )(_unknown_suites(_kind))


@case(
    "sessions.hello2.signer",
    reqs=["REQ-SES-12", "REQ-NAM-2"],
    type="HELLO2",
    operator="other-signer",
    fresh=True,
)
def _signer(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    spki = here.puppet.key.spki
    wrong = {
        "another-node": judge.octets(32),
        "peer-id": peer_id(spki),
        "node-of-another-overlay": node_id(judge.octets(16), spki),
        "hash-of-the-leaf": digest(here.puppet.leaf),
        "hash-without-label": digest(here.stage.overlay, spki),
    }
    for name, node in wrong.items():
        here.refuses(here.draft.with_prefix(signer=node), "signer-mismatch", name)
    here.twin()


@case(
    "sessions.hello2.leaf-of-another",
    reqs=["REQ-SES-12", "REQ-FRM-14"],
    type="HELLO2",
    operator="other-leaf",
    fresh=True,
)
def _anothers_leaf(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    victim = here.stage.newcomer()
    here.refuses(here.draft.with_body(leaf=victim.leaf), "signer-mismatch", "own-node", reqs=["REQ-SES-12"])
    stolen = here.draft.with_body(leaf=victim.leaf).with_prefix(signer=victim.node)
    here.refuses(stolen, "bad-signature", "without-its-key", reqs=["REQ-FRM-14"])
    here.twin()


def _own_identity(kind: str) -> Any:
    def story(judge: Judge) -> None:
        here = scene(judge, kind)
        own = here.stage.subject
        if kind == "HELLO2":
            mirrored = here.draft.with_body(leaf=own.leaf).with_prefix(signer=own.node).changed(maker=own)
            here.refuses(mirrored, "own-identity", "own-key")
            here.twin()
            return
        nonce = frames.read(here.notes["handshake"][0]).body["nonce"]
        stage = here.stage
        stage.reset()
        who = stage.others[0]
        hello1 = stage.greet(who)
        nonce = frames.read(hello1).body["nonce"]
        from coterie_kit.puppets import plain

        retry = plain("RETRY", stage.overlay, nonce=nonce, cookie=judge.octets(32), responder=own.node)
        answer = stage.deliver(retry, who)
        hello2 = [said.octets for said in stage.said(answer) if said.type == "HELLO2"]
        stage.need(hello2, "it does not greet its own Node-ID, which ends the scene")
        values = own.hello3_values(hello1, retry, hello2[0])
        mirrored3 = own.make("HELLO3", values, own.node, sequence=9)
        judge.refuses(stage.peer, mirrored3, "own-identity", source=who.address)

    return story


for _kind in ("HELLO2", "HELLO3"):
    case(
        f"sessions.{_kind.lower()}.own-identity",
        reqs=["REQ-SES-13"],
        type=_kind,
        operator="own-identity",
        fresh=True,
    )(_own_identity(_kind))


@case(
    "sessions.hello2.zero-sequence", reqs=["REQ-SES-6"], type="HELLO2", operator="sequence-zero", fresh=True
)
def _zero(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    here.refuses(here.draft.with_prefix(sequence=0), "too-old", "zero")
    here.twin(here.draft.with_prefix(sequence=2**64 - 1), "greatest")
