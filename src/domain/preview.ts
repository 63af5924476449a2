/** What is drawn into the picture: nothing, the face's rectangle and regions, or its rectangle and points. */
export type PreviewOverlay = "none" | "regions" | "mesh";

/** What the screen wants to see of the pictures; the worker makes them as long as one is set. */
export interface PreviewRequest {
  /** Size of the wanted picture in pixels (a half block shows 1 x 2 of them). */
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rateHzMax: number;
  /** Crop to the face instead of showing the whole picture. */
  readonly zoom: boolean;
  readonly overlay: PreviewOverlay;
}

/** A small RGB24 picture for the screen; its box is letterboxed into the wanted size with black. */
export interface PreviewPicture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgb: Uint8Array<ArrayBuffer>;
}
