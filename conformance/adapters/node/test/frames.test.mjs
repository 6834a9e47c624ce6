import assert from 'node:assert/strict'
import { createPrivateKey, sign } from 'node:crypto'
import { test } from 'node:test'

import { act } from '../actions.mjs'
import { formatJson, parseJson } from '../json.mjs'
import { UsageError } from '../refusals.mjs'
import { label, payloadKindByCode } from '../registry.mjs'
import { certificate, ecKey, edKey } from './certificates.mjs'
import { readDumps } from './dumps.mjs'

const hex = (octets) => octets.toString('hex')
const refused = (reason) => ({ reason })
const json = (value) => parseJson(Buffer.from(formatJson(value)))
const dumps = new Map(readDumps().map((dump) => [dump.type, dump]))
const decode = (octets) => json(act('frame.decode', { bytes: hex(octets) }))

/** A copy of a dump's octets with one place changed. */
function changed(type, at, ...octets) {
  const copy = Buffer.from(dumps.get(type).octets)
  copy.set(octets, at)
  return copy
}

/** A copy of a dump with its body replaced and its length mended. */
function withBody(type, body) {
  const { octets } = dumps.get(type)
  const [head, tail] = type === 'HELLO2' || octets[4] === 1 ? [104, 64] : [24, 0]
  const frame = Buffer.concat([octets.subarray(0, head), body, octets.subarray(octets.length - tail)])
  frame.writeUInt16BE(frame.length - 24, 6)
  return frame
}

const bodyOf = (type) => dumps.get(type).octets.subarray(104, -64)

test('a frame says something else than the dump of the specification', () => {
  for (const { type, octets, notes } of dumps.values()) {
    const fields = decode(octets)
    assert.equal(fields.type, type)
    for (const [path, text] of notes) {
      if (
        !/^[a-z_]+$/.test(path) ||
        fields[path] === undefined ||
        !/^\d+( |$)/.test(text) ||
        text.includes('octets')
      )
        continue
      if (!['type', 'protection'].includes(path))
        assert.equal(String(fields[path]), text.split(' ')[0], `${type} ${path}`)
    }
  }
})

test('a frame that is read and written again is another', () => {
  for (const { octets } of dumps.values())
    assert.equal(act('frame.encode', decode(octets)).bytes.toString('hex'), hex(octets))
})

test('a frame cut off anywhere is taken', () => {
  for (const { octets } of dumps.values()) {
    for (let length = 0; length < octets.length; length += 1) {
      assert.throws(
        () => decode(octets.subarray(0, length)),
        refused(length < 24 ? 'too-short' : 'bad-length'),
      )
    }
  }
})

test('of several faults of a header another than the first is told', () => {
  const bad = changed('HELLO1', 0, 0, 0, 2, 0xee, 9, 1, 0xff, 0xff)
  for (const [at, octets, reason] of [
    [0, [0xc0, 0x7e], 'bad-magic'],
    [2, [1], 'unknown-version'],
    [3, [1], 'unknown-type'],
    [4, [0], 'wrong-protection'],
    [5, [0], 'reserved-nonzero'],
    [6, [0, 104], 'bad-length'],
  ]) {
    assert.throws(() => decode(bad), refused(reason))
    bad.set(octets, at)
  }
  decode(bad)
})

test('a fault of length hides behind a later one', () => {
  assert.throws(() => decode(withBody('HELLO1', Buffer.alloc(103))), refused('short-frame'))
  assert.throws(() => decode(withBody('HELLO1', Buffer.alloc(105))), refused('short-frame'))
  assert.throws(() => decode(withBody('RETRY', Buffer.alloc(97))), refused('short-frame'))
  assert.throws(() => decode(withBody('HELLO1', Buffer.alloc(1177))), refused('datagram-too-long'))
  assert.throws(() => decode(changed('DATA', 0x2b, 1)), refused('reserved-nonzero'))
})

