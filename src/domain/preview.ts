/** What is drawn into the picture: nothing, the face's rectangle and regions, or its rectangle and points. */
export type PreviewOverlay = "none" | "regions" | "mesh";

/** What the screen wants to see of the pictures; the worker makes them as long as one is set. */
export interface PreviewRequest {
  /** Size of the wanted picture in pixels (a half block shows 1 x 2 of them). */
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rateHzMax: number;
  /** Width of a pixel of the screen divided by its height; 1 when it is not said. */
  readonly pixelAspect?: number;
  /** Crop to the face instead of showing the whole picture. */
  readonly zoom: boolean;
  readonly overlay: PreviewOverlay;
  /** A drawing of where the face is and how bright, instead of the picture: it costs next to nothing. */
  readonly schematic?: boolean;
  /** Show where the face should be. */
  readonly target?: boolean;
}

/** A small RGB24 picture for the screen; its box is letterboxed into the wanted size with black. */
export interface PreviewPicture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgb: Uint8Array<ArrayBuffer>;
}
