import { allNodes, type CommandNode, MEASUREMENT_NAME, type OptionNode, type ValueKind } from "./command-tree.js";

/** The completion for zsh (5 and newer): one function per command, each handing over to those below it. */
export function completionZsh(tree: CommandNode, stateDir: string): string {
  return `#compdef dfxterm
# Completion of dfxterm for zsh; made by: dfxterm completion zsh
__dfxterm_measurements() {
  local -a names
  names=(\${(f)"$(command ls -1 "\${DFXTERM_STATE_DIR:-${stateDir}}/measurements" 2> /dev/null | grep -E '${MEASUREMENT_NAME}')"})
  _alternative 'folders:folder:_files -/' "measurements:measurement:(\${names[*]})"
}
${allNodes(tree).map(nodeFunction).join("\n")}
if [ "$funcstack[1]" = "_dfxterm" ]; then _dfxterm "$@"; else compdef _dfxterm dfxterm; fi
`;
}

function functionName(path: string): string {
  return `_dfxterm${path.replaceAll("/", "_")}`;
}

function nodeFunction({ path, options, arguments: values, repeats, children }: CommandNode): string {
  const specs = options.flatMap(optionSpecs);
  if (children.length === 0) {
    const places = values.map((value, index) => {
      const place = repeats && index === values.length - 1 ? "*" : String(index + 1);
      return quoted(`${place}:argument:${action(value)}`);
    });
    return `${functionName(path)}() {\n  _arguments ${[...specs, ...places].join(" \\\n    ")}\n}`;
  }
  const names = children.map(({ name, description }) => quoted(`${name}:${plain(description)}`));
  const cases = children.map(
    ({ name, aliases, path: below }) => `        ${[name, ...aliases].join("|")}) ${functionName(below)} ;;`,
  );
  return `${functionName(path)}() {
  local context state line curcontext="$curcontext"
  typeset -A opt_args
  _arguments -C ${specs.join(" \\\n    ")} \\
    '1: :->command' '*:: :->rest'
  case "$state" in
    command)
      local -a commands
      commands=(${names.join(" ")})
      _describe -t commands command commands ;;
    rest)
      case "$line[1]" in
${cases.join("\n")}
      esac ;;
  esac
}`;
}

function optionSpecs({ long, short, description, value, valueName }: OptionNode): string[] {
  const about = `[${plain(description).replaceAll(/[[\]]/g, "\\$&")}]`;
  const tail = value ? `:${valueName}:${action(value)}` : "";
  const forms = [`${long}${value ? "=" : ""}`, ...(short === undefined ? [] : [`${short}${value ? "+" : ""}`])];
  return forms.map((form) => quoted(`${form}${about}${tail}`));
}

function action(value: ValueKind): string {
  switch (value.kind) {
    case "words":
      return `(${value.words.join(" ")})`;
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    case "measurement":
      return "__dfxterm_measurements";
    case "text":
      return " ";
  }
}

/** A colon would end the description. */
function plain(description: string): string {
  return description.replaceAll(":", "\\:");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
