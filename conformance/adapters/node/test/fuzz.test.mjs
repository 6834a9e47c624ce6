import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { act } from '../actions.mjs'
import { formatJson, parseJson } from '../json.mjs'
import { Refusal, UsageError } from '../refusals.mjs'
import {
  alternatives,
  authorityFlag,
  certificate,
  ecKey,
  edKey,
  extended,
  name,
  OIDS,
  uri,
  usage,
} from './certificates.mjs'
import { readDumps } from './dumps.mjs'
import { admitted, CLOSED_SLOT, closedInfo, envelope, find, GROUP, OVERLAY, WALL } from './stored.mjs'

const ROUNDS = 400

/** Numbers from 0 to below `limit`, the same in every run (xorshift). */
function numbers(seed) {
  let state = seed
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

/** Octets with up to four changes: replaced, removed, inserted or doubled. */
function mutate(octets, next) {
  let copy = Buffer.from(octets)
  for (let times = 1 + next(4); times > 0; times -= 1) {
    const at = next(copy.length + 1)
    const kind = next(4)
    const piece =
      kind === 3
        ? copy.subarray(at, at + next(40))
        : Buffer.from(Array.from({ length: 1 + next(3) }, () => next(256)))
    copy = Buffer.concat([
      copy.subarray(0, at),
      kind === 1 ? Buffer.alloc(0) : piece,
      copy.subarray(kind === 0 || kind === 1 ? at + piece.length : at),
    ])
  }
  return copy
}

function survives(action, args, what) {
  try {
    formatJson(act(action, args))
  } catch (problem) {
    assert.ok(
      problem instanceof Refusal || problem instanceof UsageError,
      `${action} of ${what}: ${problem.stack}`,
    )
  }
}

const issuer = name('authority')
const authority = ecKey(Buffer.alloc(32, 3))
const LEAVES = [
  certificate(edKey(Buffer.alloc(32, 1))),
  certificate(ecKey(Buffer.alloc(32, 2))),
  certificate(edKey(Buffer.alloc(32, 1)), {
    issuer,
    issuerKey: authority,
    days: 7,
    extensions: [
      usage(0x80),
      extended(OIDS.clientAuth),
      alternatives(uri('urn:coterie:' + '10'.repeat(16) + ':member')),
    ],
  }),
]
const AUTHORITY = certificate(authority, {
  issuer,
  subject: issuer,
  extensions: [authorityFlag, usage(4)],
}).toString('hex')
const FRAMES = readDumps().map((dump) => dump.octets)
const DOCUMENTS = ['group-info', 'group-invitation', 'group-member'].map((one) =>
  readFileSync(new URL(`../../../../spec/examples/${one}.txt`, import.meta.url)),
)

test('mutated octets break the peer instead of being refused', () => {
  const next = numbers(20260101)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const frame of FRAMES) {
      const bytes = mutate(frame, next)
      if (bytes.length > 24) bytes.writeUInt16BE(bytes.length - 24, 6)
      const text = bytes.toString('hex')
      survives('frame.decode', { bytes: text }, text)
      survives('segment.join', { segments: [bytes.subarray(24).toString('hex')] }, text)
      survives(
        'install.check',
        {
          body: mutate(FRAMES.find((one) => one[3] === 0x22).subarray(104, -64), next).toString('hex'),
          node: 'a1'.repeat(32),
        },
        text,
      )
      survives(
        'frame.open',
        { bytes: text, suite: 2, secret: '00'.repeat(32), node: '00'.repeat(32), index: 0 },
        text,
      )
    }
    for (const leaf of LEAVES) {
      const text = mutate(leaf, next).toString('hex')
      for (const policy of ['open', 'closed']) {
        survives(
          'leaf.check',
          { leaf: text, overlay: '10'.repeat(16), policy, authority: AUTHORITY, wall_ms: 1767226600000 },
          text,
        )
      }
      survives(
        'frame.verify',
        { bytes: FRAMES.find((one) => one[3] === 0x10).toString('hex'), leaf: text },
        text,
      )
    }
    for (const document of DOCUMENTS)
      survives('document.parse', { bytes: mutate(document, next).toString('hex') }, 'a document')
  }
})

test('mutated envelopes break the peer instead of being refused', () => {
  const next = numbers(20260102)
  const peer = admitted()
  const good = [envelope(), envelope({ peer, slot: CLOSED_SLOT, value: closedInfo() })]
  const value = Buffer.from(closedInfo(), 'hex')
  for (let round = 0; round < ROUNDS; round += 1) {
    const outside = good.map((one) => mutate(Buffer.from(one, 'hex'), next).toString('hex'))
    // A publisher may sign what nobody can read.
    const inside = envelope({ peer, slot: CLOSED_SLOT, value: mutate(value, next).toString('hex') })
    const envelopes = [...outside, inside]
    for (const bytes of envelopes)
      survives('envelope.read', { bytes, overlay: OVERLAY, wall_ms: WALL }, bytes)
    const { found } = find(envelopes)
    assert.ok(found.length <= envelopes.length)
    survives(
      'resource.read',
      { overlay: OVERLAY, kind: 'group-info', name: GROUP, wall_ms: WALL, envelopes },
      `${envelopes}`,
    )
  }
})

test("a member of the wrong kind breaks a writer instead of being the caller's mistake", () => {
  const json = (value) => parseJson(Buffer.from(formatJson(value))) // whose objects have no prototype
  const strange = json([null, true, -1, 2n ** 70n, 'x', '', [], [null], {}, { address: 1 }, [[]], [{}], '00'])
  for (const frame of FRAMES) {
    const fields = json(act('frame.decode', { bytes: frame.toString('hex') }))
    for (const member of Object.keys(fields))
      for (const value of strange) survives('frame.encode', { ...fields, [member]: value }, member)
  }
  for (const document of DOCUMENTS) {
    const members = json(act('document.parse', { bytes: document.toString('hex') }))
    for (const member of Object.keys(members)) {
      for (const value of strange) {
        survives('document.build', { ...members, [member]: value }, member)
        survives('document.write-uri', { ...members, [member]: value }, member)
      }
    }
  }
})
