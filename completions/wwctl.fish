# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_wwctl_global_optspecs
    string join \n json q/quiet v/verbose color= H/host= hosts-file= jobs= password-file= auth= timeout= retries= proxy= h/help V/version
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
complete -c wwctl -n "__fish_wwctl_needs_command" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_needs_command" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_needs_command" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_needs_command" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_needs_command" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_needs_command" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_needs_command" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_needs_command" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_needs_command" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_needs_command" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_needs_command" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_needs_command" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "get" -d 'Read settings'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "set" -d 'Change settings, and leave the others as they are'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "replace" -d 'Replace all settings: what is not named goes back to factory default'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "apply" -d 'Bring a fleet of gateways to the state that a file declares'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "restore" -d 'Put back what a roll-out changed'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "decode" -d 'Decode recorded frames'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "diff" -d 'Compare a file with the gateway: 0 same, 1 different'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "info" -d 'The gateway and its meter: device, firmware, licence, meter status, network'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "scalers" -d 'The powers of ten that scale the meter\'s values'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "doctor" -d 'What is wrong between gateway and meter, and what to do about it'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "live" -d 'Follow the gateway\'s live values until Ctrl-C'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "report" -d 'The last report: power, energy, voltage and current as the gateway gives them'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "fields" -d 'Explain the settings: type, default, range, meaning (works offline)'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "simulate" -d 'An embedded gateway or meter, to try everything without hardware'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "discover" -d 'Find the gateways on this network'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "ports" -d 'List the serial ports, and what hinders access to them'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "capture" -d 'Record a line as it is, with times and error flags'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "probe" -d 'Find out how a meter\'s line must be set, and what it sends'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "demo" -d 'Show the whole way on embedded parts: gateway, meter, probe, set, verify'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "config" -d 'The configuration in force'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "man" -d 'Write the manual pages into a directory'
complete -c wwctl -n "__fish_wwctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand get" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l from -d 'Settings as JSON: an object, or a document with a `settings` object, such as a backup or a probe\'s result' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l wait -d 'Wait until the meter\'s status is OK, for this long at most' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l update-keys -d 'When to send keys, which a gateway does not show' -r -f -a "auto\t'When another setting changes, or the gateway does not decode its meter already'
always\t'Always'"
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -s n -l dry-run -d 'Show what would change, and send nothing'
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -s y -l yes -d 'Ask no questions'
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l no-verify -d 'Do not read back after the write'
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l no-backup -d 'Keep no backup of the previous settings'
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand set" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l from -d 'Settings as JSON: an object, or a document with a `settings` object, such as a backup' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l wait -d 'Wait until the meter\'s status is OK, for this long at most' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l update-keys -d 'When to send keys, which a gateway does not show' -r -f -a "auto\t'When another setting changes, or the gateway does not decode its meter already'
always\t'Always'"
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l allow-missing-key -d 'Allow encryption=true without an encryption key'
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -s n -l dry-run -d 'Show what would change, and send nothing'
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -s y -l yes -d 'Ask no questions'
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l no-verify -d 'Do not read back after the write'
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l no-backup -d 'Keep no backup of the previous settings'
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand replace" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l wait -d 'Wait until each meter\'s status is OK, for this long at most' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l max-failures -d 'Begin no further gateway after more than so many failures, or after more than this share of all' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l canary -d 'Do the first N gateways before all others, which are left alone when one of these fails' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l resume -d 'Go on where this journal ends' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l journal -d 'Where to keep the journal, instead of the state directory' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l update-keys -d 'When to send keys, which a gateway does not show' -r -f -a "auto\t'When another setting changes, or the gateway does not decode its meter already'
always\t'Always'"
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l report -d 'Write what came of each gateway at the end: to - as a table, to FILE as CSV, JSON lines (.json, .jsonl) or a table (.txt)' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l check -d 'Show what differs, and change nothing: 0 nothing, 1 something'
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l changed-inventory -d 'Go on although the inventory is another than the journal\'s; all its gateways are read again'
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand apply" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -l wait -d 'Wait until each meter\'s status is OK, for this long at most' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -s n -l dry-run -d 'Show what would be put back, and send nothing'
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -l force -d 'Also where the settings were changed since the roll-out'
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand restore" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l protocol -d 'Decode only this protocol' -r -f -a "dsmr\t''
hdlc\t''
kmp\t''
mep\t''
mbus\t''
mbtr\t''
dlms\t''"
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l key -d 'Encryption key of the meter: @FILE, @- (stdin), or the key itself; env WWCTL_KEY' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l auth-key -d 'Authentication key of the meter, likewise; env WWCTL_AUTH_KEY' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l input -d 'What the input is, instead of recognising it by its content' -r -f -a "raw\t'The bytes as they were on the line'
hex\t'Hex digits'
capture\t'What `wwctl capture` wrote'"
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l scalers-set -d 'For --report: which powers of ten the gateway applies to DLMS registers' -r -f -a "default\t'Those that the message carries'
custom\t'Those of --scalers over them'
lge570\t'Those of the Landis+Gyr E570'"
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l scalers -d 'For --report: the custom scalers, as `wwctl scalers get --json` prints them' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l conv-factor -d 'For --report: factor for power, energy and current' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l time-offset -d 'For --report: seconds to add to the meter\'s time' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l explain -d 'Show the bytes of every message, layer by layer, each with its meaning'
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l report -d 'Print what the gateway would report of each good message, in the shape of its /api/v1/report'
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand decode" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand diff" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand info" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -f -a "current" -d 'What the gateway applies now'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -f -a "get" -d 'Your own scalers'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -f -a "set" -d 'Change your own scalers'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and not __fish_seen_subcommand_from current get set help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from current" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from get" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -l from -d 'The whole list as JSON, as `wwctl scalers get --json` prints it' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -s n -l dry-run -d 'Show what would change, and send nothing'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -l no-verify -d 'Do not read back after the write'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from help" -f -a "current" -d 'What the gateway applies now'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from help" -f -a "get" -d 'Your own scalers'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from help" -f -a "set" -d 'Change your own scalers'
complete -c wwctl -n "__fish_wwctl_using_subcommand scalers; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -l count -d 'Stop after this many' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand live" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -l objects -d 'The DLMS objects of the last report instead, as the meter sent them (always JSON)'
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand report" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand fields" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -f -a "meter" -d 'A simulated meter, on a pseudo-terminal or a TCP port'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -f -a "gateway" -d 'A simulated gateway: the HTTP API with a strict login'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and not __fish_seen_subcommand_from meter gateway help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -l tcp -d 'Serve on this TCP address, such as 127.0.0.1:4001, in place of a pseudo-terminal' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -l pty -d 'Serve on a pseudo-terminal (the default)'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from meter" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l port -d 'TCP port; 0 takes a free one' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l bind -d 'Address to listen on' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l count -d 'So many gateways, on ports and with ids that count up' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l id -d 'Id of the (first) device: 12 hex digits' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l password -d 'The password it asks for; it protects nothing, so it may stand here' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l mode -d 'What it asks for, in this order; with a password digest, else none' -r -f -a "none\t'No login'
basic\t'As firmware before 1.10'
digest\t'As firmware 1.10 and later'"
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l algorithms -d 'Digest algorithms offered, in this order' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l qop -d 'Digest qop: auth, auth-int, both, or empty for RFC 2069' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l realm -d 'The realm; the device\'s host name when it is not given' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l spelling -d 'How a challenge is spelt' -r -f -a "plain\t'As in the standards'
lower-case\t'The scheme in lower case'
quoted-algorithm\t'The algorithm in quotes'
compact\t'No blanks after commas'"
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l nonce-uses -d 'How often a nonce is good' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l nonce-lifetime -d 'How long a nonce is good' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l key-mask -d 'How keys look in its answers' -r -f -a "omit\t'They are left out'
stars\t'They are starred'"
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l meter -d 'A setting that the meter needs; its status is OK only when all are set (repeatable)' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l meter-after -d 'Time from matching settings to status OK' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l preset -d 'A setting to begin with (repeatable)' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l latency -d 'Time taken for each answer, in milliseconds' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l fault -d 'What goes wrong (repeatable): 503:N, 500:N, slow:SECONDS, drop-before:N, drop-after-write:N, truncate:N, half-json:N, html:N, not-object:N, redirect:N, ignore-write:N, refuse:N, clamp, license, no-challenge' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l live-interval -d 'Time from one live event to the next' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l log -d 'Writes each request to this file, one JSON object a line, without secrets' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l max-time -d 'Stops by itself after this time' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l joined -d 'All challenges in one header line'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l next-nonce -d 'Gives the next nonce with each answer'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l first-cnonce -d 'Computes -sess algorithms from the first cnonce of a nonce'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l close -d 'Closes the connection after each answer'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from gateway" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from help" -f -a "meter" -d 'A simulated meter, on a pseudo-terminal or a TCP port'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from help" -f -a "gateway" -d 'A simulated gateway: the HTTP API with a strict login'
complete -c wwctl -n "__fish_wwctl_using_subcommand simulate; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l for -d 'How long to search' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l interface -d 'Search on this network interface only (repeatable)' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l count -d 'Stop when this many have answered' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l info -d 'Ask each gateway for firmware, licence and meter status, which needs the password'
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand discover" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -l usb -d 'USB serial ports only'
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand ports" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -s o -l output -d 'File to write; - for the standard output' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l format -d 'What to write' -r -f -a "jsonl\t'Text with times, flags and settings: the tool\'s own'
pcapng\t'For Wireshark (link type RTAC serial)'
raw\t'The bytes and nothing else'"
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -s b -l baudrate -d 'Bits per second' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l data-bits -d 'Data bits' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l parity -d 'Parity' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l stop-bits -d 'Stop bits' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l for -d 'Stop after this time' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l rotate-size -d 'Begin another file when this one has so many bytes (k, M and G are understood)' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l rotate-time -d 'Begin another file after this time' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l keep -d 'Keep only so many files when rotating; the oldest go' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -s f -l force -d 'Overwrite files that exist'
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand capture" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l baudrate -d 'The baud rate is this' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l parity -d 'The parity is this' -r -f -a "none\t''
even\t''
odd\t''"
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l stop-bits -d 'The stop bits are these' -r -f -a "1\t''
1.5\t''
2\t''"
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l invert -d 'The line is inverted; false: it is not' -r -f -a "true\t''
false\t''"
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l protocol -d 'The meter speaks this protocol' -r -f -a "dsmr\t''
hdlc\t''
kmp\t''
mep\t''
mbus\t''
mbtr\t''
dlms\t''"
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l mode -d 'push only listens; pull asks, in each protocol\'s usual way, and only reads, and listens when a meter speaks all the same; auto is push' -r -f -a "auto\t'As push'
push\t'Only listen'
pull\t'Ask'"
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l strategy -d 'How settings are tried' -r -f -a "adaptive\t'The baud rate from the first telegram, polarity and format from the next; inverted lines by computation'
ordered\t'The frequent settings first, each for one telegram'
exhaustive\t'Every baud rate with every format, from the slowest on'"
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l timeout -d 'Stop after this time' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l key -d 'Encryption key of the meter: @FILE, @- (stdin), or the key itself; env WWCTL_KEY' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l auth-key -d 'Authentication key of the meter, likewise; env WWCTL_AUTH_KEY' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l save -d 'Keep what was heard in this file; `wwctl probe file:FILE` gives the same verdict again' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l report -d 'Write what was found, heard and tried as a page for a browser, whatever came of it; a file that exists is replaced' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l apply -d 'Set the gateway of -H so, and wait until it reads the meter'
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand probe" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand demo" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -f -a "show" -d 'Every value in force, and where it comes from'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and not __fish_seen_subcommand_from show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Every value in force, and where it comes from'
complete -c wwctl -n "__fish_wwctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand completions" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -s H -l host -d 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -l hosts-file -d 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -l jobs -d 'How many gateways at once [default: 16] [env: WWCTL_JOBS]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -l password-file -d 'File with the gateway\'s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]' -r -F
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -l auth -d 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]' -r -f -a "auto\t'The strongest that the gateway offers'
digest\t'Digest or not at all'
basic\t'Basic or not at all: the password crosses the network readable'
none\t'Never log in'"
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -l timeout -d 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -l retries -d 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -l proxy -d 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]' -r
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -l json -d 'Print JSON; errors too'
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -s q -l quiet -d 'No progress and no remarks'
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -s v -l verbose -d 'Show what is sent and received, without secrets'
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wwctl -n "__fish_wwctl_using_subcommand man" -s V -l version -d 'Print version'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "get" -d 'Read settings'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "set" -d 'Change settings, and leave the others as they are'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "replace" -d 'Replace all settings: what is not named goes back to factory default'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "apply" -d 'Bring a fleet of gateways to the state that a file declares'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "restore" -d 'Put back what a roll-out changed'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "decode" -d 'Decode recorded frames'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "diff" -d 'Compare a file with the gateway: 0 same, 1 different'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "info" -d 'The gateway and its meter: device, firmware, licence, meter status, network'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "scalers" -d 'The powers of ten that scale the meter\'s values'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "doctor" -d 'What is wrong between gateway and meter, and what to do about it'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "live" -d 'Follow the gateway\'s live values until Ctrl-C'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "report" -d 'The last report: power, energy, voltage and current as the gateway gives them'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "fields" -d 'Explain the settings: type, default, range, meaning (works offline)'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "simulate" -d 'An embedded gateway or meter, to try everything without hardware'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "discover" -d 'Find the gateways on this network'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "ports" -d 'List the serial ports, and what hinders access to them'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "capture" -d 'Record a line as it is, with times and error flags'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "probe" -d 'Find out how a meter\'s line must be set, and what it sends'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "demo" -d 'Show the whole way on embedded parts: gateway, meter, probe, set, verify'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "config" -d 'The configuration in force'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "completions" -d 'Print the completions of a shell'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "man" -d 'Write the manual pages into a directory'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and not __fish_seen_subcommand_from get set replace apply restore decode diff info scalers doctor live report fields simulate discover ports capture probe demo config completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and __fish_seen_subcommand_from scalers" -f -a "current" -d 'What the gateway applies now'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and __fish_seen_subcommand_from scalers" -f -a "get" -d 'Your own scalers'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and __fish_seen_subcommand_from scalers" -f -a "set" -d 'Change your own scalers'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and __fish_seen_subcommand_from simulate" -f -a "meter" -d 'A simulated meter, on a pseudo-terminal or a TCP port'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and __fish_seen_subcommand_from simulate" -f -a "gateway" -d 'A simulated gateway: the HTTP API with a strict login'
complete -c wwctl -n "__fish_wwctl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Every value in force, and where it comes from'
