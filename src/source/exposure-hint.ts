/**
 * How the exposure and the white balance of a camera are held still, in a few words. Names of controls are those of the
 * Linux kernel since 5.15 (Documentation/userspace-api/media/v4l/control.rst); older ones say exposure_auto.
 * @param device what the system calls the camera.
 */
export function exposureHint(platform: NodeJS.Platform, device: string): string {
  if (platform === "darwin") return "in the camera's own program; macOS has no switch for it";
  if (platform === "win32") {
    return `ffmpeg -f dshow -show_video_device_dialog true -i video="${device}" opens its settings`;
  }
  return `v4l2-ctl -d ${device} -c auto_exposure=1 -c white_balance_automatic=0 (v4l2-ctl -d ${device} -L lists its controls)`;
}
