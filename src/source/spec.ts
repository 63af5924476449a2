import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AppError } from "../domain/errors.js";

/** What the source argument names. */
export type SourceSpec =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "camera"; readonly camera: number | string }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "fifo"; readonly path: string }
  | { readonly kind: "stdin" };

/**
 * Reads the source argument. A number is a camera, as in the original demo; `-` is standard input;
 * everything that is neither a device, an address nor a FIFO is a file.
 * @throws AppError USAGE for an empty argument or an address of an unknown kind.
 */
export function parseSource(argument: string, isFifo: (path: string) => boolean = isFifoOnDisk): SourceSpec {
  if (argument === "")
    throw new AppError("USAGE", "The source is empty: give a video file, a camera number or an address.");
  if (argument === "-") return { kind: "stdin" };
  if (/^\d{1,4}$/.test(argument)) return { kind: "camera", camera: Number(argument) };
  const device = /^\/dev\/video(\d{1,4})$/.exec(argument)?.[1];
  if (device !== undefined) return { kind: "camera", camera: Number(device) };
  if (argument.startsWith("/dev/video") || argument.startsWith("/dev/v4l/"))
    return { kind: "camera", camera: argument };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(argument)?.[1]?.toLowerCase();
  if (scheme !== undefined) return addressed(scheme, argument);
  return isFifo(argument) ? { kind: "fifo", path: argument } : { kind: "file", path: argument };
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
  if (!URL.canParse(argument) || new URL(argument).host === "")
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
  const url = new URL(address);
  // The query may hold a token, so it is not shown either.
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function isFifoOnDisk(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
}
