// Randomness at determinism D3: every draw is a function of the seed, its label, its context and how often it
// was drawn.

import { expand, extract } from './hash.mjs'
import { integer } from './octets.mjs'

/** The draw number `index` (from 0) of `length` octets for `label` and `context`. */
export function draw(seed, label, context, index, length) {
  // REQ-TST-1
  const info = Buffer.concat([
    Buffer.from(label, 'ascii'),
    Buffer.of(0),
    integer(context.length, 2),
    context,
    integer(index, 4),
  ])
  return expand(extract(Buffer.alloc(0), seed), info, length)
}
