//! The examples, built as a user builds them, without a warning; and run under valgrind and AddressSanitizer.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The static library of the same build as this test.
fn library() -> PathBuf {
    let test = std::env::current_exe().expect("this program has a path");
    // Cargo builds the libraries of a package beside its tests.
    let library = test.with_file_name("libfieldtap_capi.a");
    assert!(library.exists(), "{} is not there", library.display());
    library
}

fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        eprintln!("SKIPPED: {program} is not installed");
    }
    there
}

fn done(command: &mut Command) -> Output {
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    output
}

/// Builds an example with this compiler and these flags.
fn built(compiler: &str, source: &str, flags: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("example");
    let mut command = Command::new(compiler);
    command.args(["-Wall", "-Wextra", "-Werror", "-g"]).args(flags);
    command.arg("-I").arg(here().join("include")).arg(here().join("examples").join(source)).arg(library());
    done(command.args(["-lpthread", "-ldl", "-lm", "-o"]).arg(&program));
    (folder, program)
}

fn demo() -> PathBuf {
    here().join("../corpus/demo.pcapng")
}

#[test]
fn the_ids_prints_one_line_a_row_and_stops_on_its_rule() {
    if !is_there("gcc") {
        return;
    }
    let (_folder, ids) = built("gcc", "ids.c", &["-std=c11"]);
    let all = done(Command::new(&ids).arg(demo()));
    let text = String::from_utf8(all.stdout).expect("what is printed is ASCII");
    assert!(text.lines().count() > 20);
    assert!(
        text.lines()
            .any(|line| line.starts_with("modbus ") && line.contains(" function_code=read_input_registers"))
    );
    let mut rule = Command::new(&ids);
    rule.arg(demo()).args(["--table", "common", "--alert", "operations", "operation", "write"]);
    let stopped = rule.output().expect("it runs");
    assert_eq!(stopped.status.code(), Some(3));
    let text = String::from_utf8(stopped.stdout).expect("what is printed is ASCII");
    let writes =
        text.lines().filter(|line| line.starts_with("operations ") && line.contains(" operation=write "));
    assert_eq!(writes.count(), 1);
    assert!(text.lines().last().is_some_and(|line| line.contains(" operation=write ")));
    let wrong = Command::new(&ids).arg("/no/such/file").output().expect("it runs");
    assert_eq!(wrong.status.code(), Some(1));
}

/// All captures of the corpus.
fn captures() -> Vec<PathBuf> {
    let mut found = vec![demo()];
    for folder in std::fs::read_dir(here().join("../corpus")).expect("the corpus is there") {
        let Ok(files) = std::fs::read_dir(folder.expect("an entry").path()) else { continue };
        let files = files.map(|file| file.expect("an entry").path());
        found.extend(files.filter(|path| path.to_string_lossy().contains(".pcap")));
    }
    assert!(found.len() > 100, "{} captures", found.len());
    found
}

/// Runs the example on all captures of the corpus, and wants it to end as it does itself: with 1, since some are damaged or
/// compressed, and with no word of anything but that. Returns how many it reads.
fn clean_on_all_captures(command: &mut Command) -> usize {
    let output =
        command.args(captures()).args(["--set", "every_message=true"]).stdout(Stdio::null()).output();
    let output = output.expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let read = said.lines().filter(|line| line.contains(" frames, ")).count();
    let refused = |line: &&str| line.starts_with("error: ") && line.contains("corpus");
    assert_eq!(read + said.lines().filter(refused).count(), said.lines().count(), "{said}");
    println!("{read} captures");
    read
}

#[test]
fn the_ids_is_clean_under_valgrind() {
    if !is_there("gcc") || !is_there("valgrind") {
        return;
    }
    let (_folder, ids) = built("gcc", "ids.c", &["-std=c11"]);
    let mut command = Command::new("valgrind");
    command.args([
        "--quiet",
        "--error-exitcode=9",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite,possible",
    ]);
    assert!(clean_on_all_captures(command.arg(&ids)) > 100);
}

#[test]
fn the_ids_is_clean_under_address_sanitizer() {
    if !is_there("gcc") {
        return;
    }
    let flags = ["-std=c11", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("none.c"), "int main(void) { return 0; }").expect("a file");
    let mut none = Command::new("gcc");
    none.args(flags).arg(folder.path().join("none.c")).arg("-o").arg(folder.path().join("none"));
    if !none.output().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: gcc has no AddressSanitizer");
        return;
    }
    let (_folder, ids) = built("gcc", "ids.c", &flags);
    assert!(clean_on_all_captures(&mut Command::new(&ids)) > 100);
}

#[test]
fn another_abi_is_refused() {
    if !is_there("gcc") {
        return;
    }
    let header = std::fs::read_to_string(here().join("include/fieldtap.h")).expect("the header is there");
    let version = "#define FIELDTAP_ABI_VERSION ";
    let number = header.split(version).nth(1).and_then(|rest| rest.lines().next()).expect("a number");
    let number: u32 = number.trim().parse().expect("a number");
    let folder = tempfile::tempdir().expect("a folder");
    let other = header.replace(&format!("{version}{number}"), &format!("{version}{}", number + 1));
    std::fs::write(folder.path().join("fieldtap.h"), other).expect("a file");
    // This folder is looked into before that of the header itself.
    let before = format!("-I{}", folder.path().display());
    let (_folder, ids) = built("gcc", "ids.c", &["-std=c11", &before]);
    let output = Command::new(&ids).arg(demo()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("another ABI"));
}

#[test]
fn sessions_work_from_cpp() {
    if !is_there("g++") {
        return;
    }
    let (_folder, sessions) = built("g++", "sessions.cpp", &["-std=c++17"]);
    done(&mut Command::new(&sessions));
}
