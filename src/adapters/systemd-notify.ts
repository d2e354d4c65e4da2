/** sd_notify by systemd-notify(1), as Node has no unix datagrams. Each costs a process: READY, STOPPING and watchdog only. */
import type { Clock, DaemonLog } from '../core/world.ts'

export interface Notifier {
  ready(status: string): void
  stopping(): void
  close(): void
}

const silent: Notifier = { ready: () => undefined, stopping: () => undefined, close: () => undefined }

/** `env` is the environment at the daemon's start; without NOTIFY_SOCKET nothing is sent. */
export function createNotifier(env: Record<string, string | undefined>, clock: Clock, log: DaemonLog): Notifier {
  const socket = env.NOTIFY_SOCKET
  if (!socket) return silent
  const watchdogMs = Number(env.WATCHDOG_USEC ?? 0) / 1000
  let cancel: (() => void) | null = null
  const send = async (...messages: string[]): Promise<void> => {
    const { execa } = await import('execa')
    const result = await execa('systemd-notify', [`--pid=${process.pid}`, ...messages], {
      env: { NOTIFY_SOCKET: socket },
      reject: false,
      timeout: 5000,
    })
    if (result.failed) log.warn('systemd', `cannot notify systemd: ${result.shortMessage}`)
  }
  const beat = (): void => {
    cancel = clock.wakeAfter(watchdogMs / 3, () => {
      void send('WATCHDOG=1')
      beat()
    })
  }
  return {
    ready(status) {
      void send('--ready', `--status=${status}`)
      if (watchdogMs > 0) beat()
    },
    stopping() {
      cancel?.()
      void send('STOPPING=1')
    },
    close: () => cancel?.(),
  }
}

/** Whether systemd is shutting down the machine (or the user's session), as opposed to stopping this unit alone. */
export async function machineIsStopping(env: Record<string, string | undefined>): Promise<boolean> {
  if (!env.NOTIFY_SOCKET) return false
  const { execa } = await import('execa')
  const { stdout } = await execa('systemctl', [...(env.MANAGERPID ? ['--user'] : []), 'is-system-running'], {
    reject: false,
    timeout: 2000,
  })
  return stdout === 'stopping'
}
