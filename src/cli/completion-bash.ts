import {
  allNodes,
  type CommandNode,
  MEASUREMENT_NAME,
  transitions,
  type ValueKind,
  valuesAmongCommands,
} from "./command-tree.js";

/**
 * The completion for bash (3.2 and newer). The words before the cursor lead through the commands ("/studies/list"); then
 * either an option's value, the options, or the arguments are offered. bash parts words at = and : as well: `--option=value`
 * comes as three words, and so does the file `10:21.mp4`, which is put together again; `kept` is what readline already has of
 * it.
 */
export function completionBash(tree: CommandNode, stateDir: string): string {
  const nodes = allNodes(tree);
  const steps = transitions(tree).map(({ from, to }) => `      "${from}") at="${to}" ;;`);
  const valued = valuesAmongCommands(tree);
  return `# Completion of dfxterm for bash; made by: dfxterm completion bash
_dfxterm_add() { local line; while IFS= read -r line; do COMPREPLY+=("\${line#"$kept"}"); done; }
_dfxterm_words() { _dfxterm_add < <(compgen -W "$1" -- "$cur"); }
_dfxterm_files() { compopt -o filenames 2> /dev/null; _dfxterm_add < <(compgen "$1" -- "$cur"); }
_dfxterm_measurements() {
  _dfxterm_files -d
  _dfxterm_add < <(compgen -W "$(command ls -1 "\${DFXTERM_STATE_DIR:-${stateDir}}/measurements" 2> /dev/null | grep -E '${MEASUREMENT_NAME}')" -- "$cur")
}
_dfxterm() {
  local at="" word i first="$COMP_CWORD" last="\${COMP_WORDS[COMP_CWORD]}" kept=""
  local cur="$last" prev
  while [ "$first" -gt 1 ]; do
    prev="\${COMP_WORDS[first - 1]}"
    case "\${COMP_WORDS[first]}" in
      =) case "$prev" in -*) cur="\${cur#=}"; break ;; esac ;;
      [:=]*) ;;
      *) case "$prev" in [:=]*) ;; *) break ;; esac ;;
    esac
    first=$((first - 1)) cur="$prev$cur"
  done
  case "$last" in [:=]*) kept="$cur" ;; *) kept="\${cur%"$last"}" ;; esac
  prev="\${COMP_WORDS[first - 1]}"
  case "$prev" in --*) prev="\${prev//_/-}" ;; esac
  case "$cur" in --*) cur="\${cur//_/-}" ;; esac
  COMPREPLY=()
  for ((i = 1; i < first; i++)); do
    word="\${COMP_WORDS[i]}"
    [ "$word" = "--" ] && { _dfxterm_files -f; return; }
    case "$at $word" in ${valued.map((words) => `"${words}"`).join(" | ")}) i=$((i + 1)); continue ;; esac
    case "$at/$word" in
${steps.join("\n")}
    esac
  done
  case "$at $prev" in
${nodes.flatMap(valueCases).join("\n")}
  esac
  case "$at" in
${nodes.map(nodeCase).join("\n")}
  esac
}
complete -F _dfxterm dfxterm
`;
}

function valueCases({ path, options }: CommandNode): string[] {
  return options.flatMap(({ long, short, value }) => {
    if (!value) return [];
    const words = [long, ...(short === undefined ? [] : [short])].map((word) => `"${path} ${word}"`);
    return [`    ${words.join(" | ")}) ${offer(value)} return ;;`];
  });
}

function nodeCase({ path, options, arguments: values, children }: CommandNode): string {
  const names = options.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short])).join(" ");
  const [value] = values;
  const rest =
    children.length > 0
      ? `_dfxterm_words "${children.map(({ name }) => name).join(" ")}"`
      : value
        ? offer(value).replace(/;$/, "")
        : ":";
  return `    "${path}") case "$cur" in -*) _dfxterm_words "${names}" ;; *) ${rest} ;; esac ;;`;
}

function offer(value: ValueKind): string {
  switch (value.kind) {
    case "words":
      return `_dfxterm_words "${value.words.join(" ")}";`;
    case "file":
      return "_dfxterm_files -f;";
    case "folder":
      return "_dfxterm_files -d;";
    case "measurement":
      return "_dfxterm_measurements;";
    case "text":
      return ":;";
  }
}
