
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'wwctl' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'wwctl'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'wwctl' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Read settings')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change settings, and leave the others as they are')
            [CompletionResult]::new('replace', 'replace', [CompletionResultType]::ParameterValue, 'Replace all settings: what is not named goes back to factory default')
            [CompletionResult]::new('apply', 'apply', [CompletionResultType]::ParameterValue, 'Bring a fleet of gateways to the state that a file declares')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Put back what a roll-out changed')
            [CompletionResult]::new('decode', 'decode', [CompletionResultType]::ParameterValue, 'Decode recorded frames')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Compare a file with the gateway: 0 same, 1 different')
            [CompletionResult]::new('info', 'info', [CompletionResultType]::ParameterValue, 'The gateway and its meter: device, firmware, licence, meter status, network')
            [CompletionResult]::new('scalers', 'scalers', [CompletionResultType]::ParameterValue, 'The powers of ten that scale the meter''s values')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'What is wrong between gateway and meter, and what to do about it')
            [CompletionResult]::new('live', 'live', [CompletionResultType]::ParameterValue, 'Follow the gateway''s live values until Ctrl-C')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'The last report: power, energy, voltage and current as the gateway gives them')
            [CompletionResult]::new('fields', 'fields', [CompletionResultType]::ParameterValue, 'Explain the settings: type, default, range, meaning (works offline)')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'An embedded gateway or meter, to try everything without hardware')
            [CompletionResult]::new('discover', 'discover', [CompletionResultType]::ParameterValue, 'Find the gateways on this network')
            [CompletionResult]::new('ports', 'ports', [CompletionResultType]::ParameterValue, 'List the serial ports, and what hinders access to them')
            [CompletionResult]::new('capture', 'capture', [CompletionResultType]::ParameterValue, 'Record a line as it is, with times and error flags')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Find out how a meter''s line must be set, and what it sends')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show the whole way on embedded parts: gateway, meter, probe, set, verify')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'The configuration in force')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages into a directory')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wwctl;get' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;set' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Settings as JSON: an object, or a document with a `settings` object, such as a backup or a probe''s result')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until the meter''s status is OK, for this long at most')
            [CompletionResult]::new('--update-keys', '--update-keys', [CompletionResultType]::ParameterName, 'When to send keys, which a gateway does not show')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would change, and send nothing')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would change, and send nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Ask no questions')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Ask no questions')
            [CompletionResult]::new('--no-verify', '--no-verify', [CompletionResultType]::ParameterName, 'Do not read back after the write')
            [CompletionResult]::new('--no-backup', '--no-backup', [CompletionResultType]::ParameterName, 'Keep no backup of the previous settings')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;replace' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Settings as JSON: an object, or a document with a `settings` object, such as a backup')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until the meter''s status is OK, for this long at most')
            [CompletionResult]::new('--update-keys', '--update-keys', [CompletionResultType]::ParameterName, 'When to send keys, which a gateway does not show')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--allow-missing-key', '--allow-missing-key', [CompletionResultType]::ParameterName, 'Allow encryption=true without an encryption key')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would change, and send nothing')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would change, and send nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Ask no questions')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Ask no questions')
            [CompletionResult]::new('--no-verify', '--no-verify', [CompletionResultType]::ParameterName, 'Do not read back after the write')
            [CompletionResult]::new('--no-backup', '--no-backup', [CompletionResultType]::ParameterName, 'Keep no backup of the previous settings')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;apply' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until each meter''s status is OK, for this long at most')
            [CompletionResult]::new('--max-failures', '--max-failures', [CompletionResultType]::ParameterName, 'Begin no further gateway after more than so many failures, or after more than this share of all')
            [CompletionResult]::new('--canary', '--canary', [CompletionResultType]::ParameterName, 'Do the first N gateways before all others, which are left alone when one of these fails')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Go on where this journal ends')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'Where to keep the journal, instead of the state directory')
            [CompletionResult]::new('--update-keys', '--update-keys', [CompletionResultType]::ParameterName, 'When to send keys, which a gateway does not show')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write what came of each gateway at the end: to - as a table, to FILE as CSV, JSON lines (.json, .jsonl) or a table (.txt)')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Show what differs, and change nothing: 0 nothing, 1 something')
            [CompletionResult]::new('--changed-inventory', '--changed-inventory', [CompletionResultType]::ParameterName, 'Go on although the inventory is another than the journal''s; all its gateways are read again')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;restore' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until each meter''s status is OK, for this long at most')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be put back, and send nothing')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be put back, and send nothing')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Also where the settings were changed since the roll-out')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;decode' {
            [CompletionResult]::new('--protocol', '--protocol', [CompletionResultType]::ParameterName, 'Decode only this protocol')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Encryption key of the meter: @FILE, @- (stdin), or the key itself; env WWCTL_KEY')
            [CompletionResult]::new('--auth-key', '--auth-key', [CompletionResultType]::ParameterName, 'Authentication key of the meter, likewise; env WWCTL_AUTH_KEY')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'What the input is, instead of recognising it by its content')
            [CompletionResult]::new('--scalers-set', '--scalers-set', [CompletionResultType]::ParameterName, 'For --report: which powers of ten the gateway applies to DLMS registers')
            [CompletionResult]::new('--scalers', '--scalers', [CompletionResultType]::ParameterName, 'For --report: the custom scalers, as `wwctl scalers get --json` prints them')
            [CompletionResult]::new('--conv-factor', '--conv-factor', [CompletionResultType]::ParameterName, 'For --report: factor for power, energy and current')
            [CompletionResult]::new('--time-offset', '--time-offset', [CompletionResultType]::ParameterName, 'For --report: seconds to add to the meter''s time')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Show the bytes of every message, layer by layer, each with its meaning')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Print what the gateway would report of each good message, in the shape of its /api/v1/report')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;diff' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;info' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;scalers' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('current', 'current', [CompletionResultType]::ParameterValue, 'What the gateway applies now')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Your own scalers')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change your own scalers')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wwctl;scalers;current' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;scalers;get' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;scalers;set' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'The whole list as JSON, as `wwctl scalers get --json` prints it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would change, and send nothing')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would change, and send nothing')
            [CompletionResult]::new('--no-verify', '--no-verify', [CompletionResultType]::ParameterName, 'Do not read back after the write')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;scalers;help' {
            [CompletionResult]::new('current', 'current', [CompletionResultType]::ParameterValue, 'What the gateway applies now')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Your own scalers')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change your own scalers')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wwctl;scalers;help;current' {
            break
        }
        'wwctl;scalers;help;get' {
            break
        }
        'wwctl;scalers;help;set' {
            break
        }
        'wwctl;scalers;help;help' {
            break
        }
        'wwctl;doctor' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;live' {
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Stop after this many')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;report' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--objects', '--objects', [CompletionResultType]::ParameterName, 'The DLMS objects of the last report instead, as the meter sent them (always JSON)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;fields' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;simulate' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('meter', 'meter', [CompletionResultType]::ParameterValue, 'A simulated meter, on a pseudo-terminal or a TCP port')
            [CompletionResult]::new('gateway', 'gateway', [CompletionResultType]::ParameterValue, 'A simulated gateway: the HTTP API with a strict login')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wwctl;simulate;meter' {
            [CompletionResult]::new('--tcp', '--tcp', [CompletionResultType]::ParameterName, 'Serve on this TCP address, such as 127.0.0.1:4001, in place of a pseudo-terminal')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--pty', '--pty', [CompletionResultType]::ParameterName, 'Serve on a pseudo-terminal (the default)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;simulate;gateway' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'TCP port; 0 takes a free one')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Address to listen on')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'So many gateways, on ports and with ids that count up')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'Id of the (first) device: 12 hex digits')
            [CompletionResult]::new('--password', '--password', [CompletionResultType]::ParameterName, 'The password it asks for; it protects nothing, so it may stand here')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'What it asks for, in this order; with a password digest, else none')
            [CompletionResult]::new('--algorithms', '--algorithms', [CompletionResultType]::ParameterName, 'Digest algorithms offered, in this order')
            [CompletionResult]::new('--qop', '--qop', [CompletionResultType]::ParameterName, 'Digest qop: auth, auth-int, both, or empty for RFC 2069')
            [CompletionResult]::new('--realm', '--realm', [CompletionResultType]::ParameterName, 'The realm; the device''s host name when it is not given')
            [CompletionResult]::new('--spelling', '--spelling', [CompletionResultType]::ParameterName, 'How a challenge is spelt')
            [CompletionResult]::new('--nonce-uses', '--nonce-uses', [CompletionResultType]::ParameterName, 'How often a nonce is good')
            [CompletionResult]::new('--nonce-lifetime', '--nonce-lifetime', [CompletionResultType]::ParameterName, 'How long a nonce is good')
            [CompletionResult]::new('--key-mask', '--key-mask', [CompletionResultType]::ParameterName, 'How keys look in its answers')
            [CompletionResult]::new('--meter', '--meter', [CompletionResultType]::ParameterName, 'A setting that the meter needs; its status is OK only when all are set (repeatable)')
            [CompletionResult]::new('--meter-after', '--meter-after', [CompletionResultType]::ParameterName, 'Time from matching settings to status OK')
            [CompletionResult]::new('--preset', '--preset', [CompletionResultType]::ParameterName, 'A setting to begin with (repeatable)')
            [CompletionResult]::new('--latency', '--latency', [CompletionResultType]::ParameterName, 'Time taken for each answer, in milliseconds')
            [CompletionResult]::new('--fault', '--fault', [CompletionResultType]::ParameterName, 'What goes wrong (repeatable): 503:N, 500:N, slow:SECONDS, drop-before:N, drop-after-write:N, truncate:N, half-json:N, html:N, not-object:N, redirect:N, ignore-write:N, refuse:N, clamp, license, no-challenge')
            [CompletionResult]::new('--live-interval', '--live-interval', [CompletionResultType]::ParameterName, 'Time from one live event to the next')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'Writes each request to this file, one JSON object a line, without secrets')
            [CompletionResult]::new('--max-time', '--max-time', [CompletionResultType]::ParameterName, 'Stops by itself after this time')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--joined', '--joined', [CompletionResultType]::ParameterName, 'All challenges in one header line')
            [CompletionResult]::new('--next-nonce', '--next-nonce', [CompletionResultType]::ParameterName, 'Gives the next nonce with each answer')
            [CompletionResult]::new('--first-cnonce', '--first-cnonce', [CompletionResultType]::ParameterName, 'Computes -sess algorithms from the first cnonce of a nonce')
            [CompletionResult]::new('--close', '--close', [CompletionResultType]::ParameterName, 'Closes the connection after each answer')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;simulate;help' {
            [CompletionResult]::new('meter', 'meter', [CompletionResultType]::ParameterValue, 'A simulated meter, on a pseudo-terminal or a TCP port')
            [CompletionResult]::new('gateway', 'gateway', [CompletionResultType]::ParameterValue, 'A simulated gateway: the HTTP API with a strict login')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wwctl;simulate;help;meter' {
            break
        }
        'wwctl;simulate;help;gateway' {
            break
        }
        'wwctl;simulate;help;help' {
            break
        }
        'wwctl;discover' {
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'How long to search')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Search on this network interface only (repeatable)')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Stop when this many have answered')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--info', '--info', [CompletionResultType]::ParameterName, 'Ask each gateway for firmware, licence and meter status, which needs the password')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;ports' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--usb', '--usb', [CompletionResultType]::ParameterName, 'USB serial ports only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;capture' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'File to write; - for the standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'File to write; - for the standard output')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to write')
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Bits per second')
            [CompletionResult]::new('--baudrate', '--baudrate', [CompletionResultType]::ParameterName, 'Bits per second')
            [CompletionResult]::new('--data-bits', '--data-bits', [CompletionResultType]::ParameterName, 'Data bits')
            [CompletionResult]::new('--parity', '--parity', [CompletionResultType]::ParameterName, 'Parity')
            [CompletionResult]::new('--stop-bits', '--stop-bits', [CompletionResultType]::ParameterName, 'Stop bits')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Stop after this time')
            [CompletionResult]::new('--rotate-size', '--rotate-size', [CompletionResultType]::ParameterName, 'Begin another file when this one has so many bytes (k, M and G are understood)')
            [CompletionResult]::new('--rotate-time', '--rotate-time', [CompletionResultType]::ParameterName, 'Begin another file after this time')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Keep only so many files when rotating; the oldest go')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Overwrite files that exist')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite files that exist')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;probe' {
            [CompletionResult]::new('--baudrate', '--baudrate', [CompletionResultType]::ParameterName, 'The baud rate is this')
            [CompletionResult]::new('--parity', '--parity', [CompletionResultType]::ParameterName, 'The parity is this')
            [CompletionResult]::new('--stop-bits', '--stop-bits', [CompletionResultType]::ParameterName, 'The stop bits are these')
            [CompletionResult]::new('--invert', '--invert', [CompletionResultType]::ParameterName, 'The line is inverted; false: it is not')
            [CompletionResult]::new('--protocol', '--protocol', [CompletionResultType]::ParameterName, 'The meter speaks this protocol')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'push only listens; pull asks, in each protocol''s usual way, and only reads, and listens when a meter speaks all the same; auto is push')
            [CompletionResult]::new('--strategy', '--strategy', [CompletionResultType]::ParameterName, 'How settings are tried')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Stop after this time')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Encryption key of the meter: @FILE, @- (stdin), or the key itself; env WWCTL_KEY')
            [CompletionResult]::new('--auth-key', '--auth-key', [CompletionResultType]::ParameterName, 'Authentication key of the meter, likewise; env WWCTL_AUTH_KEY')
            [CompletionResult]::new('--save', '--save', [CompletionResultType]::ParameterName, 'Keep what was heard in this file; `wwctl probe file:FILE` gives the same verdict again')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write what was found, heard and tried as a page for a browser, whatever came of it; a file that exists is replaced')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--apply', '--apply', [CompletionResultType]::ParameterName, 'Set the gateway of -H so, and wait until it reads the meter')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;demo' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;config' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Every value in force, and where it comes from')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wwctl;config;show' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;config;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Every value in force, and where it comes from')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wwctl;config;help;show' {
            break
        }
        'wwctl;config;help;help' {
            break
        }
        'wwctl;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;man' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]')
            [CompletionResult]::new('--hosts-file', '--hosts-file', [CompletionResultType]::ParameterName, 'Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many gateways at once [default: 16] [env: WWCTL_JOBS]')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'File with the gateway''s password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON; errors too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no remarks')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show what is sent and received, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'wwctl;help' {
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Read settings')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change settings, and leave the others as they are')
            [CompletionResult]::new('replace', 'replace', [CompletionResultType]::ParameterValue, 'Replace all settings: what is not named goes back to factory default')
            [CompletionResult]::new('apply', 'apply', [CompletionResultType]::ParameterValue, 'Bring a fleet of gateways to the state that a file declares')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Put back what a roll-out changed')
            [CompletionResult]::new('decode', 'decode', [CompletionResultType]::ParameterValue, 'Decode recorded frames')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Compare a file with the gateway: 0 same, 1 different')
            [CompletionResult]::new('info', 'info', [CompletionResultType]::ParameterValue, 'The gateway and its meter: device, firmware, licence, meter status, network')
            [CompletionResult]::new('scalers', 'scalers', [CompletionResultType]::ParameterValue, 'The powers of ten that scale the meter''s values')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'What is wrong between gateway and meter, and what to do about it')
            [CompletionResult]::new('live', 'live', [CompletionResultType]::ParameterValue, 'Follow the gateway''s live values until Ctrl-C')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'The last report: power, energy, voltage and current as the gateway gives them')
            [CompletionResult]::new('fields', 'fields', [CompletionResultType]::ParameterValue, 'Explain the settings: type, default, range, meaning (works offline)')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'An embedded gateway or meter, to try everything without hardware')
            [CompletionResult]::new('discover', 'discover', [CompletionResultType]::ParameterValue, 'Find the gateways on this network')
            [CompletionResult]::new('ports', 'ports', [CompletionResultType]::ParameterValue, 'List the serial ports, and what hinders access to them')
            [CompletionResult]::new('capture', 'capture', [CompletionResultType]::ParameterValue, 'Record a line as it is, with times and error flags')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Find out how a meter''s line must be set, and what it sends')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show the whole way on embedded parts: gateway, meter, probe, set, verify')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'The configuration in force')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages into a directory')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wwctl;help;get' {
            break
        }
        'wwctl;help;set' {
            break
        }
        'wwctl;help;replace' {
            break
        }
        'wwctl;help;apply' {
            break
        }
        'wwctl;help;restore' {
            break
        }
        'wwctl;help;decode' {
            break
        }
        'wwctl;help;diff' {
            break
        }
        'wwctl;help;info' {
            break
        }
        'wwctl;help;scalers' {
            [CompletionResult]::new('current', 'current', [CompletionResultType]::ParameterValue, 'What the gateway applies now')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Your own scalers')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change your own scalers')
            break
        }
        'wwctl;help;scalers;current' {
            break
        }
        'wwctl;help;scalers;get' {
            break
        }
        'wwctl;help;scalers;set' {
            break
        }
        'wwctl;help;doctor' {
            break
        }
        'wwctl;help;live' {
            break
        }
        'wwctl;help;report' {
            break
        }
        'wwctl;help;fields' {
            break
        }
        'wwctl;help;simulate' {
            [CompletionResult]::new('meter', 'meter', [CompletionResultType]::ParameterValue, 'A simulated meter, on a pseudo-terminal or a TCP port')
            [CompletionResult]::new('gateway', 'gateway', [CompletionResultType]::ParameterValue, 'A simulated gateway: the HTTP API with a strict login')
            break
        }
        'wwctl;help;simulate;meter' {
            break
        }
        'wwctl;help;simulate;gateway' {
            break
        }
        'wwctl;help;discover' {
            break
        }
        'wwctl;help;ports' {
            break
        }
        'wwctl;help;capture' {
            break
        }
        'wwctl;help;probe' {
            break
        }
        'wwctl;help;demo' {
            break
        }
        'wwctl;help;config' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Every value in force, and where it comes from')
            break
        }
        'wwctl;help;config;show' {
            break
        }
        'wwctl;help;completions' {
            break
        }
        'wwctl;help;man' {
            break
        }
        'wwctl;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
