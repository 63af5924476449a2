import { Bearer } from "../api/token-source.js";
import { AccountClient } from "../api/v2-account-lists.js";
import { AppError } from "../domain/errors.js";
import { Account, type AccountHost } from "./account.js";
import { type LoggedOut, logOut } from "./account-end.js";
import type { Identity } from "./account-identity.js";
import { type AccountServer, accountServer, type ServerWish } from "./account-server.js";
import { accountStatus, type StatusReport } from "./account-status.js";
import { type Config, configFile, type SelectedStudy, selectedStudy, withServer, withStudy } from "./config.js";
import type { ConfigFile } from "./config-file.js";
import { type OwnAccount, openOwnAccount } from "./own-account.js";
import { fetchStudyConfig, type StudyConfigFile } from "./study-config-file.js";
import { tokenFile } from "./token-cache.js";
import { type ImportedAccount, readImport, withImported } from "./token-import.js";

export type { MeasurementRecord, MeasurementRow, ProfileRecord, StudyRecord } from "../wire/v2-rest.js";

export interface DeskOptions {
  readonly configDir: string;
  readonly server: ServerWish;
  readonly identity: Identity;
  readonly deviceName: string | undefined;
  /** Where this computer's own measurements are, when those are meant by `local` without a login there. */
  readonly ownStateDir: string | undefined;
  readonly signal: AbortSignal;
  readonly onNotice: (text: string) => void;
}

/** One account of an imported file, and what became of it. */
export interface Imported {
  readonly account: ImportedAccount;
  readonly added: readonly string[];
}

/** Everything that the account commands do, behind one door. Must be closed. */
export class AccountDesk {
  readonly server: AccountServer;
  readonly #options: DeskOptions;
  readonly #host: AccountHost;
  readonly #config: ConfigFile<Config>;
  readonly #own: OwnAccount | undefined;
  #account: Account;

  private constructor(options: DeskOptions, wish: ServerWish, own: OwnAccount | undefined) {
    const { configDir, deviceName, signal, onNotice } = options;
    this.#options = options;
    this.#own = own;
    this.server = own?.server ?? accountServer(wish);
    this.#config = configFile(configDir);
    this.#host = {
      file: own?.file ?? tokenFile(configDir),
      signal,
      onNotice,
      onStep: () => undefined,
      timing: { requestMs: REQUEST_MS, idleMs: REQUEST_MS },
      ...(deviceName !== undefined && { deviceName }),
    };
    this.#account = new Account(this.server, own?.identity ?? options.identity, this.#host);
  }

  /**
   * @throws AppError USAGE for a server that is none, FILE.
   */
  static async open(options: DeskOptions): Promise<AccountDesk> {
    const isNamed = options.server.server !== undefined || options.server.restUrl !== undefined;
    const last = isNamed ? undefined : (await configFile(options.configDir).read()).server;
    const wish = { ...last, ...withoutGaps(options.server) };
    const { ownStateDir: stateDir } = options;
    return new AccountDesk(
      options,
      wish,
      stateDir === undefined ? undefined : await openOwnAccount({ ...options, wish, stateDir }),
    );
  }

  get email(): string | undefined {
    return this.#account.email;
  }

  async close(): Promise<void> {
    this.#account.close();
    await this.#own?.close();
  }

  /** True when a device of this server is registered, so that no licence key has to be asked for. */
  async isRegistered(): Promise<boolean> {
    return await this.#account.hasDevice();
  }

  /** Logs in with what has become known by now, and remembers the server for the commands that follow. */
  async logIn(more: Identity): Promise<void> {
    this.#account.close();
    this.#account = new Account(this.server, { ...this.#options.identity, ...more }, this.#host);
    await this.#account.logIn();
    await this.#remember(this.server);
  }

  async logOut(device: boolean): Promise<LoggedOut> {
    return await logOut(this.server, { email: this.#options.identity.email, device }, this.#host);
  }

  async status(): Promise<StatusReport> {
    return await accountStatus(this.#account, this.#options.identity, this.#host, await this.#config.read());
  }

  /** Signed in, checked and renewed. */
  async client(): Promise<AccountClient> {
    await this.#account.signIn();
    const { rest, server, signal, onSecret } = this.#account;
    const bearer = new Bearer(this.#account, onSecret);
    return new AccountClient({ rest, bearer, serverName: server.address.name, signal });
  }

  /** @throws AppError USAGE at a server of version 1; `what` completes "version 1 of the API cannot ...". */
  requireV2(what: string): void {
    if (this.server.api === "v2") return;
    throw new AppError("USAGE", `version 1 of the API cannot ${what}: use a server of version 2 (--api v2)`);
  }

  async selectedStudy(): Promise<SelectedStudy | undefined> {
    return selectedStudy(await this.#config.read(), this.server.key);
  }

  async selectStudy(id: string, name: string | undefined): Promise<void> {
    const study = { server: this.server.key, id, ...(name !== undefined && { name }) };
    await this.#config.exclusively(this.#options.signal, async ({ value, save }) => {
      await save(withStudy(value, study));
    });
  }

  async studyConfig(client: AccountClient, study: string, sdkId: string): Promise<StudyConfigFile> {
    const wanted = { server: this.server.key, study, sdkId };
    return await fetchStudyConfig(client, wanted, this.#options.configDir, this.#config, this.#options.signal);
  }

  /** Takes over the tokens that another program kept. */
  async importFile(
    path: string,
  ): Promise<{ imported: Imported[]; unknownServers: readonly string[]; isOpen: boolean }> {
    const { licenseKey, email } = this.#options.identity;
    const file = await readImport(path, { server: this.#options.server, licenseKey, email });
    const imported = await this.#host.file.exclusively(this.#options.signal, async (editor) => {
      const done: Imported[] = [];
      for (const account of file.accounts) {
        const { tokens, added } = withImported(editor.value, account);
        await editor.save(tokens);
        done.push({ account, added: added.map((user) => user.email) });
      }
      return done;
    });
    for (const { server, studyId } of file.accounts) {
      if (studyId === undefined) continue;
      await this.#config.exclusively(this.#options.signal, async ({ value, save }) => {
        await save(withStudy(value, { server: server.key, id: studyId }));
      });
    }
    const [first] = file.accounts;
    if (first !== undefined) await this.#remember(first.server);
    return { imported, unknownServers: file.unknownServers, isOpen: file.isOpen };
  }

  async #remember({ address, api, isNamed, plainAllowed }: AccountServer): Promise<void> {
    const wish = isNamed
      ? { server: address.name, api }
      : { restUrl: address.restUrl, wsUrl: address.wsUrl, api, plainAllowed };
    await this.#config.exclusively(this.#options.signal, async ({ value, save }) => {
      await save(withServer(value, wish));
    });
  }
}

/** Commands are short questions: who waits wants to hear of a server that hangs. */
const REQUEST_MS = 20_000;

function withoutGaps(wish: ServerWish): ServerWish {
  return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined));
}
