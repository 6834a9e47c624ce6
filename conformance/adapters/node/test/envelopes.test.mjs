import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'

import { act } from '../actions.mjs'
import { formatJson } from '../json.mjs'
import { UsageError } from '../refusals.mjs'
import { BEGIN, certificate, edKey } from './certificates.mjs'
import { readEnvelopeDump } from './dumps.mjs'
import {
  check,
  ENTRY,
  envelope,
  GROUP,
  member,
  OVERLAY,
  PEERS,
  POINT,
  slotOf,
  WALL,
  ZEROS,
} from './stored.mjs'

const refusedAs = (reason, fields, more) =>
  assert.throws(() => check(envelope(fields), more), { reason }, `${reason} of ${formatJson(fields)}`)

test('two kinds of one name have the same key, or the key is not the hash that the chapter states', () => {
  const key = (kind, name) => act('resource.key', { kind, name }).key.toString('hex')
  const expected = createHash('sha256').update('coterie/1 resource\0\x02\x05chess').digest('hex')
  assert.equal(key('group-members', GROUP), expected)
  assert.notEqual(key('group-info', GROUP), expected)
  assert.equal(
    key('group-list', ''),
    createHash('sha256').update('coterie/1 resource\0\x03\0').digest('hex'),
  )
})

test('a resource has a name that its kind does not have', () => {
  for (const [kind, name] of [
    ['group-info', ''],
    ['group-members', '00'.repeat(256)],
    ['group-info', '65cc81'], // not in form NFC
    ['group-list', GROUP],
  ])
    assert.throws(() => act('resource.key', { kind, name }), { reason: 'bad-group-id' })
})

test('an envelope says something else than its publisher did, or its octets lie otherwise', () => {
  const { leaf, id } = PEERS[0]
  const bytes = envelope({ value: 'abcd', lifetime: 60 })
  const head = `0105${GROUP}${slotOf(GROUP)}${WALL.toString(16).padStart(16, '0')}0000003c`
  const size = (leaf.length / 2).toString(16).padStart(4, '0')
  assert.equal(bytes.slice(0, -128), `${head}${size}${leaf}0002abcd`)
  assert.deepEqual(
    { ...check(bytes) },
    {
      kind: 'group-info',
      name: GROUP,
      slot: slotOf(GROUP),
      sequence: WALL,
      lifetime: 60,
      leaf,
      value: 'abcd',
      publisher: id,
      expires: WALL + 60000,
    },
  )
  assert.equal(check(envelope({ peer: POINT })).publisher, POINT.id)
})

test('an envelope says something else than the dump of the specification', () => {
  const dump = readEnvelopeDump().toString('hex')
  const bytes = envelope({
    name: Buffer.from('example').toString('hex'),
    slot: '202122232425262728292a2b2c2d2e2f',
    sequence: 1767225600000,
    lifetime: 600,
    leaf: '30061e1e1e1e1e1e',
    value: Buffer.from('GROUP-MANAGEMENT:').toString('hex'),
  })
  assert.equal(bytes.slice(0, -128), dump.slice(0, -128))
  assert.equal(bytes.length, dump.length)
})

test('an envelope cut off anywhere, or with an octet more, is taken', () => {
  const whole = envelope()
  for (let end = 0; end < whole.length; end += 2)
    assert.throws(() => check(whole.slice(0, end)), { reason: 'bad-envelope' }, `${end}`)
  assert.throws(() => check(`${whole}00`), { reason: 'bad-envelope' })
})

test('a kind, name or slot that cannot be is taken', () => {
  for (const kind of [0, 4, 255]) refusedAs('unknown-kind', { kind })
  refusedAs('bad-group-id', { name: '' })
  refusedAs('bad-group-id', { name: '65cc81' })
  refusedAs('bad-group-id', { kind: 3 })
  refusedAs('bad-slot', { slot: ZEROS })
  refusedAs('bad-slot', { kind: 2 })
  refusedAs('bad-slot', { kind: 3, name: '', slot: ZEROS })
  check(envelope({ kind: 2, slot: ZEROS, value: member(PEERS[0]) }))
  check(envelope({ kind: 3, name: '', value: ENTRY }))
})

test('a value lives too short or too long, or a tombstone does not outlive it', () => {
  for (const lifetime of [0, 59, 86401, 2 ** 32 - 1]) refusedAs('bad-lifetime', { lifetime })
  for (const lifetime of [60, 86400]) check(envelope({ lifetime }))
  for (const lifetime of [60, 86399, 86401]) refusedAs('bad-lifetime', { value: '', lifetime })
  check(envelope({ value: '' }))
})

test('a value of more octets than the limit is kept', () => {
  check(envelope({ value: '61'.repeat(8192) }))
  refusedAs('value-too-long', { value: '61'.repeat(8193) })
})

