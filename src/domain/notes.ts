// Machine words that come with a metric, in words for people. The first block is the service's own list
// (spelled as there), the second the local server's. The brief form (17 columns at most) is for small screens.
const NOTES: Readonly<Record<string, readonly [sentence: string, brief: string]>> = {
  NOTE_SNR_BELOW_THRESHOLD: ["the pulse signal is too weak against the noise", "too much noise"],
  NOTE_USED_PRED_DEMOG: ["age, sex, height or weight were estimated", "estimated person"],
  NOTE_MISSING_MEDICAL_INFO: ["needs medical information that was not given", "data missing"],
  NOTE_DEGRADED_ACCURACY: ["accuracy is reduced", "less accurate"],
  NOTE_FT_LIVENSSS_FAILED: ["no living face was recognised", "no living face"],
  NOTE_MODEL_LIVENSSS_FAILED: ["no living face was recognised", "no living face"],

  NOTE_NO_RESULT: ["the server gave no result", "no result"],
  NOTE_NEWEST_VALUES_ONLY: ["only the newest values were sent", "newest only"],
  NOTE_VALUE_OUT_OF_RANGE: ["a value did not fit the protocol", "out of range"],
  NOTE_TOO_SHORT: ["not enough good signal", "too little signal"],
  NOTE_NEEDS_5_S: ["needs 5 s of good signal", "needs 5 s"],
  NOTE_NEEDS_10_S: ["needs 10 s of good signal", "needs 10 s"],
  NOTE_NEEDS_25_S: ["needs 25 s of good signal", "needs 25 s"],
  NOTE_NEEDS_30_S: ["needs 30 s of good signal", "needs 30 s"],
  NOTE_NEEDS_60_S: ["needs 60 s of good signal", "needs 60 s"],
  NOTE_FACE_MISSING: ["the face was not visible for long enough", "face not seen"],
  NOTE_FRAME_RATE_LOW: ["too few frames per second", "too few frames"],
  NOTE_METHODS_DISAGREE: ["the pulse methods disagree", "methods disagree"],
  NOTE_REGIONS_DISAGREE: ["the regions of the face disagree", "regions disagree"],
  NOTE_HALVES_DISAGREE: ["the rate differs too much between parts of the recording", "rate not steady"],
  NOTE_BACKGROUND_SAME_PEAK: ["the background flickers at the same rate", "flickering light"],
  NOTE_LIGHT_AT_RATE: [
    "what changes has the colour of light, not of blood: a lamp, a screen or the exposure",
    "light, not blood",
  ],
  NOTE_MOTION_AT_RATE: ["the head moves at the same rate", "head at that rate"],
  NOTE_KEY_FRAMES: ["the rate is that of the video's key frames: its compression may be what pulses", "compression"],
  NOTE_ONE_COLOUR: ["only one colour carries a signal: light and blood cannot be told apart", "only one colour"],
  NOTE_BEATS_UNSURE: ["single beats cannot be timed well enough", "beats unclear"],
  NOTE_MOTION_TOO_STRONG: ["the head moves too much", "too much motion"],
  NOTE_BREATHING_UNSURE: ["pulse and motion do not show the same breathing", "pulse vs motion"],
  NOTE_PROVISIONAL: ["provisional: less than 10 s of signal", "< 10 s"],
};

/** One short sentence for a note; an unknown word is shown without its prefix. */
export function noteText(note: string): string {
  return known(note)?.[0] ?? spelled(note);
}

/** The same in a few words. */
export function briefNote(note: string): string {
  return known(note)?.[1] ?? spelled(note);
}

function known(note: string): readonly [sentence: string, brief: string] | undefined {
  return Object.hasOwn(NOTES, note) ? NOTES[note] : undefined;
}

function spelled(note: string): string {
  return note
    .replace(/^NOTE_/, "")
    .toLowerCase()
    .replaceAll("_", " ");
}
