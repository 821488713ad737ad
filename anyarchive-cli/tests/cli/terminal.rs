//! On a terminal: names are neutralised, passwords are asked for, a bar shows progress.

use std::{
    fs::{self, File},
    io::{Read, Write},
    os::fd::OwnedFd,
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyarchive_test_support::samples::{Item, Spec};
use rustix::{
    fs::{Mode, OFlags},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, tcgetattr},
};

use crate::support::{Dir, archive, noise, plain};

/// A pseudo-terminal, both ends.
struct Terminal {
    ours: File,
    theirs: OwnedFd,
}

impl Terminal {
    fn new() -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let theirs = rustix::fs::open(name, flags, Mode::empty()).unwrap();
        Self {
            ours: ours.into(),
            theirs,
        }
    }

    fn stream(&self) -> Stdio {
        self.theirs.try_clone().unwrap().into()
    }

    /// Runs the program with its output on this, and its input too if `input` is set; then this is
    /// its controlling terminal, where passwords are asked for. Gives all that appears. When it asks
    /// for something, the answer is typed.
    fn run(self, what: &Command, input: bool, answer: Option<&str>) -> (String, ExitStatus) {
        let mut command = if input {
            let mut setsid = Command::new("setsid");
            setsid.args(["--ctty", "--wait"]).arg(what.get_program());
            setsid.stdin(self.stream());
            setsid
        } else {
            let mut program = Command::new(what.get_program());
            program.stdin(Stdio::null());
            program
        };
        command.args(what.get_args());
        for (name, value) in what.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(dir) = what.get_current_dir() {
            command.current_dir(dir);
        }
        command.stdout(self.stream()).stderr(self.stream());
        let mut child = command.spawn().expect("the program starts");
        drop(command); // with its copies of their end: reading ends when the program does
        let Self { mut ours, theirs } = self;
        if let Some(answer) = answer {
            // Typing before the echo is off would show the password, as with any program.
            let deadline = Instant::now() + Duration::from_secs(20);
            let echoes = |end: &OwnedFd| {
                tcgetattr(end)
                    .unwrap()
                    .local_modes
                    .contains(LocalModes::ECHO)
            };
            while echoes(&theirs) {
                assert!(Instant::now() < deadline, "the program does not ask");
                std::thread::sleep(Duration::from_millis(5));
            }
            ours.write_all(answer.as_bytes()).unwrap();
        }
        drop(theirs);
        let mut shown = Vec::new();
        let mut buffer = [0; 4096];
        // Linux answers EIO when nobody has the other end any more.
        while let Ok(count) = ours.read(&mut buffer) {
            if count == 0 {
                break;
            }
            shown.extend_from_slice(&buffer[..count]);
        }
        let status = child.wait().unwrap();
        (
            String::from_utf8_lossy(&shown).replace("\r\n", "\n"),
            status,
        )
    }
}

/// Runs with standard output and standard error on the terminal.
fn on_terminal(command: Command) -> (String, ExitStatus) {
    Terminal::new().run(&command, false, None)
}

#[test]
fn names_cannot_control_it() {
    let dir = Dir::new();
    let name = b"\x1b[2J\x07\xff\xc2\x9b1m\\\n\xe2\x80\xaex";
    let items = [
        Item::file(&name[..], "x").owner_names("\x1b]0;me\x07", "\x1b[1m"),
        Item::symlink("s", &name[..]),
    ];
    let shown = r"\x1b[2J\x07\xff\u{9b}1m\\\n\u{202e}x";
    let path = dir.archive("a.tar", &Spec::new("gnutar"), items);
    for (flags, expected) in [
        (&[][..], format!("{shown}\ns\n")),
        (
            &["-l"],
            format!(
                "-rw-r--r-- \\x1b]0;me\\x07/\\x1b[1m 1 2020-09-13T12:26:40Z {shown}\n\
                 lrwxrwxrwx 0/0                   0 2020-09-13T12:26:40Z s -> {shown}\n"
            ),
        ),
    ] {
        let mut command = plain();
        command.arg("list").args(flags).arg(&path);
        let (text, status) = on_terminal(command);
        assert_eq!(text, expected);
        assert!(status.success());
    }
    for args in [&["list", "--json"][..], &["test", "-q"], &["info"]] {
        let mut command = plain();
        command.args(args).arg(&path);
        let (text, status) = on_terminal(command);
        let clean = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
        assert!(text.chars().all(clean), "{args:?}: {text:?}");
        assert!(status.success(), "{args:?}: {text:?}");
    }
}

#[test]
fn messages_are_neutralised_when_it_is_none_too() {
    let dir = Dir::new();
    let spec = Spec::new("zip").option("zip:compression=store");
    let mut bytes = archive(&spec, [Item::file("\x1b[2J\n", "content")]);
    let at = crate::support::position(&bytes, b"content");
    bytes[at] ^= 1;
    let path = dir.file("a.zip", bytes);
    let output = plain().arg("test").arg(path).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains(r"\x1b[2J\n: "), "{stderr}");
    assert!(!stderr.contains('\x1b'), "{stderr}");
    assert_eq!(stderr.matches('\n').count(), 1, "{stderr}");
}