test('a publisher whose clock is ahead gains time, or one that is too far ahead is believed', () => {
  assert.equal(check(envelope({ sequence: WALL + 300000 })).expires, WALL + 3600000)
  assert.equal(check(envelope({ sequence: WALL - 5 })).expires, WALL + 3599995)
  refusedAs('future-value', { sequence: WALL + 300001 })
  refusedAs('future-value', { sequence: 2n ** 64n - 1n })
})

test('an envelope is taken at the moment at which it expires', () => {
  refusedAs('expired-value', { sequence: WALL - 3600000 })
  check(envelope({ sequence: WALL - 3599999 }))
  refusedAs('expired-value', { sequence: 0 })
})

test('the leaf of a stored value is not checked, or is checked for who issued it', () => {
  refusedAs('leaf-encoding', { leaf: '' })
  refusedAs('leaf-too-long', { leaf: '30'.repeat(601) })
  refusedAs('leaf-not-yet-valid', { sequence: 0 }, { wall_ms: 1 })
  const key = edKey(Buffer.alloc(32, 1))
  const long = certificate(key, { days: 401 }).toString('hex')
  refusedAs('leaf-validity-too-long', { leaf: long })
  const end = (BEGIN + 90 * 86400) * 1000
  check(envelope({ sequence: end }), { wall_ms: end + 999 })
  refusedAs('leaf-expired', { sequence: end }, { wall_ms: end + 1000 })
})

test('an envelope that its publisher did not sign for this overlay is taken', () => {
  refusedAs('bad-signature', { key: PEERS[1].key })
  refusedAs('bad-signature', { leaf: POINT.leaf })
  refusedAs('bad-signature', {}, { overlay: '20'.repeat(16) })
  for (const peer of [PEERS[0], POINT]) {
    const good = envelope({ peer, value: '6161' })
    for (const at of [good.length - 130, good.length - 128, good.length - 1]) {
      const bad = good.slice(0, at) + (good[at] === '0' ? '1' : '0') + good.slice(at + 1)
      assert.throws(() => check(bad), { reason: 'bad-signature' })
    }
  }
})

test('the reason of an envelope with many faults is not that of the first check', () => {
  const faults = [
    ['unknown-kind', { kind: 9 }, { kind: 1 }],
    ['bad-group-id', { name: '' }, { name: GROUP }],
    ['bad-slot', { slot: ZEROS }, { slot: slotOf(GROUP) }],
    ['bad-lifetime', { lifetime: 59 }, { lifetime: 60 }],
    ['value-too-long', { value: '61'.repeat(8193) }, { value: '61' }],
    ['future-value', { sequence: WALL + 300001 }, { sequence: WALL - 60000 }],
    ['expired-value', {}, { sequence: WALL }],
    ['leaf-encoding', { leaf: '3000' }, { leaf: PEERS[1].leaf }],
    ['bad-signature', {}, { key: PEERS[1].key }],
  ]
  let fields = Object.assign({}, ...faults.map(([, bad]) => bad))
  for (const [reason, , good] of faults) {
    refusedAs(reason, fields)
    fields = { ...fields, ...good }
  }
  assert.equal(check(envelope(fields)).publisher, PEERS[1].id)
})

test("a caller's mistake is judged as if somebody else had made it", () => {
  for (const fields of [
    { kind: 256 },
    { kind: 'group-info' },
    { name: '61'.repeat(256) },
    { slot: '10'.repeat(15) },
    { sequence: -1 },
    { sequence: 2n ** 64n },
    { lifetime: 2 ** 32 },
    { leaf: '00'.repeat(65536) },
    { value: '00'.repeat(65536) },
    { overlay: '10' },
    { key: '3000' },
    { key: '' },
    { key: `${PEERS[0].key}00` },
    { colour: 'red' },
  ])
    assert.throws(() => envelope(fields), UsageError, formatJson(fields).slice(0, 80))
  for (const args of [
    { kind: 'group-info' },
    { kind: 1, name: GROUP },
    { kind: 'toString', name: GROUP },
    { kind: 'group-info', name: 'x' },
  ])
    assert.throws(() => act('resource.key', args), UsageError)
  for (const args of [{ bytes: '' }, { bytes: '', overlay: OVERLAY, wall_ms: '1' }])
    assert.throws(() => act('envelope.check', args), UsageError)
})

test('a signer refuses values that only a reader judges', () => {
  for (const fields of [
    { kind: 255 },
    { name: '61'.repeat(255) },
    { lifetime: 2 ** 32 - 1 },
    { leaf: '', value: '' },
    { value: '00'.repeat(65535) },
  ])
    assert.ok(envelope(fields).length > 0)
})
