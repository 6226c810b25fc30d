//! Ordered octets in, rows out, for an owner who has streams already.
use crate::{
    Protocol,
    config::Config,
    handle::{Handle, Holds, guarded, hand_over, take_back},
    row::{Callback, RowCallback, verdict},
    status::{FIELDTAP_ERROR_VALUE, FIELDTAP_OK, Problem, Status, given, octets, put, status},
    tables,
};
use core::{
    ffi::c_void,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};
use fieldtap::{protocol::Toward, record::Verdict};

/// One conversation in one protocol.
pub struct Session(Handle<Open>);

impl Holds for Session {
    fn is_inside(&self) -> bool {
        self.0.is_inside()
    }
}

struct Open {
    session: fieldtap::Session,
    sink: Callback,
}

/// Where in a capture something stands.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Number of the frame, from 1.
    pub frame: u64,
    /// Its time: nanoseconds since 1970-01-01 UTC.
    pub time: i64,
    /// Index of its file among those read together, from 0.
    pub file: u32,
}

/// Some octets.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    /// The first one.
    pub octets: *const u8,
    /// How many.
    pub length: usize,
}

/// One end of a conversation, for the envelope of each row.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its IP address, in the order of the wire.
    pub address: [u8; 16],
    /// Octets of the address: 4 or 16; 0 if it is not known.
    pub address_length: u32,
    /// Its port; 0 if it is not known.
    pub port: u16,
}

/// What became of the octets of one direction.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Octets of dissected messages.
    pub dissected: u64,
    /// Octets that belong to no message.
    pub skipped: u64,
    /// Octets carried until their message is complete.
    pub carried: u64,
    /// Octets that were said to be missing.
    pub missing: u64,
    /// Messages dissected.
    pub messages: u64,
}

fn peer(peer: &Peer) -> Result<fieldtap::Peer, Problem> {
    let address = match peer.address_length {
        0 => None,
        4 => peer.address.first_chunk::<4>().map(|octets| IpAddr::V4(Ipv4Addr::from(*octets))),
        16 => Some(IpAddr::V6(Ipv6Addr::from(peer.address))),
        other => return Err(Problem(FIELDTAP_ERROR_VALUE, format!("no IP address has {other} octets"))),
    };
    Ok(fieldtap::Peer { address, port: Some(peer.port).filter(|port| *port != 0) })
}

/// Makes a session. `callback` is given each row, and `user` with it. `client` and `server` may be null.
///
/// # Safety
///
/// `session` is null or points to room for a pointer; `config` is null (the defaults) or came from `fieldtap_config_new`;
/// `protocol` is null or came from this library; `client` and `server` are null or point to a peer; `callback` may be
/// called with `user` as long as the session lives, from whichever thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_session_new(
    session: *mut *mut Session,
    config: *const Config,
    protocol: *const Protocol,
    client: *const Peer,
    server: *const Peer,
    callback: RowCallback,
    user: *mut c_void,
) -> Status {
    guarded(|| {
        // SAFETY: Promised by the caller.
        let settings = unsafe { crate::config::settings(config)? };
        // SAFETY: Promised by the caller.
        let protocol = unsafe { Protocol::known(protocol)? };
        let sink = Callback::new(callback, user, &settings)?;
        // SAFETY: Promised by the caller.
        let [client, server] = unsafe { [client.as_ref(), server.as_ref()] };
        let end = |end: Option<&Peer>| end.map_or(Ok(fieldtap::Peer::default()), peer);
        let opened = fieldtap::Session::new(protocol, settings.config).with_peers(end(client)?, end(server)?);
        // SAFETY: Promised by the caller.
        unsafe { hand_over(session, Session(Handle::new(Open { session: opened, sink }))) }
    })
}

/// Frees a session and sets the pointer to null. What it has not said yet is not said: see `fieldtap_session_finish`.
/// Within a callback of the same handle nothing is freed, and the pointer stays as it is.
///
/// # Safety
///
/// `session` is null, or points to a pointer that is null or came from `fieldtap_session_new`, and that nobody uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_session_free(session: *mut *mut Session) {
    // SAFETY: Promised by the caller.
    unsafe { take_back(session) }
}

/// Does something with a session at a mark.
///
/// # Safety
///
/// `session` is null or came from `fieldtap_session_new`; `mark` is null or points to one.
unsafe fn with(
    session: *mut Session,
    mark: *const Mark,
    act: impl FnOnce(&mut fieldtap::Session, fieldtap::Mark, &mut Callback) -> Result<Verdict, Problem>,
) -> Status {
    // SAFETY: Promised by the caller.
    let asked = unsafe { given(session, "session").and_then(|session| Ok((session, given(mark, "mark")?))) };
    status(asked.and_then(|(session, mark)| {
        let mark = fieldtap::Mark { file: mark.file, frame: mark.frame, ts: mark.time };
        session.0.enter(|open| act(&mut open.session, mark, &mut open.sink).map(verdict))
    }))
}