#[test]
fn a_password_is_asked_for_when_an_entry_needs_it() {
    let dir = Dir::new();
    let spec = Spec::new("zip")
        .option("zip:encryption=aes256")
        .password("s3cret");
    let path = dir.archive("a.zip", &spec, [Item::file("a.txt", "alpha\n")]);
    let run = |args: &[&str], answer: &str| {
        let mut command = plain();
        command.args(args).current_dir(dir.path());
        Terminal::new().run(&command, true, Some(answer))
    };
    for (args, expected) in [
        (&["cat", "a.zip", "a.txt"][..], "alpha\n"),
        (
            &["test", "-q", "a.zip"],
            "a.zip: 1 entry, 6 bytes: no problem\n",
        ),
        (&["extract", "-q", "a.zip"], "\n"),
    ] {
        let (text, status) = run(args, "s3cret\n");
        assert!(text.starts_with("Password for a.zip: "), "{text:?}");
        assert!(text.ends_with(expected), "{text:?}");
        assert!(!text.contains("s3cret"), "{text:?}");
        assert!(status.success(), "{text:?}");

        let (text, status) = run(args, "wrong\n");
        assert!(
            text.contains("anyarchive: a.zip: a.txt: Incorrect passphrase; "),
            "{text:?}"
        );
        assert_eq!(status.code(), Some(1), "{text:?}");
    }
    // Enter alone is no password.
    let (text, status) = run(&["cat", "a.zip", "a.txt"], "\n");
    assert!(text.contains("--password-file FILE"), "{text:?}");
    assert_eq!(status.code(), Some(1), "{text:?}");
    drop(path);
}

#[test]
fn a_new_password_is_asked_for_twice() {
    let dir = Dir::new();
    dir.file("a", "alpha");
    let run = |answer: &str| {
        let mut command = plain();
        command.current_dir(dir.path());
        command.args(["create", "a.zip", "--encrypt", "a"]);
        Terminal::new().run(&command, true, Some(answer))
    };
    let (text, status) = run("s3cret\nsecret\n");
    assert!(text.contains("the two passwords differ"), "{text}");
    assert_eq!(status.code(), Some(1));
    assert!(!dir.path().join("a.zip").exists());
    let (text, status) = run("s3cret\ns3cret\n");
    assert!(status.success() && !text.contains("s3cret"), "{text}");
    let cat = |archive: &str, password: &str| {
        let mut cat = plain();
        cat.current_dir(dir.path());
        cat.env("ANYARCHIVE_PASSWORD", password);
        cat.args(["cat", archive, "a"]).output().unwrap().stdout
    };
    assert_eq!(cat("a.zip", "s3cret"), b"alpha");
    // Of an archive that is converted, too.
    dir.archive("a.tar", &Spec::new("pax"), [Item::file("a", "alpha")]);
    let mut command = plain();
    command.current_dir(dir.path());
    command.args(["convert", "a.tar", "b.zip", "--encrypt"]);
    let (text, status) = Terminal::new().run(&command, true, Some("n3w\nn3w\n"));
    assert!(text.contains("New password for b.zip"), "{text}");
    assert!(status.success() && !text.contains("n3w"), "{text}");
    assert_eq!(cat("b.zip", "n3w"), b"alpha");
}

#[test]
fn nobody_is_asked_when_nothing_is_encrypted() {
    let dir = Dir::new();
    let path = dir.archive("a.zip", &Spec::new("zip"), [Item::file("a.txt", "alpha\n")]);
    let mut command = plain();
    command.arg("cat").arg(path).arg("a.txt");
    let (text, status) = on_terminal(command);
    assert_eq!(text, "alpha\n");
    assert!(status.success());
}

#[test]
fn a_bar_shows_progress_unless_it_is_not_wanted() {
    let dir = Dir::new();
    let path = dir.archive(
        "a.tar",
        &Spec::new("pax"),
        [Item::file("a", noise(4 << 20))],
    );
    let run = |command_and_flags: &[&str]| {
        let mut command = plain();
        command
            .current_dir(dir.path())
            .args(command_and_flags)
            .arg("a.tar");
        on_terminal(command).0
    };
    let closing = "a.tar: 1 entry, 4194304 bytes: no problem\n";
    for (command, closing) in [("test", closing), ("extract", "")] {
        let with_bar = run(&[command]);
        assert!(with_bar.contains("MiB"), "{command}: {with_bar:?}");
        assert!(with_bar.ends_with(closing), "{command}: {with_bar:?}");
        assert_eq!(run(&[command, "-q"]), closing, "{command}");
    }
    drop(path);
}

#[test]
fn creation_shows_the_total_where_it_is_known() {
    let dir = Dir::new();
    fs::create_dir(dir.path().join("t")).unwrap();
    dir.file("t/a", noise(3 << 20));
    dir.file("b", noise(1 << 20));
    for (paths, is_known) in [(["t/a", "b"], true), (["t", "b"], false)] {
        let mut command = plain();
        command.current_dir(dir.path()).args(["create", "a.tar"]);
        command.args(paths);
        let (shown, status) = on_terminal(command);
        assert!(status.success(), "{shown:?}");
        assert!(shown.contains("MiB"), "{shown:?}");
        assert_eq!(shown.contains("/4.00 MiB"), is_known, "{shown:?}");
    }
}

#[test]
fn an_archive_is_not_read_from_it() {
    let mut command = plain();
    command.args(["list", "-"]);
    let (text, status) = Terminal::new().run(&command, true, None);
    assert!(
        text.starts_with("anyarchive: standard input is a terminal: "),
        "{text:?}"
    );
    assert_eq!(status.code(), Some(2));
}
