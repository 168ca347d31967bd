//! Standard output and standard error. Colours reach terminals only, and not if `NO_COLOR` is set.

use std::io::Write;

/// Writes `text` (with ANSI styles) to standard output.
///
/// # Errors
///
/// Whatever the system says, except that a closed pipe (`| head`) is no error.
pub fn print(text: &str) -> std::io::Result<()> {
    write(&mut anstream::stdout().lock(), text)
}

/// Writes a line (with ANSI styles) to standard error. A standard error that cannot be written to has nobody who reads it.
pub fn complain(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

fn write(out: &mut impl Write, text: &str) -> std::io::Result<()> {
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
