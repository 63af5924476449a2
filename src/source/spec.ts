import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AppError } from "../domain/errors.js";

/** What the source argument names. */
export type SourceSpec =
  | { readonly kind: "file"; readonly path: string }
  /** By its number, the path of its device or its name. */
  | { readonly kind: "camera"; readonly camera: number | string }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "fifo"; readonly path: string }
  | { readonly kind: "stdin" };

/** What a path leads to, as far as it matters here. */
export type PathKind = "fifo" | "camera" | "other";

/**
 * Reads the source argument. A number is a camera, as in the original demo, and so is `camera:` with a number or a
 * name; `-` is standard input; everything that is neither a device, an address nor a FIFO is a file.
 * @throws AppError USAGE for an empty argument or an address of an unknown kind.
 */
export function parseSource(argument: string, kindOf: (path: string) => PathKind = kindOnDisk): SourceSpec {
  if (argument === "")
    throw new AppError("USAGE", "The source is empty: give a video file, a camera number or an address.");
  if (argument === "-") return { kind: "stdin" };
  const camera = /^(?:camera:\s*|\/dev\/video)?(\d{1,4})$/i.exec(argument)?.[1];
  if (camera !== undefined) return { kind: "camera", camera: Number(camera) };
  const name = /^camera:\s*(.*)$/i.exec(argument)?.[1];
  if (name === "") throw new AppError("USAGE", "camera: needs a number or a name behind the colon.");
  if (name !== undefined) return { kind: "camera", camera: name };
  if (argument.startsWith("/dev/video") || argument.startsWith("/dev/v4l/"))
    return { kind: "camera", camera: argument };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(argument)?.[1]?.toLowerCase();
  // With one slash it would be a file, and its name, password and all, would stand in the message that it is missing.
  if (scheme !== undefined || /^(rtsps?|https?):/i.test(argument)) return addressed(scheme ?? "", argument);
  const kind = kindOf(argument);
  if (kind === "camera") return { kind, camera: argument };
  return kind === "fifo" ? { kind, path: argument } : { kind: "file", path: argument };
}

/** A short name for the screen and for messages; passwords inside an address are left out. */
export function labelOf(spec: SourceSpec): string {
  switch (spec.kind) {
    case "file":
    case "fifo":
      return spec.path.split("/").findLast((part) => part !== "") ?? spec.path;
    case "camera":
      return `Camera ${spec.camera}`;
    case "url":
      return withoutSecrets(spec.url);
    case "stdin":
      return "Standard input";
  }
}

function addressed(scheme: string, argument: string): SourceSpec {
  if (scheme === "file") return { kind: "file", path: pathOf(argument) };
  if (scheme === "" || !URL.canParse(argument) || new URL(argument).host === "")
    throw new AppError("USAGE", "The address of the source cannot be read: check its spelling.");
  if (["rtsp", "rtsps", "http", "https"].includes(scheme)) return { kind: "url", url: argument };
  throw new AppError("USAGE", `Sources of the kind ${scheme}:// are not known: use rtsp://, http:// or https://.`);
}

function pathOf(address: string): string {
  try {
    return fileURLToPath(address);
  } catch (cause) {
    throw new AppError("USAGE", `${address} names no file on this machine: give its path.`, { cause });
  }
}

function withoutSecrets(address: string): string {
  const { protocol, host, pathname } = new URL(address);
  // The query may hold a token. A password with a slash in it ends as "host" and path: nothing of those is shown then.
  const at = pathname.lastIndexOf("@");
  return `${protocol}//${at === -1 ? host + pathname : pathname.slice(at + 1)}`;
}

/** Linux gives all its cameras and tuners this major device number (Documentation/admin-guide/devices.txt). */
const VIDEO_MAJOR = 81;

/** Links such as those that udev makes are followed; what cannot be looked at is left to whoever opens it. */
function kindOnDisk(path: string): PathKind {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFIFO() === true) return "fifo";
    return found?.isCharacterDevice() === true && majorOf(found.rdev) === VIDEO_MAJOR ? "camera" : "other";
  } catch {
    return "other";
  }
}

/** As glibc's `major` for the lower 32 bits. */
function majorOf(device: number): number {
  return (device >>> 8) & 0xfff;
}
