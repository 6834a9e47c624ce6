import assert from 'node:assert/strict'
import { test } from 'node:test'

import { act } from '../actions.mjs'
import { UsageError } from '../refusals.mjs'
import { ecKey, certificate, name } from './certificates.mjs'
import {
  admitted,
  AUTHORITY,
  CLOSED_SLOT,
  closedInfo,
  ENTRY,
  envelope,
  find,
  GROUP,
  INFO,
  member,
  PEERS,
  POINT,
  read,
  redirect,
  slotOf,
  WALL,
  ZEROS,
} from './stored.mjs'

const OTHER = Buffer.from('go', 'utf8').toString('hex')
const refusedAs = (reason, fields) => assert.throws(() => read(envelope(fields)), { reason })
const CLOSED = { peer: admitted(), slot: CLOSED_SLOT, value: closedInfo() }

/** Who published what was found, each as the place among all peers here. */
const whoFound = ({ found }) =>
  found.map(({ publisher }) => [...PEERS, POINT, CLOSED.peer].findIndex(({ id }) => id === publisher))

// ---------------------------------------------------------------- what the value says

test('a value of a type that its kind has is refused', () => {
  assert.equal(read(envelope()).document.description, 'Chess')
  assert.equal(read(envelope({ value: redirect(OTHER) })).document.actual_group_id, OTHER)
  const [peer] = PEERS
  assert.equal(read(envelope({ kind: 2, slot: ZEROS, value: member(peer) })).document.peer_id, peer.id)
  assert.equal(read(envelope({ kind: 3, name: '', value: ENTRY })).document.group_id, GROUP)
  assert.equal(read(envelope(CLOSED)).document.policy, 'closed')
  assert.equal(read(envelope({ value: '' })).document, null)
})

test('a value that is no document, or one of another kind, is read', () => {
  refusedAs('not-a-group-document', { value: '61' })
  refusedAs('wrong-document', { value: member(PEERS[0]) })
  refusedAs('wrong-document', { kind: 2, slot: ZEROS })
  refusedAs('wrong-document', { kind: 3, name: '' })
  refusedAs('wrong-document', { kind: 3, name: '', value: redirect(GROUP) })
})

test('a document stands in the slot of another group, or names another peer', () => {
  refusedAs('slot-mismatch', { slot: slotOf(OTHER) })
  refusedAs('slot-mismatch', { slot: CLOSED_SLOT })
  refusedAs('slot-mismatch', { ...CLOSED, slot: slotOf(GROUP) })
  refusedAs('slot-mismatch', { value: redirect(OTHER), slot: slotOf(OTHER) })
  refusedAs('publisher-mismatch', { kind: 2, slot: ZEROS, value: member(PEERS[1]) })
  read(envelope({ kind: 3, name: '', value: ENTRY, slot: slotOf(OTHER) }))
})

test('a certificate that is none names a group', () => {
  for (const slot of [CLOSED_SLOT, slotOf(GROUP)])
    refusedAs('slot-mismatch', { ...CLOSED, slot, value: closedInfo('3000') })
  const point = ecKey(Buffer.alloc(32, 9))
  const spki = Buffer.from(point.spki)
  spki[spki.length - 1] ^= 1
  refusedAs('slot-mismatch', { ...CLOSED, value: closedInfo(certificate(point, { spki }).toString('hex')) })
})

test('whoever the group has not admitted says where it is', () => {
  const by = (parts, overlay) => ({ ...CLOSED, peer: admitted(parts, overlay) })
  refusedAs('leaf-validity-too-long', by({ days: 8 }))
  refusedAs('leaf-usage', by({ extensions: [] }))
  refusedAs('leaf-name', by({}, slotOf(GROUP)))
  refusedAs('leaf-issuer', by({ issuerKey: ecKey(Buffer.alloc(32, 9)) }))
  refusedAs('leaf-issuer', by({ issuer: name('another') }))
  refusedAs('leaf-validity-too-long', { ...CLOSED, peer: PEERS[0] })
})

// ---------------------------------------------------------------- which of several count