test('a count outside its limits is believed', () => {
  for (const [type, at, value] of [
    ['HELLO2', 0xc8, 0],
    ['HELLO2', 0xc8, 9],
    ['UP', 0x88, 0],
    ['UP', 0x88, 64],
    ['DOWN', 0x88, 65],
    ['SEGMENT', 0x28, 3],
    ['SEGMENT', 0x29, 1],
    ['SEGMENT', 0x29, 65],
    ['ERROR', 0x3b, 9],
    ['PROPOSE', 0x70, 0],
    ['PROPOSE', 0x70, 65],
    ['PROPOSE', 0x11f, 64],
    ['PROPOSE', 0x120, 0x20],
    ['FLUSH', 0x9a, 65],
    ['FLUSH', 0xeb, 65],
    ['JOIN', 0x78, 0],
    ['JOIN', 0x78, 65],
    ['NODES', 0x70, 9],
    ['VALUES', 0x71, 33],
    ['STORE', 0x69, 0],
    ['HOST', 0x68, 0],
    ['HOST', 0x70, 0],
  ])
    assert.throws(() => decode(changed(type, at, value)), refused('count-out-of-range'), `${type} ${value}`)
  assert.throws(() => decode(changed('UP', 0x88, 63)), refused('truncated-body'))
  assert.throws(() => decode(changed('DOWN', 0x88, 64)), refused('truncated-body'))
  assert.throws(() => decode(changed('NODES', 0x70, 8)), refused('truncated-body'))
  assert.throws(() => decode(changed('VALUES', 0x71, 32)), refused('truncated-body'))
})

test('a page with an empty row is refused for its structure', () => {
  const page = Buffer.from('0000000000000007' + '02' + '02' + '0000' + '000178', 'hex')
  const fields = decode(withBody('VALUES', page))
  assert.deepEqual(fields.held, ['', '78'])
  assert.equal(hex(act('frame.encode', fields).bytes), hex(withBody('VALUES', page)))
})

test('octets behind a body, or padding that says something, are let through', () => {
  assert.throws(() => decode(changed('HELLO1', 127, 1)), refused('padding-nonzero'))
  assert.throws(
    () => decode(withBody('ERROR', Buffer.concat([dumps.get('ERROR').octets.subarray(24), Buffer.of(0)]))),
    refused('trailing-bytes'),
  )
  assert.throws(
    () => decode(withBody('SEGMENT', dumps.get('SEGMENT').octets.subarray(24, 42))),
    refused('truncated-body'),
  )
})

test('a bad extension list is read as far as it goes', () => {
  const nonce = bodyOf('PONG')
  const one = (type, value = Buffer.alloc(0)) =>
    Buffer.concat([Buffer.of(type >> 8, type & 255, value.length >> 8, value.length & 255), value])
  const pong = (...list) => decode(withBody('PONG', Buffer.concat([nonce, ...list])))
  assert.throws(() => pong(Buffer.alloc(3)), refused('extension-overrun'))
  assert.throws(() => pong(Buffer.of(0, 9, 0, 1)), refused('extension-overrun'))
  assert.throws(() => pong(one(0x8009)), refused('unknown-critical-extension'))
  assert.throws(() => pong(one(0x8002)), refused('unknown-critical-extension'))
  assert.throws(() => pong(one(9), one(9)), refused('duplicate-extension'))
  assert.throws(() => pong(one(1, Buffer.of(0, 1))), refused('padding-nonzero'))
  const many = Array.from({ length: 17 }, (_, at) => one(0x100 + at))
  assert.equal(pong(...many.slice(0, 16)).extensions.length, 16)
  assert.throws(() => pong(...many), refused('too-many-extensions'))
})

test('a signature by another key, or over other octets, verifies', () => {
  const zeros = Buffer.alloc(64)
  for (const key of [edKey(Buffer.alloc(32, 1)), ecKey(Buffer.alloc(32, 2))]) {
    const leaf = hex(certificate(key))
    const unsigned = act('frame.encode', { ...decode(dumps.get('PING').octets), signature: hex(zeros) }).bytes
    const signed = Buffer.concat([label('frame-signature'), unsigned.subarray(0, -64)])
    const signature = sign(key.hash, signed, {
      key: createPrivateKey(key.secret.export({ format: 'pem', type: 'pkcs8' })),
      dsaEncoding: 'ieee-p1363',
    })
    const frame = Buffer.concat([unsigned.subarray(0, -64), signature])
    assert.deepEqual(act('frame.verify', { bytes: hex(frame), leaf }), {})
    for (const at of [9, 30, 110, frame.length - 1]) {
      const flipped = Buffer.from(frame)
      flipped[at] ^= 1
      assert.throws(() => act('frame.verify', { bytes: hex(flipped), leaf }), refused('bad-signature'))
    }
    assert.throws(() => act('frame.verify', { bytes: hex(unsigned), leaf }), refused('bad-signature'))
  }
})

