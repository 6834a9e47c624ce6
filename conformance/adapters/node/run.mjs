// The steps of a key run that each member computes: the controller's, a newcomer's, and the shared element.

import { misuse } from './refusals.mjs'
import { fold, raise } from './suites.mjs'

/** The controller's step: refreshes all entries but its own with `y`, and its own scalar instead. */
export function startRun(suite, entries, position, x, y) {
  // REQ-KEY-19
  if (position < 0 || position >= entries.length) misuse('position must be the index of one of the entries')
  const refreshed = entries.map((entry, place) => (place === position ? entry : raise(suite, entry, y)))
  const scalar = fold(suite, x, y)
  return { entries: refreshed, total: raise(suite, entries[position], scalar), x: scalar }
}

/**
 * A newcomer's step: `entries` and `total` as received; no entry and the base point where there is no base.
 */
export function passUp(suite, entries, total, x) {
  // REQ-KEY-20
  return {
    entries: [...entries.map((entry) => raise(suite, entry, x)), total],
    total: raise(suite, total, x),
  }
}

/** K: the member's own entry of DOWN, raised to its own scalar. */
export function sharedElement(suite, entry, x) {
  return raise(suite, entry, x)
}
