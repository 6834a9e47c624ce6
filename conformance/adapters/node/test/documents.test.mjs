import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { act } from '../actions.mjs'
import { formatJson, parseJson } from '../json.mjs'
import { UsageError } from '../refusals.mjs'

const json = (value) => parseJson(Buffer.from(formatJson(value)))
const example = (name) => readFileSync(new URL(`../../../../spec/examples/${name}.txt`, import.meta.url))
const parse = (text) => json(act('document.parse', { bytes: Buffer.from(text).toString('hex') }))
const HEAD = 'GROUP-MANAGEMENT:\n'
const PAIR = '<bootstrap-address>12.34.56.78</bootstrap-address><bootstrap-port>5080</bootstrap-port>'
const info = (inner) => `${HEAD}<group_management type="group-info">${inner}</group_management>`
const good = info(`${PAIR}<description>x</description>`)
const refusals = (cases) => {
  for (const [reason, text] of cases)
    assert.throws(() => parse(text), { reason }, `${reason}: ${text.toString().slice(0, 80)}`)
}

test('an example of the specification is refused, or written in another way', () => {
  for (const name of ['group-info', 'group-invitation', 'group-list-entry', 'group-member']) {
    assert.deepEqual(act('document.build', parse(example(name))).bytes, example(name))
  }
  assert.equal(parse(example('group-info-spread')).description, 'The most jolly group!')
  assert.equal(parse(example('group-id-redirect')).actual_group_id, '0276ec1f')
})

test('an invitation says something else as a URI', () => {
  const text = example('invitation-uri').toString().replaceAll('\n', '')
  const document = parse(example('group-invitation'))
  assert.equal(act('document.write-uri', document).uri, text)
  assert.equal(formatJson(act('document.read-uri', { uri: text })), formatJson(document))
  for (const [reason, uri] of [
    ['bad-uri', 'coterie:?d=x'],
    ['bad-uri', 'coterie:a?d=%zz'],
    ['bad-uri', 'coterie:a?q=1'],
    ['bad-uri', 'coterie:a?c=a:1&d='],
    ['document-encoding', 'coterie:a?c=1.2.3.4:5&d=%ff'],
    ['document-character', 'coterie:a?c=1.2.3.4:5&d=%00'],
    ['schema-invalid', 'coterie:a?d=x'],
    ['bad-port', 'coterie:a?c=1.2.3.4:%35&d=x'],
    ['bad-address', 'coterie:a?c=1.2.3:5&d=x'],
  ])
    assert.throws(() => act('document.read-uri', { uri }), { reason }, uri)
})

test('a document that opens otherwise is read', () => {
  refusals([
    ['document-too-long', good + ' '.repeat(8193 - good.length)],
    ['not-a-group-document', good.toLowerCase()],
    ['not-a-group-document', HEAD],
    ['not-a-group-document', ' ' + good],
    ['not-a-group-document', HEAD + HEAD + good],
    ['document-encoding', Buffer.concat([Buffer.from(good), Buffer.of(0xc0, 0x80)])],
    ['document-encoding', good.replace('\n', '\n\ufeff')],
    ['document-character', good + '\u0001'],
    ['document-character', good + '\uffff'],
    ['xml-declaration', good.replace('\n', '\n<?xml version="1.1"?>')],
    ['document-encoding', good.replace('\n', '\n<?xml version="1.0" encoding="utf-16"?>')],
    ['xml-declaration', good.replace('\n', '\n\n<?xml version="1.0"?>')],
  ])
  parse(good + ' '.repeat(8192 - good.length))
  parse(good.replace('\n', "\r\n<?xml version='1.0' encoding=\"utf-8\" standalone='no' ?>\n<!-- x -->"))
})

test('forbidden markup reaches the parser', () => {
  refusals([
    ['dtd-forbidden', good.replace('\n', '\n<!DOCTYPE x>')],
    ['processing-instruction', good + '<?a b?>'],
    ['processing-instruction', good + '<?xml?>'],
    ['cdata-section', info('<![CDATA[x]]>')],
    ['misplaced-comment', info('<description>1<!--x-->2</description>')],
    ['document-too-deep', info('<a>'.repeat(32))],
    ['too-many-elements', info('<a/>'.repeat(256))],
    ['too-many-attributes', info(`<a ${Array.from({ length: 17 }, (_, at) => `b${at}=""`).join(' ')}/>`)],
    ['forbidden-name', info(`<${'a'.repeat(65)}/>`)],
    ['forbidden-name', info('<é/>')],
    ['document-too-deep', HEAD + '<a>'.repeat(200)],
  ])
})

test('a text that is not well-formed is read', () => {
  for (const bad of [
    good + 'x',
    good + '<a/>',
    good.slice(0, -1),
    info('&nbsp;'),
    info('&#0;'),
    info('a & b'),
    info('<a b="1" b="2"/>'),
    info('<a:b/>'),
    info('<a b=1/>'),
    info('<a b="<"/>'),
    info(']]>'),
    info('<!-- -- -->'),
    info('<a></b>'),
    info('<a xmlns:b=""/>'),
    info('<a xmlns:xmlns="u"/>'),
    info('<a xmlns:b="u" xmlns:c="u" b:d="" c:d=""/>'),
    info('<a b="1"c="2"/>'),
    info('<1a/>'),
    HEAD + '</a>',
    HEAD + '<!-- x -->',
    HEAD + '< a/>',
    info('<a:b:c/>'),
  ])
    refusals([['not-well-formed', bad]])
})

