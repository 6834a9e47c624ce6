// The two kinds of failure: bytes that are refused (a reason of the registry, with its phase), and a caller's
// mistake.

import { phaseOf } from './registry.mjs'

/**
 * Bytes from elsewhere were refused. `reason` and `phase` stand in the registry; `field` names the place,
 * where known.
 */
export class Refusal extends Error {
  constructor(reason, field = undefined) {
    super(reason)
    this.reason = reason
    this.phase = phaseOf(reason)
    this.field = field
  }
}

/** The caller asked for something that cannot be done; `message` is a sentence that says what to do. */
export class UsageError extends Error {}

/** Refuses with `reason`. Written as a call so that a check reads as one line. */
export function refuse(reason, field = undefined) {
  throw new Refusal(reason, field)
}

/** Tells the caller about a mistake of its own. */
export function misuse(sentence) {
  throw new UsageError(sentence)
}
