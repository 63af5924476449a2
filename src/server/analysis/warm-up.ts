import type { EnginePayload, RegionSeries } from "../../wire/engine-payload.js";
import { analyse } from "./analyse.js";

const FRAMES = 900;
const REGIONS = 4;

/**
 * Analyses half a minute of made-up colours and forgets it, so that the code is compiled before the first chunk comes: a first
 * call takes ten times as long as a later one.
 */
export function warmUp(): void {
  const all = (value: number): number[] => Array.from({ length: FRAMES }, () => value);
  const region = (index: number): RegionSeries => ({
    name: `region ${index}`,
    skin: index > 0,
    pixels: all(900),
    red: colour(170, 0.002, index),
    green: colour(120, 0.006, index),
    blue: colour(95, 0.003, index),
    spread: all(5),
    clipped: all(0),
  });
  const recording: EnginePayload = {
    engine: "warm-up",
    chunkNumber: 0,
    timestampMs: Array.from({ length: FRAMES }, (_, i) => (i * 1000) / 30),
    frameNumber: Array.from({ length: FRAMES }, (_, i) => i),
    face: all(1),
    centreX: all(320),
    centreY: all(240),
    eyeDistance: all(60),
    roll: all(0),
    yaw: all(0),
    pitch: all(0),
    regions: Array.from({ length: REGIONS }, (_, index) => region(index)),
  };
  analyse([recording]);
}

/** A level with a wave of 1.2 Hz, none for region 0, and a little that repeats only after minutes. */
function colour(level: number, depth: number, index: number): number[] {
  return Array.from({ length: FRAMES }, (_, i) => {
    const pulse = index > 0 ? depth * Math.sin((2 * Math.PI * 1.2 * i) / 30) : 0;
    return level * (1 - pulse) + 0.03 * Math.sin(i * i * (0.7 + 0.1 * index));
  });
}
