"""The table of what may come, in the languages of three shells."""

from __future__ import annotations

from collections.abc import Sequence

from coterie.cli.completion import Choice, Place

GROUPS = "coterie group list --names --quiet"
"""What asks the daemon for the names of groups, one a line; without one there is nothing to complete."""

BASH = """\
# completion of coterie for bash: source <(coterie completion bash)
_coterie() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" place="" at=1
    local words="" options="" takes="" name=""
    while [ "$at" -lt "$COMP_CWORD" ]; do
        case "$place ${{COMP_WORDS[at]}}" in
{steps}
        esac
        at=$((at + 1))
    done
    case "$place $before" in
{values}
    esac
    if [ -z "$takes" ]; then
        case "$place" in
{places}
        esac
        case "$word" in -*) words="$options"; takes="word" ;; esac
    fi
    case "$takes" in
        path) COMPREPLY=($(compgen -f -- "$word")) ;;
        group)
            # names are others' words: they are compared, and never expanded
            COMPREPLY=()
            while IFS= read -r name; do
                case "$name" in "$word"*) COMPREPLY+=("$name") ;; esac
            done < <(coterie_groups) ;;
        anything) COMPREPLY=() ;;
        *) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    esac
}}
coterie_groups() {{
    {groups} 2>/dev/null
}}
complete -o filenames -F _coterie coterie
"""

ZSH = """\
#compdef coterie
# completion of coterie for zsh: in a file _coterie of $fpath
_coterie() {{
    local place="" before="${{words[CURRENT-1]}}" at=2
    local -a known
    while (( at < CURRENT )); do
        case "$place ${{words[at]}}" in
{steps}
        esac
        (( at++ ))
    done
    case "$place $before" in
{values}
    esac
    case "$place" in
{places}
    esac
}}
_coterie_groups() {{
    local -a found
    found=(${{(f)"$({groups} 2>/dev/null)"}})
    compadd -a found
}}
compdef _coterie coterie
"""

FISH = """\
# completion of coterie for fish: coterie completion fish | source
function __coterie_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l place
    for word in $words
        if contains -- "$place $word" {paths}
            set place "$place $word"
        end
    end
    test "$place" = "$argv[1]"
end
complete -c coterie -f
{lines}
"""


def bash(table: Sequence[Place]) -> str:
    """For bash."""
    values, at_places = list[str](), list[str]()
    for place in table:
        for option in place.options:
            if option.takes:
                values.append(f"        {pattern(place, option)}) {taking(option)} ;;")
        words = " ".join(each.word for each in place.commands)
        first = "" if place.commands or not place.arguments else taking(place.arguments[0])
        told = f'words="{words}"; options="{" ".join(each.word for each in place.options)}"; {first}'
        at_places.append(f'            "{path(place)}") {told.rstrip("; ")} ;;')
    return BASH.format(
        steps=steps(table), values="\n".join(values), places="\n".join(at_places), groups=GROUPS
    )


def steps(table: Sequence[Place]) -> str:
    """The words that lead from one command to one below it."""
    return "\n".join(f'            "{path(each)}") place="{path(each)}" ;;' for each in table if each.words)


def path(place: Place) -> str:
    """The words that lead to a command."""
    return "".join(f" {word}" for word in place.words)


def pattern(place: Place, option: Choice) -> str:
    """What stands before the value of an option."""
    return f'"{path(place)} {option.word}"'


def taking(choice: Choice) -> str:
    """What bash is told of a value."""
    match choice.takes:
        case "choice":
            return f'takes="word"; words="{" ".join(choice.choices)}"'
        case "path" | "group":
            return f'takes="{choice.takes}"'
        case _:
            return 'takes="anything"'


def zsh(table: Sequence[Place]) -> str:
    """For zsh."""
    values, at_places = list[str](), list[str]()
    for place in table:
        for option in place.options:
            if option.takes:
                values.append(f"        {pattern(place, option)}) {offering(option)}; return ;;")
        rows = [f"'{each.word}:{each.help}'" for each in (*place.commands, *place.options)]
        first = "" if place.commands or not place.arguments else f"{offering(place.arguments[0])}; "
        at_places.append(
            f'        "{path(place)}") {first}known=({" ".join(rows)}); _describe coterie known ;;'
        )
    return ZSH.format(
        steps=steps(table), values="\n".join(values), places="\n".join(at_places), groups=GROUPS
    )


def offering(choice: Choice) -> str:
    """What zsh does for a value."""
    match choice.takes:
        case "choice":
            return f"compadd {' '.join(choice.choices)}"
        case "path":
            return "_files"
        case "group":
            return "_coterie_groups"
        case _:
            return f"_message '{choice.help or choice.word}'"


def fish(table: Sequence[Place]) -> str:
    """For fish."""
    lines = list[str]()
    for place in table:
        here = f"complete -c coterie -n '__coterie_at \"{path(place)}\"'"
        lines += [f"{here} -a {each.word} -d '{each.help}'" for each in place.commands]
        lines += [f"{here} {flag(each)} -d '{each.help}'{behind(each)}" for each in place.options]
        if not place.commands:
            lines += [
                f"{here}{behind(each).replace(' -x', '').replace(' -r', '')}" for each in place.arguments[:1]
            ]
    paths = " ".join(f'"{path(each)}"' for each in table if each.words)
    return FISH.format(paths=paths, lines="\n".join(lines))


def flag(option: Choice) -> str:
    """An option as fish names it."""
    return f"-l {option.word[2:]}" if option.word.startswith("--") else f"-s {option.word[1:]}"


def behind(choice: Choice) -> str:
    """What fish completes behind an option, or as an argument."""
    match choice.takes:
        case "":
            return ""
        case "choice":
            return f" -x -a '{' '.join(choice.choices)}'"
        case "path":
            return " -r -F"
        case "group":
            return f" -x -a '({GROUPS} 2>/dev/null)'"
        case _:
            return " -x"
