import type { ChunkAction, ChunkPayload } from "../domain/chunk.js";
import type { ApiVersion, MeasurementMode, Subprotocol } from "../domain/measurement-terms.js";
import type { Bodies } from "../wire/bodies.js";

export interface NewMeasurement {
  readonly studyId: string;
  /** Version 1 only: version 2 has no modes. */
  readonly mode: MeasurementMode;
  /** Of whom the measurement is. */
  readonly profileId?: string | undefined;
  /** Version 2 only; some licences ask for it. */
  readonly partnerId?: string | undefined;
  /** 100 = vectors at full rate, 0 = one mean value per signal. */
  readonly resolution: 0 | 100;
}

export interface ChunkToSend {
  readonly measurementId: string;
  readonly chunk: ChunkPayload;
  readonly action: ChunkAction;
}

/** What differs between the versions of the protocol. Everything else of a measurement is the same for both. */
export interface DfxApi {
  readonly version: ApiVersion;
  /** Asked for when the WebSocket is opened. */
  readonly subprotocol: Subprotocol | undefined;
  /** Of WebSocket messages. */
  readonly bodies: Bodies;
  /** JSON body of 504. */
  readonly createBody: (measurement: NewMeasurement) => Record<string, unknown>;
  /** JSON body of 506. */
  readonly addDataBody: (item: ChunkToSend) => Record<string, unknown>;
  /** Path of 500. */
  readonly retrievePath: (measurementId: string) => string;
  /** Path of the result of one chunk; undefined where only the WebSocket has those. */
  readonly resultPath: ((measurementId: string, chunkNumber: number) => string) | undefined;
  /**
   * True when every chunk carries its number, so that a server refuses one that it has. Otherwise a chunk that is
   * sent again may be stored twice, which shows in the number that the server answers with.
   */
  readonly refusesRepeats: boolean;
}

export function measurementPath(measurementId: string): string {
  return `/measurements/${encodeURIComponent(measurementId)}`;
}
