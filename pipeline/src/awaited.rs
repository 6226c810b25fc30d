//! Standard input and pipes, whose octets may be long in coming: whoever waits for them can be told to stop.
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::OFlags,
    io::Errno,
};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    os::{fd::AsFd, unix::fs::OpenOptionsExt},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// How long is waited before it is looked again whether to stop.
const LOOK_UP: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// How long is waited where it is only asked.
const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// How often it is looked after whoever waits was told to stop: what the same Ctrl-C ends, as a live capture, ends the pipe, and
/// then all of it is read.
const LAST_LOOKS: u8 = 10;

/// What is known of a pipe besides its octets.
#[derive(Clone)]
pub(crate) struct Quiet {
    below: Arc<File>,
    given_up: Arc<AtomicBool>,
}

impl Quiet {
    /// Whether it has nothing to read at the moment.
    pub(crate) fn is_quiet(&self) -> bool {
        matches!(poll(&mut [PollFd::new(&*self.below, PollFlags::IN)], Some(&AT_ONCE)), Ok(0))
    }
    /// Whether whoever waited for it was told to stop.
    pub(crate) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }
}

/// What comes through a pipe, until it is cancelled: then reading fails.
pub(crate) struct Awaited {
    below: Arc<File>,
    cancelled: Arc<AtomicBool>,
    given_up: Arc<AtomicBool>,
}

impl Awaited {
    fn new(below: File, cancelled: Arc<AtomicBool>) -> Self {
        Self { below: Arc::new(below), cancelled, given_up: Arc::default() }
    }

    /// Without a buffer of our own below: what that held, nobody would be told of.
    pub(crate) fn standard_input(cancelled: Arc<AtomicBool>) -> io::Result<Self> {
        let below = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        Ok(Self::new(below, cancelled))
    }

    /// A pipe that has no writer yet is waited for as one that says nothing.
    pub(crate) fn open(path: &Path, cancelled: Arc<AtomicBool>) -> io::Result<Self> {
        let flags = OFlags::NONBLOCK.bits() as i32;
        let below = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        Ok(Self::new(below, cancelled))
    }

    pub(crate) fn quiet(&self) -> Quiet {
        Quiet { below: Arc::clone(&self.below), given_up: Arc::clone(&self.given_up) }
    }
}

impl Read for Awaited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut looks = LAST_LOOKS;
        loop {
            if self.cancelled.load(Ordering::Relaxed) {
                let Some(left) = looks.checked_sub(1) else {
                    self.given_up.store(true, Ordering::Relaxed);
                    return Err(io::Error::other("cancelled"));
                };
                looks = left;
            }
            match poll(&mut [PollFd::new(&*self.below, PollFlags::IN)], Some(&LOOK_UP)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => match (&*self.below).read(buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    read => return read,
                },
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::Write, thread, time::Duration};

    #[test]
    fn whoever_waits_for_a_pipe_can_be_told_to_stop() {
        let (reader, mut writer) = io::pipe().unwrap();
        let cancelled = Arc::new(AtomicBool::new(false));
        let below = File::from(std::os::fd::OwnedFd::from(reader));
        let mut awaited = Awaited::new(below, Arc::clone(&cancelled));
        let quiet = awaited.quiet();
        assert!(quiet.is_quiet());
        writer.write_all(b"octets").unwrap();
        assert!(!quiet.is_quiet());
        let mut buffer = [0; 16];
        assert_eq!(awaited.read(&mut buffer).unwrap(), 6);
        let waiting = thread::spawn(move || awaited.read(&mut buffer).unwrap_err().to_string());
        thread::sleep(Duration::from_millis(300));
        assert!(!waiting.is_finished());
        cancelled.store(true, Ordering::Relaxed);
        assert_eq!(waiting.join().unwrap(), "cancelled");
        assert!(quiet.is_given_up());
    }

    /// Where the pipe ends by what tells to stop, it has ended.
    #[test]
    fn what_ends_soon_after_is_read_to_its_end() {
        let (reader, writer) = io::pipe().unwrap();
        let cancelled = Arc::new(AtomicBool::new(true));
        let mut awaited = Awaited::new(File::from(std::os::fd::OwnedFd::from(reader)), cancelled);
        let quiet = awaited.quiet();
        let waiting = thread::spawn(move || awaited.read(&mut [0; 16]).unwrap());
        thread::sleep(Duration::from_millis(300));
        drop(writer);
        assert_eq!(waiting.join().unwrap(), 0);
        assert!(!quiet.is_given_up());
    }

    #[test]
    fn a_pipe_ends_with_its_writer() {
        let (reader, writer) = io::pipe().unwrap();
        let below = File::from(std::os::fd::OwnedFd::from(reader));
        let mut awaited = Awaited::new(below, Arc::default());
        drop(writer);
        assert_eq!(awaited.read(&mut [0; 16]).unwrap(), 0);
    }
}
