import { misuse } from './refusals.mjs'
export function parseDocument() { misuse('no') }
export function buildDocument() { misuse('no') }
