/**
 * Reads the text of ffmpeg's `framecrc` writer, piece by piece: one line per packet.
 *
 *   #tb 0: 1/90000
 *   0,       3247,       3247,     5618,     4824, 0xe5e05c52, F=0x0
 *   stream,   dts,        pts, duration,     size, checksum, flags (left out when only "key frame" is set)
 *
 * Source: libavformat/framecrcenc.c; flags are those of AVPacket.
 */
export class PacketList {
  readonly #onPacket: (packet: Packet) => void;
  readonly #secondsPerTick = new Map<number, number>();
  #rest = "";

  constructor(onPacket: (packet: Packet) => void) {
    this.#onPacket = onPacket;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#read(line);
  }

  #read(line: string): void {
    if (line.startsWith("#")) {
      const base = /^#tb (\d+): (\d+)\/(\d+)/.exec(line);
      if (base !== null) this.#secondsPerTick.set(Number(base[1]), Number(base[2]) / Number(base[3]));
      return;
    }
    const fields = line.split(",");
    const stream = Number(fields[0]);
    const tickS = this.#secondsPerTick.get(stream);
    if (tickS === undefined || fields.length < 6) return;
    const flagText = /F=0x([0-9a-f]+)/i.exec(line)?.[1];
    const flags = flagText === undefined ? FLAG_KEY : Number.parseInt(flagText, 16);
    this.#onPacket({
      stream,
      timeS: presentationTick(fields) * tickS,
      decodedS: Number(fields[1]) > NO_TICK ? Number(fields[1]) * tickS : Number.NaN,
      durationS: Math.max(0, Number(fields[3]) * tickS),
      isKey: (flags & FLAG_KEY) !== 0,
      isCorrupt: (flags & FLAG_CORRUPT) !== 0,
      isDiscarded: (flags & FLAG_DISCARD) !== 0,
    });
  }
}

export interface Packet {
  readonly stream: number;
  /** Presentation time; NaN when the container gives none. */
  readonly timeS: number;
  /** Decoding time, which never falls; NaN when the container gives none. */
  readonly decodedS: number;
  readonly durationS: number;
  readonly isKey: boolean;
  readonly isCorrupt: boolean;
  /** Decoded but not shown. */
  readonly isDiscarded: boolean;
}

const FLAG_KEY = 0x1;
const FLAG_CORRUPT = 0x2;
const FLAG_DISCARD = 0x4;

/** AV_NOPTS_VALUE, which is no exact double. */
const NO_TICK = -9.2e18;

function presentationTick(fields: readonly string[]): number {
  const decoding = Number(fields[1]);
  const presentation = Number(fields[2]);
  if (presentation > NO_TICK) return presentation;
  return decoding > NO_TICK ? decoding : Number.NaN;
}
