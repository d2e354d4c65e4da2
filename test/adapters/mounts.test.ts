import { expect, test } from 'vitest'
import { isWithin, visibleMounts } from '../../src/adapters/mounts.ts'

test('a mount that lies below a later one cannot be reached, and of two at one place both are listed', () => {
  const text = [
    '20 1 8:1 / / rw,relatime - ext4 /dev/sda rw',
    '21 20 0:5 / /proc rw,nosuid,nodev,noexec - proc proc rw',
    '22 20 8:2 / /srv/data rw,relatime - ext4 /dev/sdb rw',
    '23 22 8:3 / /srv/data/deep rw - ext4 /dev/sdc rw',
    '24 20 0:6 / /srv rw,nosuid - tmpfs tmpfs rw',
    '25 20 0:7 / /a\\040b ro - tmpfs tmpfs rw',
    '26 25 0:8 / /a\\040b rw,nodev - tmpfs tmpfs rw',
    '27 25 0:8 / /a\\040b/c rw - tmpfs tmpfs rw',
  ].join('\n')
  expect(visibleMounts(`${text}\n`).map(({ path, flags, type }) => [path, flags, type])).toEqual([
    ['/', [], 'ext4'],
    ['/proc', ['nosuid', 'nodev', 'noexec'], 'proc'],
    ['/srv', ['nosuid'], 'tmpfs'],
    ['/a b', [], 'tmpfs'],
    ['/a b', ['nodev'], 'tmpfs'],
  ])
  expect([isWithin('/srv', '/srv'), isWithin('/srv/a', '/srv'), isWithin('/srva', '/srv'), isWithin('/a', '/')]).toEqual([
    ...[true, true, false, true],
  ])
})
