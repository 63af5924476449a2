// Frames of the version 1 protocol, byte for byte, made with the descriptors of the published clients.

import type { ResultMessage } from "../../src/wire/v1-messages.js";

const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");

export const MEASUREMENT_ID = "00000000-0000-4000-8000-000000000001";
export const DATA_ID = "00000000-0000-4000-8000-0000000000aa";

const M = ascii(MEASUREMENT_ID);
const D = ascii(DATA_ID);

/** Bytes from hexadecimal text with spaces. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

/** Bytes as hexadecimal text: a Buffer and a Uint8Array of the same bytes compare as equal. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export const GOLDEN = {
  /** 0510, the ID of the head is that of the body. */
  subscribe: bytesOf(`30353130 30313233343536373839 0a26 0a24 ${M} 120a 30313233343536373839`),
  /** 0506, order 0, 0 to 15 s, payload 01 02 03, meta {}. */
  addDataFirst: bytesOf(
    `30353036 61626364656630313233 0a26 0a24 ${M} 120e 46495253543a3a50524f43455353 280f 3500007041 3a03 010203 4202 7b7d`,
  ),
  /** 0506, order 3, 45 to 60 s. */
  addDataLast: bytesOf(
    `30353036 61626364656630313234 0a26 0a24 ${M} 120d 4c4153543a3a50524f43455353 1803 202d 283c 3500007041 3a03 010203 4202 7b7d`,
  ),
  subscribeAck: bytesOf("30313233343536373839 323030"),
  dataAckOrder0: bytesOf(`61626364656630313233 323030 0a24 ${D}`),
  dataAckOrder3: bytesOf(`61626364656630313233 323030 0a24 ${D} 1003`),
  closedError: bytesOf("61626364656630313233 343035 0a12 4d4541535552454d454e545f434c4f534544"),
  /** Body only: chunk 0, multiplier 10000, HR_BPM = [72.0, -0.0005], error OK. */
  result: bytesOf(
    `0a24 ${M} 1226 ${M} 3a30 1a24 ${D} 20904e 2a18 0a06 48525f42504d 120e 0a04 80f25709 1206 48525f42504d 3204 0a02 4f4b`,
  ),
} as const;

/** Bodies with the subprotocol `json`, as the published version 2 clients write them, without their spaces. */
export const GOLDEN_JSON = {
  subscribe: `{"Params":{"ID":"${MEASUREMENT_ID}"},"RequestID":"0123456789"}`,
  addDataFirst: `{"Params":{"ID":"${MEASUREMENT_ID}"},"Action":"FIRST::PROCESS","Payload":"AQID","ChunkOrder":0,"StartTime":0,"EndTime":15,"Duration":15,"Meta":"e30="}`,
  addDataLast: `{"Params":{"ID":"${MEASUREMENT_ID}"},"Action":"LAST::PROCESS","Payload":"AQID","ChunkOrder":3,"StartTime":45,"EndTime":60,"Duration":15,"Meta":"e30="}`,
  dataAckOrder3: `{"ID":"${DATA_ID}","ChunkOrder":3}`,
  closedError: `{"Code":"MEASUREMENT_CLOSED"}`,
  result: `{"MeasurementID":"${MEASUREMENT_ID}","MeasurementDataID":"${MEASUREMENT_ID}:0","MeasurementResultID":"${DATA_ID}","Multiplier":10000,"Channels":{"HR_BPM":{"Channel":"HR_BPM","Data":[720000,-5]}},"Error":{"Code":"OK"}}`,
  token: `{"Token":"abc"}`,
} as const;

/** What the golden bodies say. */
export const FIRST = {
  measurementId: MEASUREMENT_ID,
  action: "FIRST::PROCESS",
  chunkOrder: 0,
  startTimeS: 0,
  endTimeS: 15,
  durationS: 15,
  payload: Uint8Array.of(1, 2, 3),
  meta: Uint8Array.from(Buffer.from("{}")),
};
export const LAST = { ...FIRST, action: "LAST::PROCESS", chunkOrder: 3, startTimeS: 45, endTimeS: 60 };
export const RESULT: ResultMessage = {
  measurementId: MEASUREMENT_ID,
  measurementDataId: `${MEASUREMENT_ID}:0`,
  measurementResultId: DATA_ID,
  multiplier: 10_000,
  channels: [{ id: "HR_BPM", data: [720_000, -5], notes: [] }],
  errorCode: "OK",
};