fn known(toward: u32) -> Result<Toward, Problem> {
    tables::toward(toward)?
        .ok_or_else(|| Problem(FIELDTAP_ERROR_VALUE, "a session has to know where messages go".into()))
}

/// Octets of one direction, in order: a chain of buffers, cut anywhere. `toward` is `FIELDTAP_TOWARD_SERVER` or
/// `FIELDTAP_TOWARD_CLIENT`; `mark` is where they came from. After `FIELDTAP_LEAVE` or `FIELDTAP_STOP` no more should be
/// fed.
///
/// # Safety
///
/// `session` is null or came from `fieldtap_session_new`; `mark` is null or points to one; `buffers` points to `count`
/// buffers, each of which points to its octets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_session_feed(
    session: *mut Session,
    toward: u32,
    mark: *const Mark,
    buffers: *const Buffer,
    count: usize,
) -> Status {
    let act = |session: &mut fieldtap::Session, mark, sink: &mut Callback| {
        let toward = known(toward)?;
        let buffers = match (buffers.is_null(), count) {
            (_, 0) => &[],
            (true, _) => return Err(Problem::null("buffers")),
            (_, count) if count > isize::MAX as usize / size_of::<Buffer>() => {
                return Err(Problem::too_long("buffers"));
            }
            // SAFETY: It is not null; the rest is promised by the caller.
            _ => unsafe { core::slice::from_raw_parts(buffers, count) },
        };
        // Before the first is fed: who repeats a call that failed would feed it twice.
        for buffer in buffers {
            // SAFETY: Promised by the caller.
            unsafe { octets(buffer.octets, buffer.length)? };
        }
        let mut verdict = Verdict::GoOn;
        for buffer in buffers {
            // SAFETY: Promised by the caller.
            let octets = unsafe { octets(buffer.octets, buffer.length)? };
            verdict = session.feed(toward, mark, octets, sink);
            if verdict != Verdict::GoOn {
                break;
            }
        }
        Ok(verdict)
    };
    // SAFETY: Promised by the caller.
    unsafe { with(session, mark, act) }
}

/// One datagram, which holds whole messages.
///
/// # Safety
///
/// `session` is null or came from `fieldtap_session_new`; `mark` is null or points to one; `octets` points to `length`
/// octets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_session_datagram(
    session: *mut Session,
    toward: u32,
    mark: *const Mark,
    octets: *const u8,
    length: usize,
) -> Status {
    let act = |session: &mut fieldtap::Session, mark, sink: &mut Callback| {
        // SAFETY: Promised by the caller.
        let octets = unsafe { crate::status::octets(octets, length)? };
        Ok(session.datagram(known(toward)?, mark, octets, sink))
    };
    // SAFETY: Promised by the caller.
    unsafe { with(session, mark, act) }
}

/// `length` octets of one direction are missing; 0 is an unknown number.
///
/// # Safety
///
/// `session` is null or came from `fieldtap_session_new`; `mark` is null or points to one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_session_gap(
    session: *mut Session,
    toward: u32,
    mark: *const Mark,
    length: u64,
) -> Status {
    // SAFETY: Promised by the caller.
    unsafe { with(session, mark, |session, mark, sink| Ok(session.gap(known(toward)?, mark, length, sink))) }
}

/// Time passes: requests become overdue.
///
/// # Safety
///
/// As `fieldtap_session_gap`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_session_advance(session: *mut Session, mark: *const Mark) -> Status {
    // SAFETY: Promised by the caller.
    unsafe { with(session, mark, |session, mark, sink| Ok(session.advance(mark, sink))) }
}

/// The end: what is carried is counted as skipped, what waits for an answer is written.
///
/// # Safety
///
/// As `fieldtap_session_gap`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_session_finish(session: *mut Session, mark: *const Mark) -> Status {
    // SAFETY: Promised by the caller.
    unsafe { with(session, mark, |session, mark, sink| Ok(session.finish(mark, sink))) }
}

/// What became of the octets of one direction so far.
///
/// # Safety
///
/// `session` is null or came from `fieldtap_session_new`; `tally` is null or points to room for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_session_tally(
    session: *mut Session,
    toward: u32,
    tally: *mut Tally,
) -> Status {
    // SAFETY: Promised by the caller.
    status(unsafe { given(session, "session") }.and_then(|session| {
        session.0.enter(|open| {
            let of = open.session.tally(known(toward)?);
            let all = Tally {
                dissected: of.dissected,
                skipped: of.skipped,
                carried: of.carried,
                missing: of.missing,
                messages: of.messages,
            };
            // SAFETY: Promised by the caller.
            unsafe { put(tally, all)? };
            Ok(FIELDTAP_OK)
        })
    }))
}
