/** Notifications of the browser and a sound, for whoever asked for them and looks at something else. */
import type { Settings } from './settings.ts'

export function notify({ notifications, sound }: Pick<Settings, 'notifications' | 'sound'>, text: string): void {
  if (sound) beep()
  if (notifications && document.hidden && 'Notification' in globalThis && Notification.permission === 'granted')
    new Notification('ptrack', { body: text, icon: '/favicon.svg' })
}

/** True when the browser may show them from now on. */
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
