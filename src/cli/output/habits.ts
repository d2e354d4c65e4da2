/** Options of pm2, docker compose and supervisorctl that users type out of habit, and what does the same here. */
type Habits = Readonly<Record<string, string>>

const DETACH = 'leave it out: what it starts runs in the background in any case,'
const OLD_LINES = '-n N prints the last N lines,'

const HABITS: Readonly<Record<string, Habits>> = {
  logs: {
    '--tail': OLD_LINES,
    '-l': OLD_LINES,
    '--nostream': 'leave it out: without -f it prints and returns,',
    '--no-follow': 'leave it out: without -f it prints and returns,',
    '--raw': 'leave it out: the lines of one process have no prefix,',
    '--no-log-prefix': 'leave it out: the lines of one process have no prefix,',
  },
  up: {
    '-d': DETACH,
    '--detach': DETACH,
    '--wait': 'leave it out: it waits for dependencies and health checks in any case,',
    '--force-recreate': '`ptrack restart NAME` starts it again,',
    '--remove-orphans': '--prune deletes what is no longer in the file,',
    '--scale': '`instances` in the file, or `ptrack scale NAME N`,',
  },
  down: { '-v': '--delete deletes the processes too,', '--volumes': '--delete deletes the processes too,' },
  stop: { '-t': '--timeout TIME is the time from the stop signal to SIGKILL,' },
  restart: { '--watch': "`ptrack set NAME --watch-files '**'` watches files," },
  ls: { '-v': '`ptrack --version` prints the version,' },
}

/** A clause that ends with a comma; null for none. */
export const habitOf = (command: string, option: string): string | null => {
  const known = HABITS[command]
  return known !== undefined && Object.hasOwn(known, option) ? known[option]! : null
}
