/** Two different versions of ptrack, and which of them to change. */

const numbersOf = (version: string): number[] => version.split('-')[0]!.split('.').map(Number)

function isOlder(one: string, other: string): boolean {
  const [a, b] = [numbersOf(one), numbersOf(other)]
  const at = a.findIndex((number, index) => number !== b[index])
  return at !== -1 && a[at]! < (b[at] ?? 0)
}

/** A restart gives the daemon this CLI's version, which is wrong for a newer one. `where`: appended to the command. */
export const skewHint = (daemon: string, cli: string, where = ''): string =>
  isOlder(cli, daemon)
    ? 'this CLI is the older one: update it, or call the ptrack that started the daemon'
    : `\`ptrack daemon restart\`${where} brings it up to date, children live on`
