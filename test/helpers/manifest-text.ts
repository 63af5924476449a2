/** The manifest of a small measurement of a live source. */
export function manifestText(label: string): string {
  return JSON.stringify({
    v: 1,
    startedAt: "2026-11-20T10:21:07.000Z",
    source: { kind: "live", label },
    server: { kind: "own" },
    sendMethod: "REST",
    api: "v1",
    subprotocol: "json",
    mode: "DISCRETE",
    profileId: null,
    partnerId: null,
    chunkLengthS: 5,
    videoLengthS: null,
    faceDetect: "smart",
    study: null,
    faces: null,
    demographics: null,
    constraints: null,
    saveChunksFolder: null,
    saveResultsFolder: null,
    saveFacepoints: false,
  });
}
