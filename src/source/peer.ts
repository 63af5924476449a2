import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { endianness } from "node:os";

/** 127.0.0.1 as the kernel writes it (proc_net_tcp: in the byte order of the machine). */
const LOOPBACK = endianness() === "LE" ? "0100007F" : "7F000001";
/** Fields of a line of /proc/net/tcp. */
const LOCAL = 1;
const REMOTE = 2;
const UID = 7;

/**
 * Whether a connection over the loopback interface was made by a process of this user: everybody on the computer can
 * reach it. Only Linux tells; elsewhere, and where its table is not to be had, true.
 */
export function isOfThisUser({ remotePort, localPort }: Pick<Socket, "remotePort" | "localPort">): boolean {
  const rows = connections();
  const here = placeOf(localPort);
  const ours = rows.find((row) => row[LOCAL] === placeOf(remotePort) && row[REMOTE] === here);
  if (ours) return Number(ours[UID]) === process.getuid?.();
  // A table in which not even our end is does not tell of this connection.
  return !rows.some((row) => row[LOCAL] === here);
}

function connections(): string[][] {
  if (process.platform !== "linux") return [];
  try {
    const lines = readFileSync("/proc/net/tcp", "latin1").trim().split("\n");
    return lines.map((line) => line.trim().split(/\s+/));
  } catch {
    return [];
  }
}

function placeOf(port = 0): string {
  return `${LOOPBACK}:${port.toString(16).toUpperCase().padStart(4, "0")}`;
}
