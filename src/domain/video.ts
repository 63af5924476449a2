/** How the samples of a picture are to be read. */
export interface VideoFormat {
  /** Width and height after rotation, in pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** True for JPEG-range samples (0-255), false for video range (16-235). */
  readonly fullRange: boolean;
  /** True for the BT.709 matrix, false for BT.601. */
  readonly bt709: boolean;
}

/** What is known of a source before its first frame. */
export interface SourceInfo {
  readonly kind: "file" | "camera" | "stream";
  /** Short name for the screen: a file's base name, "Camera 0". */
  readonly label: string;
  readonly format: VideoFormat;
  /** Mean frame rate in Hz, for planning only: times come with the frames. */
  readonly rateHz: number;
  /** Length in seconds; undefined when it has no end of its own (cameras, streams). */
  readonly durationS: number | undefined;
  /** Degrees clockwise by which ffmpeg has turned the pictures: 0, 90, 180 or 270. */
  readonly rotationDeg: number;
}

/**
 * One decoded picture, planar YUV 4:2:0 without padding: Y (w*h), U, V (each ceil(w/2)*ceil(h/2)).
 * `data` is borrowed: it is overwritten when the next frame is asked for.
 */
export interface Frame {
  readonly data: Uint8Array;
  readonly format: VideoFormat;
  /** 1 for the first frame, as in the original's face files. */
  readonly number: number;
  /** Presentation time in milliseconds from the first frame, from the container or the clock. */
  readonly timestampMs: number;
  /** True for a picture that the codec stored whole (a key frame); undefined where that is not known. */
  readonly keyFrame?: boolean | undefined;
}

/**
 * Where the times of the frames come from: the camera's driver, the recording or protocol that carries them, or the
 * moment at which they came, where they carry none.
 */
export type CaptureClock = "device" | "container" | "arrival";
