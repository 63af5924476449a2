import { EXIT_CODES } from "./exit-codes.js";

// Examples and other text below the options of each command. Lines fit 80 columns (test/cli/help.test.ts).

const exitCodeTable = EXIT_CODES.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`).join("\n");

export const TOP_HELP = `
Examples:
  dfxterm                                     at a terminal: ask what to measure
  dfxterm measure clip.mp4                    a file, local engine and server
  dfxterm measure 0                           camera 0; s starts
  dfxterm measure clip.mp4 --json | tail -1   the summary for a script
  dfxterm login --server prod                 then without a password:
  dfxterm measure clip.mp4 --server prod --study-id STUDY_ID
  dfxterm show --last                         the newest measurement again
  dfxterm doctor                              what is missing on this computer

dfxterm help <command> tells more of each.

Exit status:
${exitCodeTable}
`;

/** The arguments of `measure`, as people see them: commander gets one list, because the first one may be left out. */
export const MEASURE_ARGUMENTS: readonly (readonly [name: string, description: string])[] = [
  ["study", "study file; default, or left out, is the engine's own"],
  ["source", "video file, camera (number, device or name), address (rtsp, http), or -"],
  ["account", "license_key study_id email password, all four or none"],
];

export const MEASURE_HELP = `
Account (servers other than the local one): "dfxterm login" once, then --server;
or DFXTERM_LICENSE_KEY, DFXTERM_STUDY_ID, DFXTERM_EMAIL and DFXTERM_PASSWORD in
the environment; or, as in the original, the last four arguments, which the
shell's history keeps. Tokens are kept and used again, so that no other place of
the licence is taken. DFXTERM_SERVER, DFXTERM_REST_URL and DFXTERM_WS_URL stand
for the options. Options may be written as in the original: --send_method.

Examples:
  dfxterm measure clip.mp4                   on the local server
  dfxterm measure 0 -r 1280x720              camera 0; s starts
  dfxterm measure rtsp://camera/live         a stream
  dfxterm measure clip.mp4 --chunklength 5 --json > clip.ndjson
  dfxterm measure study.dat clip.mp4 KEY STUDY_ID EMAIL PASSWORD --server prod
`;

export const SERVE_HELP = `
Examples:
  dfxterm serve                              this computer only
  dfxterm serve --rest-port 0 --ws-port 0    on free ports, which are printed
  dfxterm serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem
`;

export const SHOW_HELP = `
Examples:
  dfxterm show --last                        the newest one, in the terminal
  dfxterm show --last --html report.html     a report to keep or to send
  dfxterm show 6f2c0d --csv - | head         the values, as a table
`;

export const DEVICES_HELP = `
The cameras are opened for it, one after the other, for a moment. On Linux all
rates are listed where v4l2-ctl is installed (apt-get install v4l-utils), else
the fastest ones of the usual sizes.

Examples:
  dfxterm devices
  dfxterm devices --json | jq .cameras
  dfxterm measure 0 -r 1280x720              measure with the first one
`;

export const DOCTOR_HELP = `
Nothing is changed, and no other computer is asked unless a server is named,
here or by DFXTERM_SERVER. The exit status is 0 when nothing that is needed is
broken, else that with which a measurement would end (see dfxterm --help).

Examples:
  dfxterm doctor                             this computer
  dfxterm doctor --server prod               and that server
  dfxterm doctor --json | jq .checks         for a script
`;

export const COMPLETION_HELP = `
bash and fish load it from where these put it; zsh does when .zshrc holds
fpath=(~/.zfunc $fpath) before compinit is run.

Examples:
  source <(dfxterm completion bash)          for this shell only
  mkdir -p ~/.local/share/bash-completion/completions
  dfxterm completion bash > ~/.local/share/bash-completion/completions/dfxterm
  mkdir -p ~/.zfunc && dfxterm completion zsh > ~/.zfunc/_dfxterm
  mkdir -p ~/.config/fish/completions
  dfxterm completion fish > ~/.config/fish/completions/dfxterm.fish
`;

export const MAN_HELP = `
Examples:
  dfxterm man | man -l -                     read it
  mkdir -p ~/.local/share/man/man1           man looks there for ~/.local/bin
  dfxterm man > ~/.local/share/man/man1/dfxterm.1
`;

/** Variables of the environment that mean something, for the manual. */
export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ["DFXTERM_STATE_DIR", "Where measurements are kept; --state-dir goes first."],
  ["FFMPEG_BIN", "The ffmpeg program to use; --ffmpeg goes first."],
  ["DFXTERM_CONFIG_DIR", "Where logins and settings are kept; --config-dir goes first."],
  ["DFXTERM_SERVER, DFXTERM_REST_URL, DFXTERM_WS_URL, DFXTERM_API", "The server, where the command line names none."],
  ["DFXTERM_ALLOW_PLAINTEXT", "When set, as --allow-plaintext."],
  [
    "DFXTERM_LICENSE_KEY, DFXTERM_STUDY_ID, DFXTERM_EMAIL, DFXTERM_PASSWORD",
    "The account, where the command line gives none.",
  ],
  ["NO_COLOR", "When it is not empty, nothing is coloured."],
  ["FORCE_COLOR, CLICOLOR_FORCE", "Colours whatever the terminal is; --color and NO_COLOR go first."],
  ["COLORTERM, TERM, TMUX, STY", "What colours the terminal shows; with TERM=dumb there are plain lines."],
  ["INK_SCREEN_READER", "When true, as --screen-reader."],
  ["LC_ALL, LC_CTYPE, LANG", "Whether the terminal shows more than ASCII: UTF-8 or not."],
  ["CI", "When set, plain lines instead of the dashboard."],
  ["DFXTERM_ISA", "Instruction set of the native engine: avx512, avx2 or baseline; it can be lowered only."],
];

/** Files, for the manual. */
export const FILES: readonly (readonly [name: string, meaning: string])[] = [
  [
    "$XDG_STATE_HOME/dfxterm/measurements/ (macOS: ~/Library/Application Support/dfxterm/measurements/)",
    "A folder for each measurement, readable by its owner only: chunks, results, summary.json, snapshot.png.",
  ],
  [
    "$XDG_CONFIG_HOME/dfxterm/ (macOS: ~/Library/Preferences/dfxterm/)",
    "Logins and settings, readable by their owner only.",
  ],
];
