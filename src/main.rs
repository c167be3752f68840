//! The `wwctl` command; everything is in the library.

fn main() -> std::process::ExitCode {
    wwctl::cli::main()
}
