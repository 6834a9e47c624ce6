// Redirects: from the name that was looked up to the one that it is an alias of.

import { refuse } from './refusals.mjs'
import { limit } from './registry.mjs'

/**
 * Follows redirects: `names` are Group-IDs, first the one that was looked up, then the target of each
 * redirect in turn. Refuses by REQ-VAL-18 at the first target at which the lookup ends.
 */
export function followRedirects(names) {
  const seen = new Set()
  for (const [followed, name] of names.entries()) {
    const text = name.toString('hex')
    // REQ-VAL-18
    if (seen.has(text)) refuse('redirect-loop', `names[${followed}]`)
    if (followed > limit('redirects')) refuse('redirect-depth', `names[${followed}]`)
    seen.add(text)
  }
}
