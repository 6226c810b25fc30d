//! Standard input and pipes, whose octets may be long in coming: whoever waits for them can be told to stop.
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use std::{
    fs::File,
    io::{self, Read},
    os::fd::AsFd,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// How long is waited before it is looked again whether to stop.
const LOOK_UP: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// What comes through a pipe, until it is cancelled: then reading fails.
pub(crate) struct Awaited {
    below: File,
    cancelled: Arc<AtomicBool>,
}

impl Awaited {
    /// Without a buffer of our own below: what that held, nobody would be told of.
    pub(crate) fn standard_input(cancelled: Arc<AtomicBool>) -> io::Result<Self> {
        let below = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        Ok(Self { below, cancelled })
    }

    pub(crate) fn open(path: &Path, cancelled: Arc<AtomicBool>) -> io::Result<Self> {
        Ok(Self { below: File::open(path)?, cancelled })
    }
}

impl Read for Awaited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.cancelled.load(Ordering::Relaxed) {
                return Err(io::Error::other("cancelled"));
            }
            match poll(&mut [PollFd::new(&self.below, PollFlags::IN)], Some(&LOOK_UP)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return self.below.read(buffer),
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
        let mut awaited = Awaited { below, cancelled: Arc::clone(&cancelled) };
        writer.write_all(b"octets").unwrap();
        let mut buffer = [0; 16];
        assert_eq!(awaited.read(&mut buffer).unwrap(), 6);
        let waiting = thread::spawn(move || awaited.read(&mut buffer).unwrap_err().to_string());
        thread::sleep(Duration::from_millis(300));
        assert!(!waiting.is_finished());
        cancelled.store(true, Ordering::Relaxed);
        assert_eq!(waiting.join().unwrap(), "cancelled");
    }

    #[test]
    fn a_pipe_ends_with_its_writer() {
        let (reader, writer) = io::pipe().unwrap();
        let below = File::from(std::os::fd::OwnedFd::from(reader));
        let mut awaited = Awaited { below, cancelled: Arc::default() };
        drop(writer);
        assert_eq!(awaited.read(&mut [0; 16]).unwrap(), 0);
    }
}
