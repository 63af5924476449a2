import { type ServerAddress, serverAddress, serverName, usualApi } from "../api/servers.js";
import { AppError } from "../domain/errors.js";
import type { ApiVersion } from "../domain/measurement-terms.js";

/** Which server somebody asked for, as options and environment give it. */
export interface ServerWish {
  readonly server?: string | undefined;
  readonly restUrl?: string | undefined;
  readonly wsUrl?: string | undefined;
  readonly api?: ApiVersion | undefined;
  readonly plainAllowed?: boolean | undefined;
}

/** A server that accounts are kept of. */
export interface AccountServer {
  readonly address: ServerAddress;
  readonly api: ApiVersion;
  /** Under this the files of the configuration folder know it: tokens of one address are never sent to another. */
  readonly key: string;
  /** True for a server of the table, false for one by its addresses. */
  readonly isNamed: boolean;
  readonly plainAllowed: boolean;
}

/** @throws AppError USAGE */
export function accountServer(wish: ServerWish): AccountServer {
  const { server, restUrl, wsUrl, plainAllowed } = wish;
  if (restUrl === undefined && wsUrl !== undefined) throw new AppError("USAGE", "give --rest-url with --ws-url");
  if (restUrl !== undefined && server !== undefined) {
    throw new AppError("USAGE", "give --server or the addresses, not both");
  }
  const name = restUrl === undefined ? serverName(server ?? "prod") : undefined;
  const api = wish.api ?? usualApi(name);
  const address = serverAddress(restUrl === undefined ? (name ?? "prod") : { restUrl, wsUrl, plainAllowed }, api);
  return {
    address,
    api,
    key: `${api} ${address.restUrl}`,
    isNamed: name !== undefined,
    plainAllowed: plainAllowed ?? false,
  };
}

/** The options that lead to this server again, for advice. */
export function serverOptions({ address, api, isNamed }: AccountServer): string {
  const server = isNamed ? `--server ${address.name}` : `--rest-url ${address.restUrl}`;
  return api === usualApi(isNamed ? address.name : undefined) ? server : `${server} --api ${api}`;
}
