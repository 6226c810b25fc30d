//! Frames in, rows out.
use crate::{
    config::Config,
    handle::{Handle, Holds, hand_over, take_back},
    row::{Callback, RowCallback, verdict},
    status::{FIELDTAP_OK, Status, given, octets, put, status},
};
use core::ffi::c_void;

/// Frames in, rows out: packets, conversations, streams, identification, dissection.
pub struct Engine(Handle<Running>);

impl Holds for Engine {
    fn is_inside(&self) -> bool {
        self.0.is_inside()
    }
}

struct Running {
    engine: fieldtap::Engine,
    sink: Callback,
}

/// One captured frame.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Number of the frame, from 1.
    pub number: u64,
    /// When it was captured: nanoseconds since 1970-01-01 UTC.
    pub time: i64,
    /// The captured octets.
    pub octets: *const u8,
    /// How many.
    pub length: usize,
    /// How many it had on the wire: more where it was cut.
    pub original_length: u32,
    /// Number of the interface that it was captured on, from 0. Serial lines are told apart by it.
    pub interface: u32,
    /// How it begins: the number of its LINKTYPE in the registry of the tcpdump group; 1 is Ethernet.
    pub link_type: u16,
}

/// What an engine has met.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    /// Frames.
    pub frames: u64,
    /// Octets of the frames, as they were on the wire.
    pub octets: u64,
    /// Frames whose link type is not read.
    pub unknown_link: u64,
    /// Frames that belong to no conversation: headers cut or malformed, fragments that wait.
    pub unattributed: u64,
    /// Frames that are fragments of IP datagrams, the last one of each apart.
    pub fragments: u64,
    /// Conversations begun.
    pub conversations: u64,
    /// Conversations without payload that had to make room.
    pub evicted_half_open: u64,
    /// Conversations of no known protocol that had to make room.
    pub evicted_unidentified: u64,
    /// Conversations of a known protocol that had to make room.
    pub evicted_identified: u64,
    /// Points and facts that found no room in memory, and so were said each time.
    pub untracked: u64,
    /// Messages of publishers that found no room, and so were said each time.
    pub untracked_publishers: u64,
    /// Publishers that had to make room.
    pub evicted_publishers: u64,
    /// Conversations remembered now.
    pub remembered: u64,
}

/// Makes an engine. `callback` is given each row, and `user` with it.
///
/// # Safety
///
/// `engine` is null or points to room for a pointer; `config` is null (the defaults) or came from `fieldtap_config_new`;
/// `callback` may be called with `user` as long as the engine lives, from whichever thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_engine_new(
    engine: *mut *mut Engine,
    config: *const Config,
    callback: RowCallback,
    user: *mut c_void,
) -> Status {
    crate::handle::guarded(|| {
        // SAFETY: Promised by the caller.
        let settings = unsafe { crate::config::settings(config)? };
        let sink = Callback::new(callback, user, &settings)?;
        let engine_of = fieldtap::Engine::new(settings.config);
        // SAFETY: Promised by the caller.
        unsafe { hand_over(engine, Engine(Handle::new(Running { engine: engine_of, sink }))) }
    })
}

/// Frees an engine and sets the pointer to null. What it has not said yet is not said: see `fieldtap_engine_finish`.
/// Within a callback of the same handle nothing is freed, and the pointer stays as it is.
///
/// # Safety
///
/// `engine` is null, or points to a pointer that is null or came from `fieldtap_engine_new`, and that nobody uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_engine_free(engine: *mut *mut Engine) {
    // SAFETY: Promised by the caller.
    unsafe { take_back(engine) }
}

/// Takes one frame. Frames come in the order of the capture.
///
/// # Safety
///
/// `engine` is null or came from `fieldtap_engine_new`; `frame` is null or points to one whose `octets` point to `length`
/// octets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_engine_frame(engine: *mut Engine, frame: *const Frame) -> Status {
    // SAFETY: Promised by the caller.
    let asked = unsafe {
        given(engine, "engine").and_then(|engine| {
            let frame = given(frame, "frame")?;
            let octets = octets(frame.octets, frame.length)?;
            Ok((engine, frame, octets))
        })
    };
    status(asked.and_then(|(engine, frame, data)| {
        let frame = fieldtap::Frame {
            number: frame.number,
            ts: frame.time,
            link_type: fieldtap::LinkType(frame.link_type),
            interface: frame.interface,
            original_len: frame.original_length,
            data,
        };
        engine.0.enter(|running| Ok(verdict(running.engine.frame(&frame, &mut running.sink))))
    }))
}

/// Time passes without a frame: nanoseconds since 1970-01-01 UTC. Says what becomes overdue.
///
/// # Safety
///
/// `engine` is null or came from `fieldtap_engine_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_engine_advance(engine: *mut Engine, now: i64) -> Status {
    // SAFETY: Promised by the caller.
    status(unsafe { given(engine, "engine") }.and_then(|engine| {
        engine.0.enter(|running| Ok(verdict(running.engine.advance(now, &mut running.sink))))
    }))
}

/// The end: all conversations are ended and written. No frame should follow.
///
/// # Safety
///
/// `engine` is null or came from `fieldtap_engine_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_engine_finish(engine: *mut Engine) -> Status {
    // SAFETY: Promised by the caller.
    status(
        unsafe { given(engine, "engine") }.and_then(|engine| {
            engine.0.enter(|running| Ok(verdict(running.engine.finish(&mut running.sink))))
        }),
    )
}

/// What the engine has met so far.
///
/// # Safety
///
/// `engine` is null or came from `fieldtap_engine_new`; `counters` is null or points to room for them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_engine_counters(engine: *mut Engine, counters: *mut Counters) -> Status {
    // SAFETY: Promised by the caller.
    status(unsafe { given(engine, "engine") }.and_then(|engine| {
        engine.0.enter(|running| {
            let met = running.engine.counters();
            let all = Counters {
                frames: met.frames,
                octets: met.octets,
                unknown_link: met.unknown_link,
                unattributed: met.unattributed,
                fragments: met.fragments,
                conversations: met.conversations,
                evicted_half_open: met.evicted_half_open,
                evicted_unidentified: met.evicted_unidentified,
                evicted_identified: met.evicted_identified,
                untracked: met.untracked,
                untracked_publishers: met.untracked_publishers,
                evicted_publishers: met.evicted_publishers,
                remembered: running.engine.conversations() as u64,
            };
            // SAFETY: Promised by the caller.
            unsafe { put(counters, all)? };
            Ok(FIELDTAP_OK)
        })
    }))
}
