// Machine words that the analysis puts on a channel: why there is no value, or what to think of one. The first is the
// service's own, the others are made in its form. src/domain/notes.ts has the sentences for people.
export const NOTE_SNR_BELOW_THRESHOLD = "NOTE_SNR_BELOW_THRESHOLD";
/** Too few seconds with a visible face for a heart rate. */
export const NOTE_NEEDS_5_S = "NOTE_NEEDS_5_S";
/** Too few beats: the slower the heart, the longer it takes. */
export const NOTE_NEEDS_10_S = "NOTE_NEEDS_10_S";
/** Enough for a heart rate, but not for this metric. */
export const NOTE_NEEDS_25_S = "NOTE_NEEDS_25_S";
export const NOTE_NEEDS_30_S = "NOTE_NEEDS_30_S";
export const NOTE_NEEDS_60_S = "NOTE_NEEDS_60_S";
/** The face was missing in more than a tenth of the frames, or in all. */
export const NOTE_FACE_MISSING = "NOTE_FACE_MISSING";
/** Too few frames per second to carry a pulse. */
export const NOTE_FRAME_RATE_LOW = "NOTE_FRAME_RATE_LOW";
/** Fewer than two of POS, CHROM and GREEN show the rate. */
export const NOTE_METHODS_DISAGREE = "NOTE_METHODS_DISAGREE";
/** The regions of the face do not show the same pulse at the same time. */
export const NOTE_REGIONS_DISAGREE = "NOTE_REGIONS_DISAGREE";
/** The strongest rate jumps between parts of the recording. */
export const NOTE_HALVES_DISAGREE = "NOTE_HALVES_DISAGREE";
/** The background shows the same rate. */
export const NOTE_BACKGROUND_SAME_PEAK = "NOTE_BACKGROUND_SAME_PEAK";
/** What changes at the rate changes all colours by the same share: light, not blood. */
export const NOTE_LIGHT_AT_RATE = "NOTE_LIGHT_AT_RATE";
/** The head moves at the same rate. */
export const NOTE_MOTION_AT_RATE = "NOTE_MOTION_AT_RATE";
/** A value from less than ten seconds. */
export const NOTE_PROVISIONAL = "NOTE_PROVISIONAL";
/** The rate lies at a multiple of the key-frame rate: the encoder may pulse there. */
export const NOTE_KEY_FRAMES = "NOTE_KEY_FRAMES";
/** Only red carries a signal, as with a finger on the lens: a change of light cannot be told from blood by its colour. */
export const NOTE_ONE_COLOUR = "NOTE_ONE_COLOUR";
/** The single beats are not timed well enough to say how they vary. */
export const NOTE_BEATS_UNSURE = "NOTE_BEATS_UNSURE";
/** Pulse and motion do not show the same breathing. */
export const NOTE_BREATHING_UNSURE = "NOTE_BREATHING_UNSURE";
/** The head moves so much that single beats are shifted. */
export const NOTE_MOTION_TOO_STRONG = "NOTE_MOTION_TOO_STRONG";