test('what a publisher has said before counts still', () => {
  const old = envelope({ sequence: WALL - 1 })
  const late = envelope({ sequence: WALL, value: redirect(OTHER) })
  for (const envelopes of [
    [old, late],
    [late, old, late],
  ]) {
    const { found, classes } = find(envelopes)
    assert.deepEqual(
      found.map(({ publisher, slot, sequence, document }) => [publisher, slot, sequence, document.type]),
      [[PEERS[0].id, slotOf(GROUP), WALL, 'group-id-redirect']],
    )
    assert.deepEqual(classes, [[0]])
  }
})

test('a value that was withdrawn, or of which there are two, counts', () => {
  const value = envelope({ sequence: WALL - 1 })
  assert.deepEqual(find([value, envelope({ value: '' })]).found, [])
  assert.deepEqual(find([envelope(), envelope({ value: '' })]).found, [])
  const twofold = [envelope(), envelope({ lifetime: 3601 })]
  assert.deepEqual(find([value, ...twofold]).found, [])
  assert.equal(find([...twofold, envelope({ sequence: WALL + 1 })]).found.length, 1)
  assert.equal(find([envelope({ value: '', sequence: WALL - 1 }), envelope()]).found.length, 1)
})

test('anybody silences a publisher by turning its signature into another that verifies', () => {
  const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const good = envelope({ peer: POINT })
  const turned = (N - BigInt(`0x${good.slice(-64)}`)).toString(16).padStart(64, '0')
  const other = good.slice(0, -64) + turned
  assert.equal(read(other).document.description, 'Chess')
  for (const envelopes of [
    [good, other],
    [other, good],
  ])
    assert.equal(find(envelopes).found.length, 1)
})

test('a later value that cannot be read lets an earlier one count', () => {
  const good = envelope({ sequence: WALL - 1 })
  assert.deepEqual(find([good, envelope({ value: '61' })]).found, [])
  assert.deepEqual(find([good, envelope({ value: member(PEERS[0]) })]).found, [])
})

test('a later value that is refused without being read takes an earlier one away', () => {
  const good = envelope({ sequence: WALL - 1 })
  for (const bad of [
    envelope({ sequence: WALL + 300001 }),
    envelope({ key: PEERS[1].key }),
    envelope({ name: OTHER, slot: slotOf(OTHER) }),
    envelope({ overlay: '20'.repeat(16) }),
    '00',
    '',
  ])
    assert.equal(find([bad, good]).found.length, 1)
})

test('what is stored under another kind of the name is found', () => {
  const [peer] = PEERS
  const other = envelope({ kind: 2, slot: ZEROS, value: member(peer) })
  assert.deepEqual(find([other]).found, [])
  assert.deepEqual(find([envelope()], { kind: 'group-members' }).found, [])
})

test('one publisher takes the value of another away, or of its own other slot', () => {
  const open = envelope({ peer: CLOSED.peer, sequence: WALL - 1 })
  const envelopes = [open, envelope(CLOSED), envelope({ peer: PEERS[1], value: '' })]
  const { found, classes } = find(envelopes)
  assert.deepEqual(
    found.map(({ slot }) => slot),
    [CLOSED_SLOT, slotOf(GROUP)],
  )
  assert.deepEqual(classes, [[0], [1]])
})

test('what was found stands in another order than that of sequence and publisher', () => {
  const [first, second] = [...PEERS].sort((one, other) => (one.id < other.id ? -1 : 1))
  const envelopes = [
    envelope({ peer: second }),
    envelope({ peer: first }),
    envelope({ peer: POINT, sequence: WALL + 1 }),
  ]
  const order = [POINT, first, second].map(({ id }) => id)
  for (const given of [envelopes, [...envelopes].reverse()])
    assert.deepEqual(
      find(given).found.map(({ publisher }) => publisher),
      order,
    )
})

test('what one publisher says of two slots at one time depends on who asks', () => {
  const envelopes = [envelope(CLOSED), envelope({ peer: CLOSED.peer })]
  const slots = [CLOSED_SLOT, slotOf(GROUP)].sort()
  for (const given of [envelopes, [...envelopes].reverse()])
    assert.deepEqual(
      find(given).found.map(({ slot }) => slot),
      slots,
    )
})

// ---------------------------------------------------------------- classes

