/** config get|set|ls: preferences of the CLI. */
import type { CommandSpec } from '../command.ts'
import { PREFERENCES } from '../preferences.ts'

const KEYS = Object.keys(PREFERENCES)
  .join(', ')
  .replace(/, (?=[^,]*$)/, ' or ')

export const config: readonly CommandSpec[] = [
  {
    name: 'config get',
    group: 'settings',
    ignoresContext: true,
    summary: 'show one preference',
    define: (command) => {
      command.argument('<key>', KEYS)
      return async (context, [key]) => (await import('./config/config.ts')).configGet(context, key!)
    },
  },
  {
    name: 'config set',
    group: 'settings',
    ignoresContext: true,
    summary: 'change one preference; `default` restores the default',
    define: (command) => {
      command
        .argument('<key>', KEYS)
        .argument('<value>', 'the new value')
        .addHelpText(
          'after',
          () =>
            `\nPreferences:\n${Object.entries(PREFERENCES)
              .map(([key, { about }]) => `  ${key.padEnd(16)} ${about}\n`)
              .join('')}`,
        )
      return async (context, [key, value]) => (await import('./config/config.ts')).configSet(context, key!, value!)
    },
  },
  {
    name: 'config ls',
    aliases: ['config'],
    group: 'settings',
    ignoresContext: true,
    summary: 'show all preferences and where they are kept',
    define: () => async (context) => (await import('./config/config.ts')).configList(context),
  },
]
