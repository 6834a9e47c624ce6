// Sealed frames: an AEAD over the body, under the key of one sender in one view.

import { createCipheriv, createDecipheriv } from 'node:crypto'

import { decodePrefix } from './frames.mjs'
import { integer } from './octets.mjs'
import { refuse } from './refusals.mjs'
import { senderKey } from './schedule.mjs'

const CIPHER = { 1: 'chacha20-poly1305', 2: 'aes-128-gcm' }
const TAG_LENGTH = 16

/** iv XOR (4 zero octets, then the counter). */
function nonceOf(iv, counter) {
  const mask = Buffer.concat([Buffer.alloc(4), integer(counter, 8)])
  return Buffer.from(iv.map((octet, place) => octet ^ mask[place]))
}

/** Ciphertext and tag of `body`; `associated` is header and prefix. */
export function sealBody(suite, { key, iv }, counter, associated, body) {
  const cipher = createCipheriv(CIPHER[suite], key, nonceOf(iv, counter), { authTagLength: TAG_LENGTH })
  cipher.setAAD(associated, { plaintextLength: body.length })
  const sealed = Buffer.concat([cipher.update(body), cipher.final()])
  return Buffer.concat([sealed, cipher.getAuthTag()])
}

/** The body of a sealed frame of the member `node` at `index`. Refuses what does not open. */
export function openBody(frame, suite, secret, node, index) {
  const { key, iv } = senderKey(suite, secret, index, node)
  const nonce = nonceOf(iv, decodePrefix(frame).counter)
  const decipher = createDecipheriv(CIPHER[suite], key, nonce, { authTagLength: TAG_LENGTH })
  decipher.setAAD(Buffer.concat([frame.header, frame.prefix]), { plaintextLength: frame.body.length })
  decipher.setAuthTag(frame.trailer)
  const body = decipher.update(frame.body)
  try {
    decipher.final()
  } catch {
    refuse('bad-seal') // REQ-REC-6
  }
  return body
}