test('redirects and groups of one name are taken for one thing, or one for several', () => {
  const at = (back) => ({ sequence: WALL - back })
  const envelopes = [
    envelope({ peer: PEERS[0], value: redirect(OTHER), ...at(0) }),
    envelope({ ...CLOSED, ...at(1) }),
    envelope({ peer: PEERS[1], ...at(2) }),
    envelope({ peer: PEERS[2], value: redirect(OTHER), ...at(3) }),
    envelope({ peer: POINT, ...at(4) }),
  ]
  const result = find(envelopes.reverse())
  assert.deepEqual(whoFound(result), [0, 4, 1, 2, 3])
  assert.deepEqual(result.classes, [[0, 3], [1], [2, 4]])
  assert.deepEqual(result.used, [])
  for (const [invited, used] of [
    [CLOSED_SLOT, [1]],
    [slotOf(GROUP), [2, 4]],
    [slotOf(OTHER), []],
  ])
    assert.deepEqual({ ...find(envelopes, { invited }) }, { ...result, used })
})

test('redirects to two names are one class', () => {
  const values = [redirect(OTHER), redirect(GROUP)]
  const envelopes = values.map((value, at) => envelope({ peer: PEERS[at], value }))
  const { classes, used } = find(envelopes)
  assert.deepEqual([classes.length, used], [2, []])
})

test('the redirect to a name and the group of that name are one class', () => {
  const result = find([envelope({ value: redirect(GROUP) }), envelope({ peer: PEERS[1] })])
  assert.equal(result.classes.length, 2)
})

test('whoever is invited to one group is led to the only one that is found', () => {
  const own = [envelope({ sequence: WALL - 1 }), envelope({ peer: PEERS[1] })]
  assert.deepEqual(find(own).used, [0, 1])
  assert.deepEqual(find(own, { invited: slotOf(GROUP) }).used, [0, 1])
  assert.deepEqual(find(own, { invited: CLOSED_SLOT }).used, [])
  const alias = [envelope({ value: redirect(OTHER) })]
  assert.deepEqual(find(alias).used, [0])
  assert.deepEqual(find(alias, { invited: slotOf(GROUP) }).used, [])
})

test('kinds that have no classes have them', () => {
  const [peer] = PEERS
  const found = find([envelope({ kind: 2, slot: ZEROS, value: member(peer) })], { kind: 'group-members' })
  assert.deepEqual([found.found.length, 'classes' in found], [1, false])
  assert.throws(() => find([], { kind: 'group-members', invited: CLOSED_SLOT }), UsageError)
  const entry = { kind: 3, name: '', value: ENTRY }
  const list = find([envelope(entry), envelope({ ...entry, slot: '01'.repeat(16) })], {
    kind: 'group-list',
    name: '',
  })
  assert.deepEqual(Object.keys(list), ['found'])
  assert.equal(list.found.length, 2)
  assert.deepEqual({ ...find([]) }, { found: [], classes: [], used: [] })
})

test('a resource that cannot be is read, or more envelopes than may be asked for', () => {
  assert.throws(() => find([], { name: '' }), { reason: 'bad-group-id' })
  assert.throws(() => find([], { kind: 'group-list' }), { reason: 'bad-group-id' })
  assert.equal(find(Array(256).fill('')).found.length, 0)
  assert.throws(() => find(Array(257).fill('')), UsageError)
  assert.throws(() => find([], { kind: 'groups' }), UsageError)
  assert.throws(() => find([], { name: '', envelopes: [1] }), UsageError)
})

// ---------------------------------------------------------------- redirects

test('redirects lead in a circle, or without end', () => {
  const follow = (text) =>
    act('redirects.follow', { names: [...text].map((letter) => Buffer.from(letter).toString('hex')) })
  for (const text of ['a', 'ab', 'abcde']) assert.deepEqual(follow(text), {})
  for (const text of ['aa', 'aba', 'abb', 'abcdea', 'abcdaf'])
    assert.throws(() => follow(text), { reason: 'redirect-loop' }, text)
  for (const text of ['abcdef', 'abcdefa'])
    assert.throws(() => follow(text), { reason: 'redirect-depth' }, text)
  for (const names of [[], Array(17).fill('61'), [''], ['61'.repeat(256)], ['6'], 'a'])
    assert.throws(() => act('redirects.follow', { names }), UsageError)
})
