import { z } from "zod";

import type { ServerWish } from "./account-server.js";
import { ConfigFile } from "./config-file.js";

const Choice = z.object({
  server: z.string().optional(),
  restUrl: z.string().optional(),
  wsUrl: z.string().optional(),
  api: z.enum(["v1", "v2"]).optional(),
  plainAllowed: z.boolean().optional(),
});
const Study = z.object({ server: z.string(), id: z.string().min(1), name: z.string().optional() });
const StudyConfig = z.object({
  server: z.string(),
  study: z.string(),
  sdkId: z.string(),
  md5: z.string(),
  file: z.string(),
});
const Config = z.object({
  v: z.literal(1),
  /** Where the last login was: what the account commands take when no server is named. */
  server: Choice.optional(),
  /** The selected study of each server. */
  studies: z.array(Study).default([]),
  /** Study configurations that were downloaded. */
  configs: z.array(StudyConfig).default([]),
});

export type Config = z.infer<typeof Config>;
export type SelectedStudy = z.infer<typeof Study>;
export type CachedStudyConfig = z.infer<typeof StudyConfig>;

export function configFile(configDir: string): ConfigFile<Config> {
  return new ConfigFile<Config>(configDir, "config.json", Config, { v: 1, studies: [], configs: [] });
}

export function selectedStudy({ studies }: Config, serverKey: string): SelectedStudy | undefined {
  return studies.find(({ server }) => server === serverKey);
}

export function withStudy(config: Config, study: SelectedStudy): Config {
  return { ...config, studies: [study, ...config.studies.filter(({ server }) => server !== study.server)] };
}

export function withServer(config: Config, wish: ServerWish): Config {
  const given = Object.entries(wish).filter(([, value]) => value !== undefined && value !== false);
  return { ...config, server: Object.fromEntries(given) };
}

export function withStudyConfig(config: Config, entry: CachedStudyConfig): Config {
  const others = config.configs.filter((one) => !isSame(one, entry));
  return { ...config, configs: [entry, ...others] };
}

export function studyConfigOf(
  config: Config,
  wanted: Pick<CachedStudyConfig, "server" | "study" | "sdkId">,
): CachedStudyConfig | undefined {
  return config.configs.find((one) => isSame(one, wanted));
}

type Which = Pick<CachedStudyConfig, "server" | "study" | "sdkId">;

function isSame(a: Which, b: Which): boolean {
  return a.server === b.server && a.study === b.study && a.sdkId === b.sdkId;
}
