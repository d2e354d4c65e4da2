/** The id of an event in a stream, with the daemon's epoch: numbers of different daemons are never compared. */
export const encodeEventId = (epoch: string, seq: number): string => `${epoch}.${seq}`

/** null for an unknown id: then nothing is known about what was received. */
export function decodeEventId(id: string): { epoch: string; since: number } | null {
  const [, epoch, seq] = /^([A-Za-z0-9_-]{1,64})\.(\d{1,15})$/.exec(id) ?? []
  return epoch === undefined || seq === undefined ? null : { epoch, since: Number(seq) }
}
