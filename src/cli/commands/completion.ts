/** completion: the completion script of a shell. */
import type { CommandSpec } from '../command.ts'
import { choice } from '../input/parse.ts'
import type { Shell } from './completion/scripts.ts'

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish']

export const completion: CommandSpec = {
  name: 'completion',
  group: 'settings',
  summary: 'print the script that completes command lines in bash, zsh or fish',
  define: (command) => {
    command.argument('<shell>', SHELLS.join(' | '), choice('the shell', SHELLS)).addHelpText(
      'after',
      `
Load it at the start of each shell:
  bash  echo 'eval "$(ptrack completion bash)"' >>~/.bashrc
  zsh   echo 'eval "$(ptrack completion zsh)"' >>~/.zshrc     (behind compinit)
  fish  ptrack completion fish >~/.config/fish/completions/ptrack.fish`,
    )
    return async (context, [shell]) => {
      const { SCRIPTS } = await import('./completion/scripts.ts')
      const script = SCRIPTS[shell as Shell]
      if (context.json) context.printJson({ shell, script })
      else context.io.out(script)
      return 0
    }
  },
}
