# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_wwctl_global_optspecs
    string join \n json q/quiet v/verbose color= h/help V/version
end

function __fish_wwctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_wwctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_wwctl_using_subcommand
    set -l cmd (__fish_wwctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c wwctl -n "__fish_wwctl_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_needs_command" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_needs_command" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_needs_command" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_needs_command" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "discover" -d 'Find the gateways on this network'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "man" -d 'Write the manual pages into a directory'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l for -d 'How long to search' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l interface -d 'Search on this network interface only (repeatable)' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l count -d 'Stop when this many have answered' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from discover completions man help" -f -a "discover" -d 'Find the gateways on this network'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from discover completions man help" -f -a "completions" -d 'Print the completions of a shell'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from discover completions man help" -f -a "man" -d 'Write the manual pages into a directory'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from discover completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
