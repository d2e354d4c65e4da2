/** The part of picomatch that is used here; the package ships no types. */
declare module 'picomatch' {
  export interface Picomatch {
    (glob: string, options?: { dot?: boolean }): (path: string) => boolean
    /** `base`: leading directories without a pattern; `glob`: the rest, '' when there is no pattern at all. */
    scan(glob: string): { base: string; glob: string }
  }
  const picomatch: Picomatch
  export default picomatch
}
