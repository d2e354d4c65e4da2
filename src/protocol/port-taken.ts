/** The words of the system's error, as each language prints them: EADDRINUSE, or its sentence. */
const PORT_TAKEN = /EADDRINUSE|address already in use/i

export const saysPortTaken = (lines: readonly string[]): boolean => lines.some((line) => PORT_TAKEN.test(line))
