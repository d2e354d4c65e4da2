// Stands in for a language model: no network, a few milliseconds an answer, and the same answer to the same question.
import { createHash } from 'node:crypto'

/** 0-1, the same for the same words. */
export const chance = (...words) => createHash('sha256').update(words.join('|')).digest().readUInt32BE() / 2 ** 32

/** `{text, tokens, ms}`; larger models are slower and more often right. */
export async function ask(model, prompt, { temperature = 0 } = {}) {
  const skill = { small: 0.55, medium: 0.75, large: 0.9 }[model] ?? 0.5
  const ms = Math.round(4 + 20 * skill * chance(model, prompt, 'time'))
  await new Promise((resolve) => setTimeout(resolve, ms))
  const right = chance(model, prompt, temperature) < skill - temperature / 5
  return { text: right ? `right answer to ${prompt}` : 'no idea', right, tokens: 20 + Math.round(80 * chance(prompt)), ms }
}
