/** DER, as far as a certificate needs it. */

const tagged = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  const size: number[] = []
  for (let left = body.length; left > 0; left >>>= 8) size.unshift(left & 0xff)
  const head = body.length < 0x80 ? [tag, body.length] : [tag, 0x80 | size.length, ...size]
  return Buffer.concat([Buffer.from(head), body])
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(0x30, ...parts)
export const set = (...parts: readonly Uint8Array[]): Buffer => tagged(0x31, ...parts)
export const octets = (bytes: Uint8Array): Buffer => tagged(0x04, bytes)
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text, 'utf8'))
export const TRUE = tagged(0x01, Buffer.from([0xff]))

/** `unused`: bits at the end that do not count. */
export const bits = (bytes: Uint8Array, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), bytes)

/** Of bytes that are a positive number. */
export const integer = (bytes: Uint8Array): Buffer =>
  tagged(0x02, bytes[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)

/** What is tagged by its place: [0] version, [3] extensions. */
export const explicit = (place: number, body: Uint8Array): Buffer => tagged(0xa0 | place, body)
export const implicit = (place: number, body: Uint8Array): Buffer => tagged(0x80 | place, body)

export function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number) as [number, number, ...number[]]
  const bytes = [first * 40 + second]
  for (const each of rest) {
    const groups = [each & 0x7f]
    for (let left = each >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return tagged(0x06, Buffer.from(bytes))
}

/** GeneralizedTime. */
export const time = (epochMs: number): Buffer =>
  tagged(
    0x18,
    Buffer.from(
      `${new Date(epochMs)
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(0, 14)}Z`,
      'latin1',
    ),
  )
