import assert from 'node:assert/strict'
import { test } from 'node:test'

import { act } from '../actions.mjs'
import { encodeBody } from '../bodies.mjs'
import { formatJson, parseJson } from '../json.mjs'

const refused = (reason) => ({ reason })
const json = (value) => parseJson(Buffer.from(formatJson(value)))
const octets = (value, size = 32) => Buffer.alloc(size, value)
const scalar = (suite, value) =>
  json(act('scalar.draw', { suite, bytes: octets(value, suite === 1 ? 32 : 48).toString('hex') })).scalar
const BASE = {
  1: '09'.padEnd(64, '0'),
  2: '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
}

/**
 * Lets newcomers with these scalars extend a flow; gives the entries of DOWN and what each member computes.
 */
function pass(suite, flow, scalars) {
  let state = flow
  for (const x of scalars) state = json(act('run.up', { suite, ...state, x }))
  return state.entries
}

const keys = (suite, entries, scalars) =>
  entries.map((entry, at) => json(act('run.key', { suite, entry, x: scalars[at] })).key)

test('members of one run compute two keys', () => {
  for (const suite of [1, 2]) {
    for (const size of [1, 2, 5]) {
      const scalars = Array.from({ length: size }, (_, at) => scalar(suite, at + 1))
      const entries = pass(suite, { entries: [], total: BASE[suite] }, scalars)
      assert.equal(entries.length, size)
      assert.equal(new Set(keys(suite, entries, scalars)).size, 1)
    }
  }
})

test('after one leaves, two join and the controller refreshes, members compute two keys, or the old one', () => {
  for (const suite of [1, 2]) {
    const scalars = [1, 2, 3, 4].map((value) => scalar(suite, value))
    const before = pass(suite, { entries: [], total: BASE[suite] }, scalars)
    const stay = [0, 1, 3]
    const start = json(
      act('run.start', {
        suite,
        entries: stay.map((at) => before[at]),
        position: 2,
        x: scalars[3],
        y: scalar(suite, 9),
      }),
    )
    const newcomers = [scalar(suite, 11), scalar(suite, 12)]
    const after = pass(suite, { entries: start.entries, total: start.total }, newcomers)
    const found = keys(suite, after, [scalars[0], scalars[1], start.x, ...newcomers])
    assert.equal(new Set(found).size, 1)
    assert.notEqual(found[0], keys(suite, before, scalars)[0])
    assert.ok(!after.includes(start.total))
  }
})

// ---------------------------------------------------------------- INSTALL

const member = (value, view = 0) => ({
  node_id: octets(value),
  incarnation: 1,
  leaf_hash: octets(value),
  contact: { address: Buffer.from('00000000000000000000ffffc0000201', 'hex'), port: 4000 },
  previous_view: octets(view, 16),
})
const check = (parts, more = {}) =>
  json(
    act('install.check', {
      body: encodeBody('INSTALL', {
        counter: 8,
        nonce: octets(1),
        suite: 1,
        clock_base: 0,
        members: [member(1)],
        cuts: [],
        extensions: [],
        ...parts,
      }).toString('hex'),
      node: octets(1).toString('hex'),
      ...more,
    }),
  )
const members = (...rows) => ({ members: rows.map((row) => member(...row)) })
const sender = (value, holder) => ({ node_id: octets(value), sequence: 1, holder })

test('members that name one twice, miss the receiver or cannot be reached are installed', () => {
  assert.throws(() => check(members([1], [1])), refused('duplicate-member'))
  assert.throws(() => check(members([2], [3])), refused('self-absent'))
  assert.throws(() => check({ suite: 3 }), refused('unknown-suite'))
  for (const [address, port] of [
    ['00000000000000000000ffffc0000201', 0],
    ['00'.repeat(16), 1],
    ['ff02' + '00'.repeat(14), 1],
    ['00000000000000000000ffffe0000001', 1],
    ['00000000000000000000ffffffffffff', 1],
    ['00000000000000000000ffff00000000', 1],
  ]) {
    const contact = { address: Buffer.from(address, 'hex'), port }
    assert.throws(() => check({ members: [{ ...member(1), contact }] }), refused('bad-contact'), address)
  }
})

test('an order that the previous views do not demand is installed', () => {
  assert.equal(check(members([1], [2], [3])).base, 0)
  assert.throws(() => check(members([2], [1])), refused('bad-order'))
  assert.equal(check(members([5, 7], [4, 7], [1], [3, 8])).base, 2)
  assert.throws(() => check(members([1], [5, 7], [4, 7])), refused('bad-order'))
  assert.throws(() => check(members([5, 7], [4, 7], [3, 8], [1])), refused('bad-order'))
  assert.equal(check(members([4, 8], [1, 8], [2, 7], [3, 7])).base, 2)
  assert.throws(() => check(members([2, 7], [3, 7], [1, 8], [4, 8])), refused('bad-order'))
})

test('a receiver of the base takes another order than that of its view, or a refresh without rotation', () => {
  const previous = (...list) => ({
    previous: { members: list.map((value) => octets(value).toString('hex')), view: '07'.repeat(16) },
  })
  check(members([1, 7], [3, 7], [4]), previous(2, 1, 3))
  assert.throws(() => check(members([3, 7], [1, 7], [4]), previous(2, 1, 3)), refused('bad-order'))
  check(members([2, 7], [3, 7], [1, 7]), previous(1, 2, 3))
  assert.throws(() => check(members([1, 7], [2, 7], [3, 7]), previous(1, 2, 3)), refused('bad-order'))
})

test('a cut that fits no member is installed', () => {
  const cut = (view, ...senders) => ({ previous_view: octets(view, 16), acknowledged: 5n, senders })
  const rows = members([1, 7], [2, 7], [3, 8])
  check({ ...rows, cuts: [cut(7, sender(1, 0), sender(2, 1)), cut(8, sender(9, 2))] })
  for (const cuts of [
    [cut(8), cut(7)],
    [cut(7), cut(7)],
    [cut(9)],
    [cut(0)],
    [cut(7, sender(2, 0), sender(1, 0))],
    [cut(7, sender(1, 2))],
    [cut(7, sender(1, 3))],
  ])
    assert.throws(() => check({ ...rows, cuts }), refused('bad-cut'))
})
