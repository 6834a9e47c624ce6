import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const PEER = fileURLToPath(new URL('../peer.mjs', import.meta.url))

/** What the peer answers to these lines before it ends; each line is text or octets. */
function converse(...lines) {
  const input = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.of(10)]))
  const { status, stdout, stderr } = spawnSync(process.execPath, [PEER], {
    input,
    timeout: 20000,
    maxBuffer: 2 ** 24,
  })
  assert.equal(stderr.toString(), '')
  assert.equal(status, 0)
  return stdout
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const HELLO = '{"seq":7,"cmd":"hello"}'

test('the peer says that it is something else', () => {
  const [{ seq, status, result }] = converse(HELLO)
  assert.deepEqual(
    [seq, status, result.tiers, result.suites, result.classes, result.interface],
    [7, 'ok', [0], [1, 2], ['documents', 'overlay', 'member'], 1],
  )
})

test('a hostile line ends the peer, or the line after it is not answered', () => {
  const hostile = [
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '{"seq":1}',
    '{"seq":1.0,"cmd":"hello"}',
    '{"seq":1,"seq":2,"cmd":"hello"}',
    '{"seq":1e9,"cmd":"hello"}',
    '{"seq":NaN,"cmd":"hello"}',
    '{"seq":1,"cmd":"hello"} x',
    '['.repeat(100000),
    '9'.repeat(5000),
    Buffer.of(0x22, 0xff, 0x22),
    '"\\ud800"',
    '{"seq":true,"cmd":"hello"}',
    '{"seq":-1,"cmd":"hello"}',
    '{"seq":9223372036854775808,"cmd":"hello"}',
    ' '.repeat(1048577),
    '{"seq":1,"cmd":"do","action":5}',
    '{"seq":1,"cmd":"do","action":"frame.decode","args":[]}',
    '\ufeff{}',
    '{"seq":1,"cmd":"do","action":"frame.decode","args":{}}',
    '{"seq":1,"cmd":"do","action":"draw","args":{"seed":"","label":"x","context":"","index":-1,"length":1}}',
    '{"seq":1,"cmd":"do","action":"frame.encode","args":{"type":"__proto__","overlay_id":"00"}}',
    '{"seq":1,"cmd":"do","action":"document.build","args":{"type":"toString"}}',
  ]
  const replies = converse(...hostile, HELLO)
  assert.equal(replies.length, hostile.length + 1)
  for (const reply of replies.slice(0, -1))
    assert.deepEqual(
      [reply.status, reply.reason, reply.phase],
      ['error', 'usage', 'usage'],
      JSON.stringify(reply),
    )
  assert.equal(replies.at(-1).seq, 7)
})

test('what the peer does not have is an error, or taken for done', () => {
  for (const line of [
    '{"seq":1,"cmd":"reset"}',
    '{"seq":1,"cmd":"inspect","overlay":"00"}',
    '{"seq":1,"cmd":"dance"}',
    '{"seq":1,"cmd":"do","action":"greet","args":{}}',
    '{"seq":1,"cmd":"do","action":"toString"}',
    '{"seq":1,"cmd":"do","overlay":"00","action":"export","args":{"context":"","length":1}}',
  ]) {
    assert.equal(converse(line)[0].status, 'unsupported', line)
  }
})

test('a refusal comes without reason and phase, or a large counter loses its last digits', () => {
  const decode = (bytes) => `{"seq":2,"cmd":"do","action":"frame.decode","args":{"bytes":"${bytes}"}}`
  const [short] = converse(decode('c07e'))
  assert.deepEqual(
    [short.status, short.reason, short.phase, short.effects, short.wake],
    ['error', 'too-short', 'decode', [], null],
  )
  const sealed =
    'c07e01400200002c' + '10'.repeat(16) + '20'.repeat(16) + '00010000' + 'fedcba9876543210' + '00'.repeat(16)
  const { stdout } = spawnSync(process.execPath, [PEER], { input: decode(sealed) })
  assert.match(stdout.toString(), /"counter":18364758544493064720,/)
})

test('a large seq comes back as another', () => {
  const { stdout } = spawnSync(process.execPath, [PEER], {
    input: '{"seq":9223372036854775807,"cmd":"hello"}\n',
  })
  assert.match(stdout.toString(), /^\{"seq":9223372036854775807,"status":"ok"/)
})

test('the peer reads on behind stop', () => {
  assert.equal(converse('{"seq":1,"cmd":"stop"}', HELLO).length, 1)
})
