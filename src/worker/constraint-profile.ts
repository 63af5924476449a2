/**
 * What is checked when nobody says otherwise: the web SDK's limits (src/extraction/constraint-config.ts), with
 *
 * - 20 frames per second and a box as large as the picture, as in dfx-demo-py, which is a program for desks like ours;
 * - eyes at least 40 px apart instead of 100: at a desk, a camera of 640x480 sees 50 to 60, and our regions have enough
 *   pixels there.
 *
 * Rotation of the camera is not checked: a computer on a desk has no sensor for it.
 */
export const CONSTRAINT_PROFILE = JSON.stringify({
  minimumFps: 20,
  boxWidth_pct: 100,
  boxHeight_pct: 100,
  minInterPupilDist_px: 40,
  hy_minInterPupilDist_px: 4,
  checkFace: true,
  checkBackLight: true,
  checkCentered: true,
  checkDistance: true,
  checkFaceDirection: true,
  checkImageQuality: true,
  checkLighting: true,
  checkMinFps: true,
  checkMovement: true,
});
