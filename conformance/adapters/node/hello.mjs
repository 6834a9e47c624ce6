// What the stateless side of the greeting computes: cookie and transcript.

import { hmac, sha256 } from './hash.mjs'
import { integer } from './octets.mjs'
import { label } from './registry.mjs'

/** The cookie of one bucket for a source (18 octets), an overlay and a nonce. */
export function helloCookie(secret, source, overlay, nonce, bucket) {
  // REQ-SES-1
  return hmac(secret, label('cookie'), source, overlay, nonce, integer(bucket, 8))
}

/** The transcript over the whole frames exchanged so far. */
export function helloTranscript(frames) {
  return sha256(label('hello-transcript'), ...frames)
}
