/** The id of an event in a stream: numbers of different daemons are never compared, so it says which daemon. */
export const encodeEventId = (epoch: string, seq: number): string => `${epoch}.${seq}`

/** null for what no stream of events gave: then nothing is known of what was heard. */
export function decodeEventId(id: string): { epoch: string; since: number } | null {
  const [, epoch, seq] = /^([A-Za-z0-9_-]{1,64})\.(\d{1,15})$/.exec(id) ?? []
  return epoch === undefined || seq === undefined ? null : { epoch, since: Number(seq) }
}
