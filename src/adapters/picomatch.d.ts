/** The part of picomatch used here; the package ships no types. */
declare module 'picomatch' {
  export interface Picomatch {
    (glob: string, options?: { dot?: boolean }): (path: string) => boolean
    /** `base`: leading directories without a pattern; `glob`: the rest, '' without any pattern. */
    scan(glob: string): { base: string; glob: string }
  }
  const picomatch: Picomatch
  export default picomatch
}
