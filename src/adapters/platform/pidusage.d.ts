/** The part of pidusage used here; the package ships no types. */
declare module 'pidusage' {
  interface Usage {
    /** User + system time, ms. */
    ctime: number
    memory: number
  }
  export default function pidusage(pids: number[]): Promise<Record<string, Usage | undefined>>
}
