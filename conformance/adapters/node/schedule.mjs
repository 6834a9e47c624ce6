// The key schedule: from the element that all members share to the secrets and keys of one view.

import { expand, extract, hmac, sha256 } from './hash.mjs'
import { integer } from './octets.mjs'
import { misuse } from './refusals.mjs'
import { label, limit, suiteByCode } from './registry.mjs'

const SECRET_LENGTH = 32
const IV_LENGTH = 12

/**
 * Transcript, epoch secret and the four secrets of a view. `leafHashes` in view order; `key` is the shared
 * element.
 */
export function epochSecrets(suite, installDigest, leafHashes, downBody, key) {
  // REQ-KEY-29
  const transcript = sha256(
    label('key-transcript'),
    installDigest,
    integer(suite, 1),
    ...leafHashes,
    downBody,
  )
  const epoch = extract(transcript, key)
  const secret = (name) => expand(epoch, label(name), SECRET_LENGTH)
  return {
    transcript,
    epoch,
    confirm: secret('confirm'),
    read: secret('read'),
    control: secret('control'),
    exporter: secret('exporter'),
  }
}

/** The MAC that the member `node` sends in its CONFIRM. */
export function confirmation(confirmKey, node) {
  // REQ-KEY-30
  return hmac(confirmKey, label('confirm-mac'), node)
}

/** AEAD key and iv of one sender, from `read` or `control`. */
export function senderKey(suite, secret, index, node) {
  // REQ-KEY-37
  const whose = Buffer.concat([integer(index, 2), node])
  return {
    key: expand(secret, Buffer.concat([label('sender-key'), whose]), suiteByCode.get(suite).key),
    iv: expand(secret, Buffer.concat([label('sender-iv'), whose]), IV_LENGTH),
  }
}

/** `length` octets (1 to 8160) of keying material for `context` (0 to 255 octets). */
export function exportSecret(exporter, context, length) {
  // REQ-KEY-38
  if (context.length > 255) misuse('the context of an export has at most 255 octets; hash a longer one first')
  if (length < 1 || length > limit('export')) misuse(`an export has 1 to ${limit('export')} octets`)
  return expand(exporter, Buffer.concat([label('export'), integer(context.length, 1), context]), length)
}
