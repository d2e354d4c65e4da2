/** Any character: fast-check's own unit `binary` reckons 2 s with all of them before it gives the first. */
import fc from 'fast-check'

const SURROGATES = 0x800

export const anyCharacter = fc
  .integer({ min: 0, max: 0x10ffff - SURROGATES })
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + SURROGATES))
