/** Heart rates that are looked for: 42 to 210 per minute. */
export const RATE_HZ_MIN = 0.7;
export const RATE_HZ_MAX = 3.5;

/** The band of a pulse with its second harmonic; SNR is counted in it (de Haan & Jeanne 2013). */
export const BAND_HZ_MIN = 0.7;
export const BAND_HZ_MAX = 4;

/** Corner of the high-pass: below the band, so that a rate of 45 is not pushed upwards. */
export const FILTER_HZ_MIN = 0.6;
