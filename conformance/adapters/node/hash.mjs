// SHA-256, HMAC and HKDF (RFC 5869), all with SHA-256.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export const HASH_LENGTH = 32

/** SHA-256 over the parts in a row. */
export function sha256(...parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** HMAC with SHA-256 over the parts in a row. */
export function hmac(key, ...parts) {
  const mac = createHmac('sha256', key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** HKDF-Extract. An empty salt stands for 32 zero octets, which HMAC makes of it anyway. */
export function extract(salt, material) {
  return hmac(salt, material)
}

/** HKDF-Expand to `length` octets, 0 to 8160. */
export function expand(key, info, length) {
  const blocks = []
  let block = Buffer.alloc(0)
  for (let count = 1; blocks.length * HASH_LENGTH < length; count += 1) {
    block = hmac(key, block, info, Buffer.of(count))
    blocks.push(block)
  }
  return Buffer.concat(blocks).subarray(0, length)
}

/** Compares two octet strings without saying where they differ. */
export function same(one, other) {
  return one.length === other.length && timingSafeEqual(one, other)
}
