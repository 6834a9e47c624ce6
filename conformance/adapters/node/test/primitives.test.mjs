import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'

import { expand, extract } from '../hash.mjs'
import { fromLittle, little } from '../octets.mjs'
import { sealBody } from '../seal.mjs'
import { checkElements, fold, raise, scalarFromDraw, suite } from '../suites.mjs'

const hex = (text) => Buffer.from(text.replace(/\s/g, ''), 'hex')
const refused = (reason) => ({ reason })

test('X25519 differs from RFC 7748 section 5.2', () => {
  const scalar = scalarFromDraw(1, hex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4'))
  const element = raise(1, hex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c'), scalar)
  assert.equal(element.toString('hex'), 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552')
})

test('X25519 differs from RFC 7748 section 5.2 after 1,000 rounds', () => {
  let [k, u] = [little(9n, 32), little(9n, 32)]
  for (let round = 0; round < 1000; round += 1) [k, u] = [raise(1, u, scalarFromDraw(1, k)), k]
  assert.equal(k.toString('hex'), '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51')
})

test('the exchange of RFC 7748 section 6.1 gives another secret', () => {
  const alices = hex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
  const bob = scalarFromDraw(1, hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'))
  assert.equal(
    raise(1, suite(1).base, bob).toString('hex'),
    'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
  )
  assert.equal(
    raise(1, alices, bob).toString('hex'),
    '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
  )
})

test('Ed25519 refuses the signatures of RFC 8032 section 7.1, or takes others', () => {
  const cases = [
    [
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
  ]
  for (const [key, message, signature] of cases) {
    const spki = createPublicKey({ key: hex('302a300506032b6570032100' + key), format: 'der', type: 'spki' })
    assert.ok(verify(null, hex(message), spki, hex(signature)))
    assert.ok(!verify(null, hex(message + '00'), spki, hex(signature)))
  }
})

test('HKDF differs from RFC 5869 appendix A', () => {
  const one = extract(hex('000102030405060708090a0b0c'), Buffer.alloc(22, 0x0b))
  assert.equal(one.toString('hex'), '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5')
  assert.equal(
    expand(one, hex('f0f1f2f3f4f5f6f7f8f9'), 42).toString('hex'),
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  )
  const three = extract(Buffer.alloc(0), Buffer.alloc(22, 0x0b))
  assert.equal(
    expand(three, Buffer.alloc(0), 42).toString('hex'),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  )
})

test('ChaCha20-Poly1305 differs from RFC 8439 section 2.8.2', () => {
  const key = Buffer.from(Array.from({ length: 32 }, (_, at) => 0x80 + at))
  const text =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
  const sealed = sealBody(
    1,
    { key, iv: hex('070000004041424344454647') },
    0,
    hex('50515253c0c1c2c3c4c5c6c7'),
    Buffer.from(text),
  )
  assert.equal(sealed.subarray(0, 16).toString('hex'), 'd31a8d34648e60db7b86afbc53ef7ec2')
  assert.equal(sealed.subarray(-16).toString('hex'), '1ae10b594f09e26a7e902ecbd0600691')
})

test('folding two scalars acts otherwise than one after the other', () => {
  for (const code of [1, 2]) {
    for (const [a, b] of [
      [1, 2],
      [7, 57],
      [200, 255],
    ]) {
      const [x, y] = [a, b].map((octet) => scalarFromDraw(code, Buffer.alloc(suite(code).drawLength, octet)))
      assert.deepEqual(
        raise(code, raise(code, suite(code).base, x), y),
        raise(code, suite(code).base, fold(code, x, y)),
      )
    }
  }
})

test('a scalar drawn from zeros is no scalar', () => {
  assert.equal(fromLittle(scalarFromDraw(1, Buffer.alloc(32))), 2n ** 254n)
  assert.equal(scalarFromDraw(2, Buffer.alloc(48)).toString('hex'), '1'.padStart(64, '0'))
})

test('an element that gives zero, has two encodings or lies on no curve is taken', () => {
  const P = 2n ** 255n - 19n
  for (const u of [0n, 1n, P - 1n])
    assert.throws(() => checkElements(1, [little(u, 32)]), refused('low-order-element'))
  for (const u of [
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  ]) {
    assert.throws(() => checkElements(1, [hex(u)]), refused('low-order-element'))
  }
  for (const u of [P, P + 1n, 2n ** 255n, 2n ** 255n + 9n])
    assert.throws(() => checkElements(1, [little(u, 32)]), refused('noncanonical-element'))
  assert.throws(() => checkElements(2, [hex('ff'.repeat(32))]), refused('noncanonical-element'))
  assert.throws(() => checkElements(2, [hex('01'.padStart(64, '0'))]), refused('not-on-curve'))
})

test('the base point stands where others would know the key, or an element stands twice', () => {
  for (const code of [1, 2]) {
    const { base } = suite(code)
    const other = raise(code, base, scalarFromDraw(code, Buffer.alloc(suite(code).drawLength, 5)))
    checkElements(code, [base])
    checkElements(code, [base], other)
    assert.throws(() => checkElements(code, [base, other]), refused('base-point-element'))
    assert.throws(() => checkElements(code, [other], base), refused('base-point-element'))
    assert.throws(() => checkElements(code, [other], other), refused('repeated-element'))
  }
})
