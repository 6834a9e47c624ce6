// INSTALL: digest and view id, and what of its body can be checked without sessions.

import { decodeBody } from './bodies.mjs'
import { sha256 } from './hash.mjs'
import { integer, isZero } from './octets.mjs'
import { isReachable } from './addresses.mjs'
import { refuse } from './refusals.mjs'
import { suiteByCode } from './registry.mjs'

const hex = (octets) => octets.toString('hex')
const ascending = (names) =>
  names.every((name, place) => place === 0 || Buffer.compare(names[place - 1], name) < 0)

/**
 * Members that share the base's previous view: the largest set, or of equal ones that with the lowest Node-
 * ID.
 */
export function findBase(members) {
  const sets = new Map()
  for (const member of [...members].sort((a, b) => Buffer.compare(a.node_id, b.node_id))) {
    if (isZero(member.previous_view)) continue
    const view = hex(member.previous_view)
    if (!sets.has(view)) sets.set(view, [])
    sets.get(view).push(member)
  }
  // Sets stand in the order of their lowest Node-ID, so the first of the longest is the base.
  return [...sets.values()].reduce((best, set) => (set.length > best.length ? set : best), [])
}

/** The order of the base in the view that the receiver installed, rotated for a refresh. */
function baseOrder(members, base, previous) {
  const places = new Map(previous.members.map((node, place) => [hex(node), place]))
  if (base.some((member) => !places.has(hex(member.node_id)))) return null
  const order = base.map((member) => hex(member.node_id)).sort((a, b) => places.get(a) - places.get(b))
  const isRefresh = base.length === members.length && base.length === previous.members.length
  return isRefresh ? [...order.slice(1), order[0]] : order
}

/**
 * Refuses members that do not stand in the one order that their previous views demand. Returns the size of
 * the base.
 */
function checkOrder(members, previous) {
  // REQ-KEY-11
  const base = findBase(members)
  const isBase = new Set(base.map((member) => hex(member.node_id)))
  const first = members.slice(0, base.length)
  if (!first.every((member) => isBase.has(hex(member.node_id)))) refuse('bad-order', 'members')
  if (!ascending(members.slice(base.length).map((member) => member.node_id))) refuse('bad-order', 'members')
  if (previous && base.length > 0 && base[0].previous_view.equals(previous.view)) {
    const order = baseOrder(members, base, previous)
    if (order === null || !first.every((member, place) => hex(member.node_id) === order[place]))
      refuse('bad-order', 'members')
  }
  return base.length
}

function checkCuts(members, cuts) {
  // REQ-KEY-12
  if (!ascending(cuts.map((cut) => cut.previous_view))) refuse('bad-cut', 'cuts')
  for (const cut of cuts) {
    const isFrom = (member) => member !== undefined && member.previous_view.equals(cut.previous_view)
    if (isZero(cut.previous_view) || !members.some(isFrom)) refuse('bad-cut', 'cuts')
    if (!ascending(cut.senders.map((sender) => sender.node_id))) refuse('bad-cut', 'cuts')
    if (!cut.senders.every((sender) => isFrom(members[sender.holder]))) refuse('bad-cut', 'cuts')
  }
}

/**
 * Checks an INSTALL body for the receiver `node`; `previous` is its installed view ({members, view}) or undefined.
 * Returns digest, view id and the size of the base.
 */
export function checkInstall(octets, node, previous) {
  const { counter, suite, members, cuts } = decodeBody('INSTALL', octets)
  const names = members.map((member) => hex(member.node_id))
  if (new Set(names).size !== names.length) refuse('duplicate-member', 'members') // REQ-KEY-7
  if (!names.includes(hex(node))) refuse('self-absent', 'members') // REQ-KEY-8
  if (!members.every((member) => isReachable(member.contact))) refuse('bad-contact', 'members') // REQ-KEY-9
  if (!suiteByCode.has(suite)) refuse('unknown-suite', 'suite') // REQ-KEY-10
  const base = checkOrder(members, previous)
  checkCuts(members, cuts)
  const digest = sha256(octets)
  return { digest, view: Buffer.concat([integer(counter, 8), digest.subarray(0, 8)]), base }
}