test('a sealed frame opens with a flipped bit, in another overlay, or for another sender', () => {
  const [secret, node] = [Buffer.alloc(32, 3), Buffer.alloc(32, 4)].map(hex)
  const message = {
    timestamp: 257,
    kind: payloadKindByCode.get(0).code,
    fragment_index: 0,
    fragment_count: 1,
    payload: '68656c6c6f',
  }
  const fields = { acknowledged: 0, first_sequence: 1, messages: [message], extensions: [] }
  const place = { overlay_id: '10'.repeat(16), view_id: '20'.repeat(16), sender_index: 1, counter: 2n ** 40n }
  for (const suite of [1, 2]) {
    const { bytes } = act('frame.seal', { ...place, suite, secret, node, fields })
    const open = (octets, more = {}) =>
      formatJson(act('frame.open', { bytes: hex(octets), suite, secret, node, index: 1, ...more }))
    assert.equal(open(bytes), formatJson(fields))
    for (let at = 8; at < bytes.length; at += 1) {
      if (at >= 42 && at < 44) continue // the reserved field is refused before
      const flipped = Buffer.from(bytes)
      flipped[at] ^= 1
      assert.throws(() => open(flipped), refused('bad-seal'))
    }
    assert.throws(() => open(bytes, { index: 2 }), refused('bad-seal'))
    assert.throws(() => open(bytes, { node: '05'.repeat(32) }), refused('bad-seal'))
  }
})

test('a sealed frame of another type than DATA is sealed as one, or a signed one is sealed', () => {
  const [secret, node] = [Buffer.alloc(32, 3), Buffer.alloc(32, 4)].map(hex)
  const place = { overlay_id: '10'.repeat(16), view_id: '20'.repeat(16), sender_index: 1, counter: 7 }
  const fields = { ranges: [{ sender: 1, first: 2, last: 3 }], extensions: [] }
  const common = { suite: 1, secret, node }
  const { bytes } = act('frame.seal', { ...place, ...common, type: 'NACK', fields })
  assert.equal(bytes[3], 0x43)
  assert.equal(formatJson(act('frame.open', { bytes: hex(bytes), ...common, index: 1 })), formatJson(fields))
  const seal = (ranges) =>
    act('frame.seal', { ...place, ...common, type: 'NACK', fields: { ...fields, ranges } }).bytes
  const many = seal(Array(17).fill(fields.ranges[0]))
  for (const octets of [many, seal([])])
    assert.throws(
      () => act('frame.open', { bytes: hex(octets), ...common, index: 1 }),
      refused('count-out-of-range'),
    )
  for (const type of ['PING', 'HELLO1', 'NONE'])
    assert.throws(() => act('frame.seal', { ...place, ...common, type, fields }), UsageError)
})

test('a sender group is read outside INSTALL', () => {
  const group = Buffer.of(0x80, 3, 0, 8, 0x80, 0, 0, 0, 0, 0, 0, 0)
  const read = (type) => decode(withBody(type, Buffer.concat([bodyOf(type), group])))
  assert.equal(read('INSTALL').extensions[0].value, '8000000000000000')
  for (const type of ['PROPOSE', 'FLUSH', 'JOIN'])
    assert.throws(() => read(type), refused('unknown-critical-extension'))
})

test('a frame that travelled in segments arrives as another, or one arrives that may not travel so', () => {
  const long = act('frame.encode', {
    ...decode(dumps.get('DOWN').octets),
    entries: Array.from({ length: 64 }, (_, at) => at.toString(16).padStart(64, '0')),
  }).bytes
  const { segments } = json(act('segment.cut', { frame: hex(long) }))
  assert.deepEqual(
    segments.map((one) => one.length / 2),
    [1176, long.length - 1158 + 18],
  )
  assert.equal(hex(act('segment.join', { segments: [...segments].reverse() }).frame), hex(long))
  assert.equal(hex(act('segment.join', { segments: [segments[0], ...segments] }).frame), hex(long))
  const other = segments[1].slice(0, -2) + '99'
  assert.throws(() => act('segment.join', { segments: [...segments, other] }), refused('segment-conflict'))
  assert.throws(() => act('segment.join', { segments: [segments[0], other] }), refused('segment-digest'))
  assert.throws(
    () => act('segment.join', { segments: [segments[0], '00' + segments[1].slice(2)] }),
    UsageError,
  )
  assert.throws(() => act('segment.join', { segments: [segments[0]] }), UsageError)
  assert.throws(() => act('segment.cut', { frame: hex(long.subarray(0, 1200)) }), UsageError)
  assert.throws(
    () =>
      act('segment.join', {
        segments: [segments[0], segments[1].slice(0, 34) + '03' + segments[1].slice(36)],
      }),
    refused('segment-conflict'),
  )
  const bogus = json(
    act('segment.cut', { frame: hex(Buffer.concat([Buffer.of(0), long.subarray(1)])) }),
  ).segments
  assert.throws(() => act('segment.join', { segments: bogus }), refused('segment-inner'))
})
