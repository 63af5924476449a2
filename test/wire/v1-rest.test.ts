import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AddData, CreateMeasurement, CreateUser, RegisterLicense, RetrieveReply } from "../../src/wire/v1-rest.js";

const SEED = { seed: 20_240_503 };

const CHUNK = {
  ChunkOrder: 0,
  Action: "FIRST::PROCESS",
  StartTime: 0,
  EndTime: 15,
  Duration: 15.0,
  Meta: "{}",
  Payload: "AQID",
};

describe("REST bodies", () => {
  test("unknown keys are ignored", () => {
    expect(RegisterLicense.parse({ Key: "k", TokenSubject: "later" })).toEqual({
      Key: "k",
      DeviceTypeID: "",
      Name: "",
      Identifier: "",
      Version: "",
    });
  });

  test("the shifted fields of SimpleClient are taken: gender as phone number, height as date of birth", () => {
    const sent = {
      FirstName: "A",
      LastName: "B",
      Email: "a@b.c",
      Password: "p",
      PhoneNumber: "male",
      Gender: "1970-01-01",
      DateOfBirth: "180",
      HeightCm: null,
      WeightKg: "",
    };
    expect(CreateUser.parse(sent)).toEqual(sent);
  });

  test("a user without e-mail address or password is refused", () => {
    expect(CreateUser.safeParse({ Email: "", Password: "p" }).success).toBe(false);
    expect(CreateUser.safeParse({ Email: "a@b.c" }).success).toBe(false);
  });

  test("Meta may be the printed bytes of Python, or missing, or no text at all", () => {
    expect(AddData.parse({ ...CHUNK, Meta: "b'\\x7b\\x00'" }).Meta).toBe("b'\\x7b\\x00'");
    expect(AddData.parse({ ...CHUNK, Meta: undefined }).Meta).toBe("");
    expect(AddData.parse({ ...CHUNK, Meta: { a: 1 } }).Meta).toBe("");
  });

  test.each([
    ["a negative order", { ChunkOrder: -1 }],
    ["half an order", { ChunkOrder: 0.5 }],
    ["an order as text", { ChunkOrder: "0" }],
    ["an order beyond 32 bits", { ChunkOrder: 2 ** 32 }],
    ["no action", { Action: undefined }],
    ["a payload that is not base64", { Payload: "A!==" }],
    ["no payload", { Payload: undefined }],
  ])("a chunk with %s is refused", (_what, change) => {
    expect(AddData.safeParse({ ...CHUNK, ...change }).success).toBe(false);
  });

  test("a payload of four million bytes is read", () => {
    const payload = Buffer.alloc(4_000_000, 0xa5).toString("base64");
    expect(AddData.parse({ ...CHUNK, Payload: payload }).Payload).toHaveLength(payload.length);
  });

  test("the snippets client's measurement: unknown Action, no mode", () => {
    expect(CreateMeasurement.parse({ StudyID: "s", Action: "token", Resolution: 0 })).toEqual({
      StudyID: "s",
      Resolution: 0,
      Mode: "DISCRETE",
    });
  });

  test("an unknown mode counts as DISCRETE, the shortest", () => {
    expect(CreateMeasurement.parse({ StudyID: "s", Resolution: 100, Mode: "ENDLESS" }).Mode).toBe("DISCRETE");
  });

  test("a retrieved measurement of any shape is read or refused, never a surprise", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(typeof RetrieveReply.safeParse(json).success).toBe("boolean");
      }),
      SEED,
    );
    expect(RetrieveReply.parse({ ID: "m", StatusID: 7, Results: "none" })).toEqual({
      ID: "m",
      StatusID: "UNKNOWN",
      Results: {},
    });
  });
});
