use super::command;
use crate::error::Result;
use crate::settings::FIELDS;
use crate::ui::answer;
use clap::Args as ClapArgs;
use clap_complete::Shell;

/// Print the completions of a shell
///
/// The text goes to stdout; put it where the shell looks for completions.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Prints them.
pub fn run(args: &Args) -> Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "wwctl", &mut text);
    if args.shell == Shell::Bash {
        text.extend(values().into_bytes());
    }
    answer(&String::from_utf8_lossy(&text));
    Ok(())
}

/// What the generated bash function cannot: the values behind `FIELD=`, which bash takes for words of their own, and
/// no blank behind a `FIELD=`.
fn values() -> String {
    let mut cases = String::new();
    for field in FIELDS.iter().filter(|f| !f.values().is_empty()) {
        let words: Vec<String> = field.values().iter().map(|v| v.replace(' ', "\\ ")).collect();
        cases.push_str(&format!("        {}) values='{}' ;;\n", field.name, words.join(" ")));
    }
    BASH.replace("        CASES\n", &cases)
}

const BASH: &str = r#"
_wwctl_with_values() {
    local field= values= before= word=${COMP_WORDS[COMP_CWORD]}
    if [[ $word == '=' ]]; then
        field=${COMP_WORDS[COMP_CWORD-1]} word=
    elif [[ $COMP_CWORD -ge 2 && ${COMP_WORDS[COMP_CWORD-1]} == '=' ]]; then
        field=${COMP_WORDS[COMP_CWORD-2]}
    elif [[ $word == *=* ]]; then
        field=${word%%=*} before=${word%%=*}= word=${word#*=}
    fi
    case $field in
        CASES
    esac
    if [[ -n $values ]]; then
        local value IFS=$'\n'
        COMPREPLY=()
        for value in $(IFS=' ' compgen -W "$values" -- "$word"); do
            COMPREPLY+=("$before$(printf '%q' "$value")")
        done
        return 0
    fi
    if [[ $field == --* && -z $before ]]; then
        # An option's value behind `=` is completed like one behind a blank.
        COMP_WORDS=("${COMP_WORDS[@]:0:COMP_CWORD-(${#word}>0)}" "$word")
        COMP_CWORD=$((${#COMP_WORDS[@]}-1))
        _wwctl "$1" "$word" "$field"
        return 0
    fi
    _wwctl "$@"
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

complete -F _wwctl_with_values -o bashdefault -o default wwctl
"#;