test('another root, type or namespace is taken for ours', () => {
  const xi = 'xmlns:x="http://www.w3.org/2001/XInclude"'
  refusals([
    ['reserved-namespace', info(`<x:include ${xi}/>`)],
    [
      'reserved-namespace',
      good.replace(' type', ` xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:a="" type`),
    ],
    ['wrong-root', good.replaceAll('group_management', 'group-management')],
    ['wrong-root', good.replace(' type', ' xmlns="urn:x" type')],
    ['bad-document-type', good.replace('group-info', 'GROUP-INFO')],
    ['bad-document-type', good.replace(' type="group-info"', '')],
    ['bad-document-type', good.replace('group-info', 'group--info')],
    ['unsupported-document-type', good.replace('group-info', 'group-news')],
  ])
  assert.equal(
    parse(
      good
        .replace('group-info', 'group_info')
        .replace('<desc', `<f:o ${xi} xmlns:f="urn:f" f:a="">z<f:b/></f:o><desc`),
    ).type,
    'group-info',
  )
})

test('elements that are missing, too many or out of order are read', () => {
  const rest = '<description/>'
  for (const inner of [
    rest,
    PAIR,
    PAIR.repeat(17) + rest,
    `${rest}${PAIR}`,
    `<bootstrap-port>1</bootstrap-port>${rest}`,
    `${PAIR}${rest}${rest}`,
    `${PAIR}${rest}<news/>`,
    `${PAIR}x${rest}`,
    `${PAIR}<description a=""/>`,
    `${PAIR}<description><b xmlns="urn:b"/></description>`,
    `${PAIR}${rest}${'<suite>1</suite>'.repeat(9)}`,
  ])
    refusals([['schema-invalid', info(inner)]])
  assert.equal(parse(info(PAIR.repeat(16) + rest)).contacts.length, 16)
})

test('a value that means two things, or none, is read', () => {
  const address = (text) =>
    info(`<bootstrap-address>${text}</bootstrap-address><bootstrap-port>1</bootstrap-port><description/>`)
  for (const text of [
    '012.34.56.78',
    '127.1',
    '2130706433',
    '::ffff:127.0.0.1',
    'fe80::1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '2001:DB8::1',
    '::',
    ' 1.2.3.4',
    '1::2:0:0:0:3',
    '1::2:3:4:5:6:7',
  ]) {
    refusals([['bad-address', address(text)]])
  }
  for (const text of ['127.0.0.1', '2001:db8::1', '::1', '1::2:0:0:3'])
    assert.equal(parse(address(text)).contacts[0].address, text)
  for (const text of ['0', '65536', '-1', '+5080', '5_080', ' 5080', '５０８０', '05', ''])
    refusals([['bad-port', good.replace('5080', text)]])
  const describe = (text) => good.replace('>x<', `>${text}<`)
  refusals([
    ['bad-text', describe('a\u202eb')],
    ['bad-text', describe('a&#13;b')],
    ['bad-text', describe('a\nb')],
    ['bad-text', describe('é'.repeat(1025))],
  ])
  assert.equal([...parse(describe('😀'.repeat(1024))).description].length, 1024)
  const entry = (encoding, text) =>
    `${HEAD}<group_management type="group-list-entry"><group-id encoding="${encoding}">${text}</group-id></group_management>`
  refusals([
    ['bad-group-id', entry('as-is', 'e\u0301')],
    ['bad-text', entry('as-is', ' a')],
    ['bad-hex', entry('hex', 'abc')],
    ['bad-group-id', entry('hex', '')],
    ['bad-group-id', entry('hex', '00'.repeat(256))],
    ['schema-invalid', entry('HEX', '00')],
  ])
})

test('options that are unknown or contradict each other are read', () => {
  const extra = (inner) => good.replace('</group_m', `${inner}</group_m`)
  refusals([
    ['bad-option', extra('<policy>OPEN</policy>')],
    ['bad-option', extra('<suite>0</suite>')],
    ['bad-option', extra('<max-datagram>1199</max-datagram>')],
    ['bad-certificate', extra('<authority-certificate>MAB=</authority-certificate>')],
    ['bad-certificate', extra('<authority-certificate>MAA</authority-certificate>')],
    ['bad-suites', extra('<suite>2</suite>')],
    ['bad-suites', extra('<suite>1</suite><suite>1</suite>')],
    ['contradiction', extra('<policy>closed</policy>')],
    ['contradiction', extra('<authority-certificate>MAA=</authority-certificate>')],
    ['contradiction', extra('<admits-receivers>true</admits-receivers>')],
  ])
  const closed = parse(extra('<policy>closed</policy><authority-certificate>MAA=</authority-certificate>'))
  assert.equal(closed.authority_certificate, '3000')
})

test('a writer writes what no reader accepts', () => {
  const given = parse(good)
  for (const wrong of [
    { description: 'a\nb' },
    { contacts: [] },
    { policy: 'closed' },
    { news: 1 },
    { max_datagram: 1 },
    { type: 'group_info' },
  ]) {
    assert.throws(() => act('document.build', { ...given, ...wrong }), UsageError, JSON.stringify(wrong))
  }
})
