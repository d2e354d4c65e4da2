/** Compressed archives, read piece by piece. */
import type { Gunzip } from 'node:zlib'

export class Inflater {
  position = 0
  private readonly stream: Gunzip
  private readonly chunks: AsyncIterator<Buffer>
  private left: Buffer = Buffer.alloc(0)

  private constructor(stream: Gunzip) {
    this.stream = stream
    this.chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** Owns the descriptor. zlib is loaded on demand: a daemon is small. */
  static async start(descriptor: number): Promise<Inflater> {
    const { createGunzip } = await import('node:zlib')
    const { createReadStream } = await import('node:fs')
    const source = createReadStream('', { fd: descriptor, highWaterMark: 64 * 1024 })
    const gunzip = createGunzip({ chunkSize: 256 * 1024 })
    source.once('error', (error) => gunzip.destroy(error))
    gunzip.once('close', () => source.destroy())
    // An error between two reads is reported by the next read.
    gunzip.on('error', () => {})
    return new Inflater(source.pipe(gunzip))
  }

  async skipTo(position: number): Promise<boolean> {
    while (this.position < position) {
      const skipped = await this.take(Math.min(position - this.position, 1024 * 1024))
      if (skipped.length === 0) return false
    }
    return true
  }

  /** Up to `length` bytes; empty at the end. */
  async take(length: number): Promise<Buffer> {
    if (this.left.length === 0) {
      const next = await this.chunks.next()
      if (next.done) return Buffer.alloc(0)
      this.left = next.value
    }
    const data = this.left.subarray(0, length)
    this.left = this.left.subarray(data.length)
    this.position += data.length
    return data
  }

  close(): void {
    this.stream.destroy()
  }
}
