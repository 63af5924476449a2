// Machine words that come with a metric, in words for people. The first block is the service's own list
// (spelled as there), the second the local server's.
const SENTENCES: Readonly<Record<string, string>> = {
  NOTE_SNR_BELOW_THRESHOLD: "the pulse signal is too weak against the noise",
  NOTE_USED_PRED_DEMOG: "age, sex, height or weight were estimated",
  NOTE_MISSING_MEDICAL_INFO: "needs medical information that was not given",
  NOTE_DEGRADED_ACCURACY: "accuracy is reduced",
  NOTE_FT_LIVENSSS_FAILED: "no living face was recognised",
  NOTE_MODEL_LIVENSSS_FAILED: "no living face was recognised",

  NOTE_NO_RESULT: "the server gave no result",
  NOTE_NEWEST_VALUES_ONLY: "only the newest values were sent",
  NOTE_VALUE_OUT_OF_RANGE: "a value did not fit the protocol",
  NOTE_TOO_SHORT: "not enough good signal yet",
  NOTE_FACE_MISSING: "the face was not visible for long enough",
  NOTE_FRAME_RATE_LOW: "too few frames per second",
  NOTE_METHODS_DISAGREE: "the pulse methods disagree",
  NOTE_REGIONS_DISAGREE: "the regions of the face disagree",
  NOTE_HALVES_DISAGREE: "the rate differs too much between parts of the recording",
  NOTE_BACKGROUND_SAME_PEAK: "the background flickers at the same rate",
  NOTE_LIGHT_AT_RATE: "what changes has the colour of light, not of blood: a lamp, a screen or the exposure",
  NOTE_MOTION_AT_RATE: "the head moves at the same rate",
  NOTE_KEY_FRAMES: "the rate is that of the video's key frames: its compression may be what pulses",
  NOTE_ONE_COLOUR: "only one colour carries a signal: light and blood cannot be told apart",
  NOTE_BEATS_UNSURE: "single beats cannot be timed well enough",
  NOTE_MOTION_TOO_STRONG: "the head moves too much",
  NOTE_BREATHING_UNSURE: "pulse and motion do not show the same breathing",
  NOTE_PROVISIONAL: "provisional: less than 10 s of signal",
};

/** One short sentence for a note; an unknown word is shown without its prefix. */
export function noteText(note: string): string {
  const known = Object.hasOwn(SENTENCES, note) ? SENTENCES[note] : undefined;
  if (known !== undefined) return known;
  return note
    .replace(/^NOTE_/, "")
    .toLowerCase()
    .replaceAll("_", " ");
}
