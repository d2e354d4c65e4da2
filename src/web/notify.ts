/** Browser notifications and a sound, if enabled; once, however many tabs are open. */
import type { Settings } from './settings.ts'

export function notify({ notifications, sound }: Pick<Settings, 'notifications' | 'sound'>, text: string): void {
  // One of several tabs makes the sound: the first to get the lock holds it until the others have tried.
  if (sound)
    void navigator.locks.request('ptrack-sound', { ifAvailable: true }, async (lock) => {
      if (lock === null) return
      beep()
      await new Promise((resolve) => setTimeout(resolve, 400))
    })
  if (notifications && document.hidden && 'Notification' in globalThis && Notification.permission === 'granted')
    new Notification('ptrack', { body: text, icon: '/favicon.svg', tag: text })
}

/** True when the browser permits them. */
export const askForNotifications = async (): Promise<boolean> =>
  'Notification' in globalThis && (await Notification.requestPermission()) === 'granted'

let audio: AudioContext | null = null
function beep(): void {
  audio ??= new AudioContext()
  const tone = audio.createOscillator()
  const volume = audio.createGain()
  const at = audio.currentTime
  tone.frequency.value = 660
  volume.gain.setValueAtTime(0.08, at)
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.25)
  tone.connect(volume).connect(audio.destination)
  tone.start(at)
  tone.stop(at + 0.25)
}
