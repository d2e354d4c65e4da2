/** `npm run soak:sockets` repeats what happens to sockets under load until the figures of docs/sockets.md say something. */
const isSoak = process.env.SOAK === '1'

export const times = (usual: number, soak: number): number => (isSoak ? soak : usual)

/** What the documents have their figures from. */
export function figure(what: string, counts: object): void {
  if (isSoak) console.log(`figure: ${what}: ${JSON.stringify(counts)}`)
}
