/** Points in time for people. */

/** Local time to the second; the date too unless it is today. */
export function timeWords(iso: string, nowMs: number): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = (d: Date): string => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return day(date) === day(new Date(nowMs)) ? clock : `${day(date)} ${clock}`
}
