/** config: preferences in the XDG config directory, written by conf; only the CLI reads them. */
import Conf from 'conf'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { configDirectory, PREFERENCES, type Preference } from '../../preferences.ts'

export function openPreferences(context: Context): Conf<Record<string, unknown>> {
  const directory = configDirectory(context.io.env)
  try {
    return new Conf<Record<string, unknown>>({
      projectName: 'ptrack',
      cwd: directory,
      configName: 'config',
      configFileMode: 0o600,
      accessPropertiesByDotNotation: true,
    })
  } catch (cause) {
    throw new PtrackError(
      'BAD_FILE',
      `cannot read the preferences in ${directory}/config.json: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'correct or remove that file',
        cause,
      },
    )
  }
}

function keyOf(name: string): Preference {
  const key = (PREFERENCES as Partial<Record<string, Preference>>)[name]
  if (!key)
    throw new PtrackError('USAGE', `cannot find the preference ${JSON.stringify(name)}: there is none of that name`, {
      hint: `one of ${Object.keys(PREFERENCES).join(', ')}`,
    })
  return key
}

const words = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value))

export function configGet(context: Context, name: string): number {
  const key = keyOf(name)
  const value = openPreferences(context).get(name)
  if (context.json) context.printJson({ [name]: value ?? null })
  else if (value === undefined) context.note(`${name} is not set; ${key.usual} holds`)
  else context.print(words(value))
  return 0
}

export function configSet(context: Context, name: string, text: string): number {
  const key = keyOf(name)
  const store = openPreferences(context)
  if (text === 'default') store.delete(name)
  else store.set(name, key.parse(text, context.io.cwd))
  const value = store.get(name)
  if (context.json) context.printJson({ [name]: value ?? null })
  else context.print(value === undefined ? `${name} is back to ${key.usual}` : `${name} is ${words(value)}`)
  return 0
}

export function configList(context: Context): number {
  const store = openPreferences(context)
  if (context.json) context.printJson(Object.fromEntries(Object.keys(PREFERENCES).map((name) => [name, store.get(name) ?? null])))
  else {
    for (const [name, key] of Object.entries(PREFERENCES)) {
      const value = store.get(name)
      context.print(`${name.padEnd(15)} ${value === undefined ? context.style.dim(`${key.usual} (not set)`) : words(value)}`)
    }
    context.note(`kept in ${store.path}`)
  }
  return 0
}
