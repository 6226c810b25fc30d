//! Messages (IEEE Std 1588-2019, clause 13), TLVs (14) and management (15).
use super::{
    Domain, Grandmaster, HEADER, Port, SPARE, State,
    codes::{Action, ClockAccuracy, ManagementError, ManagementId, MessageType, TimeSource, TlvType},
    records::{Ptp, PtpAnnounces, PtpManagements, PtpTlvs},
};
use crate::{
    common::{Anomaly, AnomalyKind, Answer, Asked, Fact, Fit, Operation, Outcome, Request, Result, UnderWay},
    protocol::{Output, Pdu},
    record::{Direction, Symbol, Text, digest_bytes},
    wire::ethernet::is_filling,
};
use core::{fmt::Write, net::IpAddr};
use nom::{
    IResult, Parser,
    bytes::complete::take,
    number::complete::{be_i8, be_i16, be_i32, be_i64, be_u8, be_u16, be_u32},
};
use std::sync::Arc;

/// Domains whose grandmaster is remembered of one sender.
const DOMAINS: usize = 8;
/// Grandmasters that are remembered of all clocks of a domain.
const GRANDMASTERS: usize = 8;
/// Ports of one sender whose time is compared with what they said before.
const PORTS: usize = 16;
/// A step of a clock that is said: more than what messages and captures are delayed by, in nanoseconds.
const STEP: i64 = 1_000_000_000;
/// Bit of flagField: the time stamp follows in a message of its own.
const TWO_STEP: u16 = 0x0200;
/// unicastFlag.
const UNICAST: u16 = 0x0400;
/// alternateMasterFlag.
const ALTERNATE_MASTER: u16 = 0x0100;
/// IEEE C37.238 (IEEE Std C37.238-2017, clause 5.13).
const IEEE_C37_238: u32 = 0x1c_129d;

/// The shortest message of a type (tables 37 to 56).
pub(super) const fn shortest(kind: MessageType) -> usize {
    match kind {
        MessageType::ANNOUNCE => 64,
        MessageType::PDELAY_REQ
        | MessageType::PDELAY_RESP
        | MessageType::DELAY_RESP
        | MessageType::PDELAY_RESP_FOLLOW_UP => 54,
        MessageType::MANAGEMENT => 48,
        _ => 44,
    }
}

/// 13.3: the header.
fn header(i: &[u8]) -> IResult<&[u8], Ptp<'_>, ()> {
    let (i, (kind, version, message_length, domain_number, minor_sdo_id, flags)) =
        (be_u8, be_u8, be_u16, be_u8, be_u8, be_u16).parse(i)?;
    let (i, (correction, _, clock_identity, port_number, sequence_id, control, log_message_interval)) =
        (be_i64, be_u32, take(8usize), be_u16, be_u16, be_u8, be_i8).parse(i)?;
    Ok((
        i,
        Ptp {
            message_type: MessageType(kind & 15),
            major_sdo_id: kind >> 4,
            minor_sdo_id,
            version: version & 15,
            minor_version: version >> 4,
            message_length,
            domain_number,
            flags,
            correction,
            clock_identity,
            port_number,
            sequence_id,
            control,
            log_message_interval,
            timestamp_seconds: None,
            timestamp_nanoseconds: None,
            target_clock_identity: None,
            target_port_number: None,
        },
    ))
}

/// 5.3.3: 48 bits of seconds, 32 of nanoseconds.
fn timestamp(i: &[u8]) -> IResult<&[u8], (u64, u32), ()> {
    let (i, (high, low, nanoseconds)) = (be_u16, be_u32, be_u32).parse(i)?;
    Ok((i, (u64::from(high) << 32 | u64::from(low), nanoseconds)))
}

/// 5.3.5: a clock and one of its ports.
fn port_identity(i: &[u8]) -> IResult<&[u8], (&[u8], u16), ()> {
    (take(8usize), be_u16).parse(i)
}

/// 13.5.1: what Announce has behind its time stamp.
fn announce(i: &[u8]) -> IResult<&[u8], PtpAnnounces<'_>, ()> {
    let (i, (current_utc_offset, _, grandmaster_priority1, grandmaster_clock_class)) =
        (be_i16, be_u8, be_u8, be_u8).parse(i)?;
    let (i, (accuracy, variance, grandmaster_priority2, grandmaster_identity, steps_removed, source)) =
        (be_u8, be_u16, be_u8, take(8usize), be_u16, be_u8).parse(i)?;
    Ok((
        i,
        PtpAnnounces {
            current_utc_offset,
            grandmaster_priority1,
            grandmaster_clock_class,
            grandmaster_clock_accuracy: ClockAccuracy(accuracy),
            grandmaster_offset_scaled_log_variance: variance,
            grandmaster_priority2,
            grandmaster_identity,
            steps_removed,
            time_source: TimeSource(source),
        },
    ))
}

pub(super) fn message(state: &mut State, pdu: Pdu<'_>, out: &mut Output<'_>) {
    let Ok((_, mut row)) = header(pdu.bytes) else {
        if !pdu.cut {
            let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "message is shorter than its header");
            out.anomaly(anomaly.numbers(HEADER as u64, pdu.bytes.len() as u64));
        }
        return out.no_message();
    };
    let claimed = usize::from(row.message_length);
    let (message, behind) = pdu.bytes.split_at_checked(claimed).unwrap_or((pdu.bytes, &[]));
    let body = message.get(HEADER..).unwrap_or_default();
    let kind = row.message_type;
    out.set_direction(match kind {
        MessageType::DELAY_REQ | MessageType::PDELAY_REQ => Direction::REQUEST,
        MessageType::DELAY_RESP | MessageType::PDELAY_RESP | MessageType::PDELAY_RESP_FOLLOW_UP => {
            Direction::RESPONSE
        }
        MessageType::MANAGEMENT => match body.get(12).map(|action| Action(action & 15)) {
            Some(Action::RESPONSE | Action::ACKNOWLEDGE) => Direction::RESPONSE,
            _ => Direction::REQUEST,
        },
        _ => Direction::UNSOLICITED,
    });
    let mut rest = body;
    match kind {
        MessageType::SIGNALING | MessageType::MANAGEMENT => {
            if let Ok((behind, (clock, port))) = port_identity(rest) {
                (row.target_clock_identity, row.target_port_number) = (Some(clock), Some(port));
                rest = behind;
            }
        }
        _ if kind.name().is_some() => {
            if let Ok((behind, (seconds, nanoseconds))) = timestamp(rest) {
                (row.timestamp_seconds, row.timestamp_nanoseconds) = (Some(seconds), Some(nanoseconds));
                rest = behind;
            }
            if out.direction() == Some(Direction::RESPONSE)
                && let Ok((behind, (clock, port))) = port_identity(rest)
            {
                (row.target_clock_identity, row.target_port_number) = (Some(clock), Some(port));
                rest = behind;
            }
            if kind == MessageType::PDELAY_REQ {
                // Ten octets are reserved, so that request and answer have one length.
                rest = rest.get(10..).unwrap_or_default();
            }
        }
        _ => rest = &[],
    }
    out.row(&row);
    lengths(&row, pdu, message, behind, out);
    if row.version != 2 {
        let anomaly = Anomaly::new(AnomalyKind::VALUE, "version is not 2").at(1);
        out.anomaly(anomaly.numbers(2, row.version.into()));
    }
    if let Some(nanoseconds) = row.timestamp_nanoseconds.filter(|nanoseconds| *nanoseconds >= 1_000_000_000) {
        let anomaly = Anomaly::new(AnomalyKind::TIME, "time stamp has a whole second of nanoseconds or more");
        out.anomaly(anomaly.at(40).found(nanoseconds.into()));
    }
    if message.len() < shortest(kind) {
        return;
    }
    // What the capture left out is no fault of the sender.
    let cut = pdu.cut && message.len() < claimed;
    match kind {
        MessageType::FOLLOW_UP => step(state, &row, out),
        MessageType::SYNC if row.flags & TWO_STEP == 0 => step(state, &row, out),
        _ => {}
    }
    match kind {
        MessageType::ANNOUNCE => {
            if let Ok((behind, announce)) = announce(rest) {
                out.row(&announce);
                grandmaster(state, &row, &announce, out);
                rest = behind;
            }
            tlvs(message, rest, cut, out);
        }
        MessageType::MANAGEMENT => management(&row, rest, message, cut, out),
        _ => tlvs(message, rest, cut, out),
    }
}

fn lengths(row: &Ptp<'_>, pdu: Pdu<'_>, message: &[u8], behind: &[u8], out: &mut Output<'_>) {
    let claimed = usize::from(row.message_length);
    let kind = row.message_type;
    if kind.name().is_none() {
        let anomaly = Anomaly::new(AnomalyKind::VALUE, "type of message is reserved").at(0);
        out.anomaly(anomaly.found(kind.0.into()));
    } else if claimed < shortest(kind) {
        let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "message is too short for its type").at(2);
        out.anomaly(anomaly.numbers(shortest(kind) as u64, claimed as u64));
    }
    if message.len() < claimed && !pdu.cut {
        let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "message ends before its length").at(2);
        out.anomaly(anomaly.numbers(claimed as u64, message.len() as u64));
    }
    if behind.len() > SPARE && !is_filling(pdu.bytes, claimed) {
        let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the message").at(claimed as u64);
        out.anomaly(anomaly.length(behind.len() as u64));
    }
}

fn hex(octets: &[u8], fact: Fact, row: &Ptp<'_>, source: &'static str, out: &mut Output<'_>) {
    let mut scratch = out.take_scratch();
    for octet in octets {
        // A scratch takes what it can, and counts what it cannot.
        let _ = write!(scratch, "{octet:02x}");
    }
    out.identity(Some(row.domain_number.into()), fact, None, scratch.text(), Symbol(source));
    out.give_back(scratch);
}

/// The domain of a message: sdoId and domainNumber, in its VLAN (clause 7.1: it is the scope of the communication).
fn domain(row: &Ptp<'_>, out: &Output<'_>) -> Domain {
    let sdo_id = u16::from(row.major_sdo_id) << 8 | u16::from(row.minor_sdo_id);
    (out.vlan(), sdo_id, row.domain_number)
}

/// Whether all nodes of a group are spoken to; nothing, if the capture does not tell.
fn is_to_group(out: &Output<'_>) -> Option<bool> {
    match (out.envelope.receiver, out.envelope.receiver_mac) {
        (Some(IpAddr::V4(address)), _) => Some(address.is_multicast()),
        (Some(IpAddr::V6(address)), _) => Some(address.is_multicast()),
        (None, mac) => mac.and_then(|mac| mac.0.first().map(|octet| octet & 1 == 1)),
    }
}

/// Within what a clock is to agree with others: the nodes of a group in a domain. What is told to one node alone is an offer of
/// this clock (clause 16.1), which is compared with its other offers.
fn scope(domain: Domain, row: &Ptp<'_>, offer: bool, out: &Output<'_>) -> Vec<u8> {
    let (vlan, sdo_id, number) = domain;
    let head = [vlan.unwrap_or_default(), sdo_id].map(u16::to_be_bytes);
    let mut scope = [b"grandmaster of ".as_slice(), head.as_flattened(), &[number]].concat();
    match (offer, out.envelope.receiver, out.envelope.receiver_mac) {
        (true, ..) => scope.extend(row.clock_identity),
        (_, Some(IpAddr::V4(address)), _) => scope.extend(address.octets()),
        (_, Some(IpAddr::V6(address)), _) => scope.extend(address.octets()),
        (_, None, Some(mac)) => scope.extend(mac.0),
        (_, None, None) => {}
    }
    scope
}

/// Which clock the domain follows, by the word of this sender.
fn grandmaster(state: &mut State, row: &Ptp<'_>, announce: &PtpAnnounces<'_>, out: &mut Output<'_>) {
    let Ok(identity) = <[u8; 8]>::try_from(announce.grandmaster_identity) else { return };
    let Ok(clock) = <[u8; 8]>::try_from(row.clock_identity) else { return };
    // Nobody follows an alternate master (clause 17.3).
    if row.flags & ALTERNATE_MASTER != 0 {
        return;
    }
    hex(&identity, Fact::OTHER, row, "ptp_grandmaster_identity", out);
    if announce.steps_removed == 0 && clock == identity {
        let role = Text(b"grandmaster");
        out.identity(Some(row.domain_number.into()), Fact::ROLE, None, role, Symbol("ptp_announce"));
    }
    let now = Grandmaster {
        identity,
        class: announce.grandmaster_clock_class,
        accuracy: announce.grandmaster_clock_accuracy.0,
    };
    // A domain of the same number in another VLAN is another domain.
    let domain = domain(row, out);
    let room = state.grandmasters.len() < DOMAINS;
    let own = match state.grandmasters.iter_mut().find(|(known, _)| *known == (domain, clock)) {
        Some((_, before)) if *before == now => return,
        Some((_, before)) => Some(core::mem::replace(before, now)),
        // Of more domains than a sender has any use for, the first are remembered.
        None if !room => return,
        None => {
            state.grandmasters.push(((domain, clock), now));
            None
        }
    };
    // All clocks of a domain follow one grandmaster: whoever is the first to follow another tells of the change, and so does
    // who is the first to tell that the same one has become better or worse. Where several are told, as of two sites in one
    // capture, each is said once: who joins is not asked why it follows one of them.
    let offer = row.flags & UNICAST != 0 || is_to_group(out) == Some(false);
    let scope = scope(domain, row, offer, out);
    let mut told = out.ask_fact::<Vec<Grandmaster>>(&scope).map(|told| told.to_vec()).unwrap_or_default();
    let last = told.last().copied();
    let place = told.iter().position(|known| known.identity == identity);
    let known = place.and_then(|place| told.get_mut(place)).map(|known| core::mem::replace(known, now));
    let another = last.is_some_and(|last| last.identity != identity)
        && own.map_or(offer || known.is_none(), |own| own.identity != identity);
    if another || last.is_none() {
        if let Some(place) = place {
            told.remove(place);
        } else if told.len() >= GRANDMASTERS {
            told.remove(0);
        }
        told.push(now);
    }
    if known != Some(now) || another {
        out.tell_fact(&scope, Arc::new(told), GRANDMASTERS * size_of::<Grandmaster>());
    }
    if let Some(before) = own.or(last).filter(|_| another) {
        let numbers = (u64::from_be_bytes(before.identity), u64::from_be_bytes(identity));
        let reason = if offer || own.is_some() {
            "the domain follows another grandmaster"
        } else {
            "another grandmaster is announced in the domain"
        };
        let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, reason);
        return out.anomaly(anomaly.at(53).numbers(numbers.0, numbers.1));
    }
    let Some(before) = known else { return };
    if before.class != now.class {
        let anomaly = Anomaly::new(AnomalyKind::TIME, "clockClass of the grandmaster has changed");
        out.anomaly(anomaly.at(48).numbers(before.class.into(), now.class.into()));
    }
    if before.accuracy != now.accuracy {
        let anomaly = Anomaly::new(AnomalyKind::TIME, "clockAccuracy of the grandmaster has changed");
        out.anomaly(anomaly.at(49).numbers(before.accuracy.into(), now.accuracy.into()));
    }
}

/// Whether the time that a port tells has leapt since its last message, by the capture's clock.
fn step(state: &mut State, row: &Ptp<'_>, out: &mut Output<'_>) {
    let told = row.timestamp_seconds.zip(row.timestamp_nanoseconds).and_then(|(seconds, nanoseconds)| {
        i64::try_from(seconds).ok()?.checked_mul(1_000_000_000)?.checked_add(nanoseconds.into())
    });
    let (Some(told), Ok(clock)) = (told, <[u8; 8]>::try_from(row.clock_identity)) else { return };
    let ahead = told.saturating_sub(out.ts());
    let port = Port { domain: domain(row, out), clock, number: row.port_number };
    let room = state.ahead.len() < PORTS;
    let before = match state.ahead.iter_mut().find(|(known, _)| *known == port) {
        Some((_, before)) => core::mem::replace(before, ahead),
        None => {
            // Of more ports than a sender has any use for, the first are remembered.
            if room {
                state.ahead.push((port, ahead));
            }
            return;
        }
    };
    if ahead.abs_diff(before) > STEP.unsigned_abs() {
        let expected = out.ts().saturating_add(before);
        let numbers = (expected.max(0).unsigned_abs(), told.max(0).unsigned_abs());
        let anomaly = Anomaly::new(AnomalyKind::TIME, "the time that is told leaps, by the capture's clock");
        out.anomaly(anomaly.at(34).numbers(numbers.0, numbers.1));
    }
}

/// 14.1: type, length, value.
fn tlvs(message: &[u8], mut rest: &[u8], cut: bool, out: &mut Output<'_>) {
    while !rest.is_empty() {
        let offset = (message.len() - rest.len()) as u64;
        let Ok((behind, (kind, length))) = tlv_head(rest) else {
            if cut {
                return;
            }
            let anomaly = Anomaly::new(AnomalyKind::TRAILING, "octets behind the last TLV").at(offset);
            return out.anomaly(anomaly.length(rest.len() as u64));
        };
        let Some((value, behind)) = behind.split_at_checked(length.into()) else {
            if cut {
                return;
            }
            let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "TLV is longer than the message").at(offset);
            return out.anomaly(anomaly.numbers(length.into(), behind.len() as u64));
        };
        if out.wants::<PtpTlvs<'_>>() {
            out.row(&tlv(kind, length, value));
        }
        rest = behind;
    }
}

fn tlv_head(i: &[u8]) -> IResult<&[u8], (TlvType, u16), ()> {
    let (i, (kind, length)) = (be_u16, be_u16).parse(i)?;
    Ok((i, (TlvType(kind), length)))
}

fn tlv(tlv_type: TlvType, length: u16, value: &[u8]) -> PtpTlvs<'_> {
    let mut row = PtpTlvs {
        tlv_type,
        length,
        organization: None,
        organization_subtype: None,
        grandmaster_id: None,
        grandmaster_time_inaccuracy: None,
        network_time_inaccuracy: None,
        total_time_inaccuracy: None,
        key: None,
        current_offset: None,
        jump_seconds: None,
        time_of_next_jump: None,
        display_name: None,
        message_type: None,
        log_inter_message_period: None,
        duration: None,
        value,
    };
    match tlv_type {
        TlvType::ORGANIZATION_EXTENSION
        | TlvType::ORGANIZATION_EXTENSION_PROPAGATE
        | TlvType::ORGANIZATION_EXTENSION_DO_NOT_PROPAGATE => {
            if let Some((&[a, b, c, d, e, f], data)) = value.split_first_chunk() {
                row.organization = Some(u32::from_be_bytes([0, a, b, c]));
                row.organization_subtype = Some(u32::from_be_bytes([0, d, e, f]));
                if row.organization == Some(IEEE_C37_238) {
                    power_profile(&mut row, data);
                }
            }
        }
        TlvType::ALTERNATE_TIME_OFFSET_INDICATOR => {
            if let Ok((behind, time)) = alternate_time(value) {
                row.key = Some(time.key);
                row.current_offset = Some(time.current_offset);
                row.jump_seconds = Some(time.jump_seconds);
                row.time_of_next_jump = Some(time.time_of_next_jump);
                row.display_name = text(behind).ok().map(|(_, name)| name);
            }
        }
        TlvType::REQUEST_UNICAST_TRANSMISSION | TlvType::GRANT_UNICAST_TRANSMISSION => {
            if let Ok((_, (kind, period, duration))) = unicast(value) {
                row.message_type = Some(MessageType(kind >> 4));
                (row.log_inter_message_period, row.duration) = (Some(period), Some(duration));
            }
        }
        TlvType::CANCEL_UNICAST_TRANSMISSION | TlvType::ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION => {
            row.message_type = value.first().map(|kind| MessageType(kind >> 4));
        }
        _ => {}
    }
    row
}

/// IEEE Std C37.238-2011, 5.12.2 (subtype 1), and -2017, 5.13 (subtype 2).
fn power_profile(row: &mut PtpTlvs<'_>, data: &[u8]) {
    let Ok((_, (id, first, second))) = inaccuracies(data) else { return };
    match row.organization_subtype {
        Some(1) => {
            row.grandmaster_id = Some(id);
            (row.grandmaster_time_inaccuracy, row.network_time_inaccuracy) = (Some(first), Some(second));
        }
        Some(2) => (row.grandmaster_id, row.total_time_inaccuracy) = (Some(id), Some(second)),
        _ => {}
    }
}

fn inaccuracies(i: &[u8]) -> IResult<&[u8], (u16, u32, u32), ()> {
    (be_u16, be_u32, be_u32).parse(i)
}

/// What an alternate time tells before its name.
struct AlternateTime {
    key: u8,
    current_offset: i32,
    jump_seconds: i32,
    time_of_next_jump: u64,
}

/// 16.3.3: key, offset, jump, time of the next jump; a name follows.
fn alternate_time(i: &[u8]) -> IResult<&[u8], AlternateTime, ()> {
    let (i, (key, current_offset, jump_seconds, high, low)) =
        (be_u8, be_i32, be_i32, be_u16, be_u32).parse(i)?;
    let time_of_next_jump = u64::from(high) << 32 | u64::from(low);
    Ok((i, AlternateTime { key, current_offset, jump_seconds, time_of_next_jump }))
}

/// 16.1.4: the type in the upper four bits, the period, how long.
fn unicast(i: &[u8]) -> IResult<&[u8], (u8, i8, u32), ()> {
    (be_u8, be_i8, be_u32).parse(i)
}

/// 5.3.9: a length, then so many octets.
fn text(i: &[u8]) -> IResult<&[u8], Text<'_>, ()> {
    let (i, length) = be_u8(i)?;
    let (i, octets) = take(length)(i)?;
    Ok((i, Text(octets)))
}

/// 15.4: hops, action, and a TLV.
fn management(row: &Ptp<'_>, body: &[u8], message: &[u8], cut: bool, out: &mut Output<'_>) {
    let Some((&[starting_boundary_hops, boundary_hops, action, _], rest)) = body.split_first_chunk() else {
        return;
    };
    let (mut refused, mut lacks) = (false, None);
    let mut managed = PtpManagements {
        starting_boundary_hops,
        boundary_hops,
        action: Action(action & 15),
        management_id: None,
        management_error: None,
        display_data: None,
        data: &[],
    };
    let offset = (message.len() - rest.len()) as u64;
    let mut behind: &[u8] = &[];
    if let Ok((value, (kind, length))) = tlv_head(rest) {
        let (value, after) = value.split_at_checked(length.into()).unwrap_or((value, &[]));
        behind = after;
        let id = |at: usize| {
            let octets = value.get(at..)?.first_chunk()?;
            Some(u16::from_be_bytes(*octets))
        };
        match kind {
            TlvType::MANAGEMENT => {
                managed.management_id = id(0).map(ManagementId);
                managed.data = value.get(2..).unwrap_or_default();
                lacks = Some(2).filter(|_| length < 2);
            }
            TlvType::MANAGEMENT_ERROR_STATUS => {
                refused = true;
                lacks = Some(8).filter(|_| length < 8);
                managed.management_error = id(0).map(ManagementError);
                managed.management_id = id(2).map(ManagementId);
                managed.display_data = value.get(8..).and_then(|rest| text(rest).ok()).map(|(_, text)| text);
            }
            _ => managed.data = value,
        }
        out.row(&managed);
        if value.len() < usize::from(length) && !cut {
            let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "TLV is longer than the message");
            out.anomaly(anomaly.at(offset).numbers(length.into(), value.len() as u64));
        }
        if let Some(least) = lacks {
            let anomaly = Anomaly::new(AnomalyKind::MALFORMED, "TLV is too short for its type");
            out.anomaly(anomaly.at(offset).numbers(least, length.into()));
        }
    } else {
        out.row(&managed);
        if !rest.is_empty() && !cut {
            let anomaly = Anomaly::new(AnomalyKind::TRUNCATED, "TLV is longer than the message");
            out.anomaly(anomaly.at(offset).length(rest.len() as u64));
        }
    }
    operation(row, &managed, refused, out);
    if managed.action == Action::RESPONSE {
        // What the answer lacks is not told.
        let _ = match managed.management_id {
            Some(ManagementId::CLOCK_DESCRIPTION) => description(managed.data, row, out),
            Some(ManagementId::USER_DESCRIPTION) => user_description(managed.data, row, out),
            _ => Ok((managed.data, ())),
        };
    }
    tlvs(message, behind, cut, out);
}

/// Whether this is the wildcard of all ports, of one clock or of all (15.3.1).
fn is_to_all(row: &Ptp<'_>) -> bool {
    row.target_port_number == Some(0xffff) || row.target_clock_identity == Some(&[0xff; 8])
}

fn operation(row: &Ptp<'_>, managed: &PtpManagements<'_>, refused: bool, out: &mut Output<'_>) {
    let id = managed.management_id.unwrap_or_default();
    let is_answer = matches!(managed.action, Action::RESPONSE | Action::ACKNOWLEDGE);
    let asks =
        Asks { id: id.0, port: row.port_number, all: is_to_all(row), clock: number(row.clock_identity) };
    let request = Request {
        key: u64::from(row.domain_number) << 16 | u64::from(row.sequence_id),
        operation: match (managed.action, id.operation()) {
            // An answer does not tell whether this was read or set.
            _ if is_answer && matches!(id, ManagementId::TIME | ManagementId::USER_DESCRIPTION) => {
                Operation::UNKNOWN
            }
            (Action::SET, Some(Operation::TIME)) => Operation::TIME,
            (Action::GET, Some(Operation::TIME)) => Operation::READ,
            (Action::SET, Some(Operation::IDENTIFY)) => Operation::CONFIG,
            (_, Some(operation)) => operation,
            (action, None) => action.operation().unwrap_or_default(),
        },
        function: managed.management_id.and_then(ManagementId::name).map(Symbol),
        function_code: managed.management_id.map(|id| id.0.into()),
        station: Some(row.domain_number.into()),
        space: None,
        address: None,
        quantity: None,
        object: None,
        numbers: asks.numbers(),
    };
    let group = is_to_group(out) == Some(true);
    let error = managed.management_error;
    let result = Result {
        outcome: if refused { Outcome::REFUSED } else { Outcome::SUCCESS },
        status: error.map(|error| error.0.into()),
        status_name: error.and_then(ManagementError::name).map(Symbol),
    };
    match managed.action {
        // Who answers a group, and how often, cannot be known; the answers go to the group too.
        Action::GET | Action::SET | Action::COMMAND if group => out.unconfirmed(&request),
        Action::GET | Action::SET | Action::COMMAND => {
            out.request(&request);
        }
        Action::RESPONSE | Action::ACKNOWLEDGE => match answer(row, managed, request.key, out) {
            Answer::Paired(asked) => out.complete(&asked, result),
            Answer::Again => {
                out.anomaly(Anomaly::new(AnomalyKind::UNEXPECTED, "request was answered before"));
            }
            Answer::Unasked if group && !refused => {}
            Answer::Unasked if group => out.unasked(&request, result),
            Answer::Unasked => {
                let asked = |asked: &Asked| Asks::of(asked).is_answered_by(row);
                if out.peek_fitting(request.key, UnderWay::Several, asked).is_some() {
                    let reason = "answer is about something else than its request";
                    let anomaly = Anomaly::new(AnomalyKind::UNEXPECTED, reason);
                    out.anomaly(anomaly.at(48).found(id.0.into()));
                }
                out.unasked(&request, Result { outcome: Outcome::UNASKED, ..result });
            }
        },
        _ => {
            let anomaly = Anomaly::new(AnomalyKind::VALUE, "action is reserved").at(46);
            out.anomaly(anomaly.found(managed.action.0.into()));
        }
    }
}

/// A clockIdentity as a number.
fn number(clock: &[u8]) -> u64 {
    clock.first_chunk().map_or(0, |octets| u64::from_be_bytes(*octets))
}

/// What a request is about and who asks: an answer repeats the one (15.5.2), and has the other for its target (15.4.1).
struct Asks {
    id: u16,
    port: u16,
    all: bool,
    clock: u64,
}

impl Asks {
    fn numbers(&self) -> [u64; 2] {
        [u64::from(self.all) << 32 | u64::from(self.port) << 16 | u64::from(self.id), self.clock]
    }

    fn of(asked: &Asked) -> Self {
        let [head, clock] = asked.numbers;
        let [_, _, _, all, a, b, c, d] = head.to_be_bytes();
        Self { id: u16::from_be_bytes([c, d]), port: u16::from_be_bytes([a, b]), all: all == 1, clock }
    }

    /// Whether an answer is to whom asks: to this port, or to all.
    fn is_answered_by(&self, row: &Ptp<'_>) -> Fit {
        let clock = row.target_clock_identity.map(number).filter(|clock| *clock != u64::MAX);
        let port = row.target_port_number.filter(|port| *port != 0xffff);
        match (clock, port) {
            (Some(clock), _) if clock != self.clock => Fit::Not,
            (_, Some(port)) if port != self.port => Fit::Not,
            (Some(_), Some(_)) => Fit::Whole,
            _ => Fit::Partly,
        }
    }
}

/// The request that this answer belongs to. Of one to all ports each port that answers has an operation of its own.
fn answer(row: &Ptp<'_>, managed: &PtpManagements<'_>, key: u64, out: &mut Output<'_>) -> Answer {
    let fit = |asked: &Asked| {
        let asks = Asks::of(asked);
        match managed.management_id {
            Some(id) if id.0 != asks.id => Fit::Not,
            Some(_) => asks.is_answered_by(row),
            None => asks.is_answered_by(row).min(Fit::Partly),
        }
    };
    let to_all = out.peek_fitting(key, UnderWay::Several, fit).filter(|asked| Asks::of(asked).all);
    let Some(asked) = to_all else { return out.answer_fitting(key, UnderWay::Several, fit) };
    let port = digest_bytes(row.clock_identity) ^ u64::from(row.port_number) << 48;
    let own_key = key ^ asked.message ^ port;
    match out.answer(own_key) {
        Answer::Unasked if out.share_out_of(&asked, own_key, row.domain_number.into()) => out.answer(own_key),
        answer => answer,
    }
}

/// 15.5.3.1.3: the user's name of a clock, and where it is, parted by a semicolon.
fn user_description<'a>(data: &'a [u8], row: &Ptp<'_>, out: &mut Output<'_>) -> IResult<&'a [u8], (), ()> {
    let (i, user) = text(data)?;
    let source = Symbol("ptp_user_description");
    words(user, 0, [Fact::NAME, Fact::LOCATION, Fact::OTHER], source, row, out);
    Ok((i, ()))
}

/// Texts parted by semicolons, the first of which has this number.
fn words(text: Text<'_>, first: u32, facts: [Fact; 3], source: Symbol, row: &Ptp<'_>, out: &mut Output<'_>) {
    for ((word, fact), number) in text.0.split(|octet| *octet == b';').zip(facts).zip(first..) {
        if !word.is_empty() {
            out.identity(Some(row.domain_number.into()), fact, Some(number), Text(word), source);
        }
    }
}

/// 15.5.3.1.2: what a clock is. Product, revisions and the user's name are texts parted by semicolons.
fn description<'a>(data: &'a [u8], row: &Ptp<'_>, out: &mut Output<'_>) -> IResult<&'a [u8], (), ()> {
    let (i, _) = be_u16(data)?;
    let (i, _) = text(i)?;
    let (i, length) = be_u16(i)?;
    let (i, _) = take(length)(i)?;
    let (i, (_, length)) = (be_u16, be_u16).parse(i)?;
    let (i, _) = take(length)(i)?;
    let (i, _) = take(4usize)(i)?;
    let (i, product) = text(i)?;
    let (i, revisions) = text(i)?;
    let (i, user) = text(i)?;
    let source = Symbol("ptp_clock_description");
    words(product, 0, [Fact::VENDOR, Fact::MODEL, Fact::SERIAL], source, row, out);
    words(revisions, 3, [Fact::HARDWARE, Fact::REVISION, Fact::REVISION], source, row, out);
    words(user, 6, [Fact::NAME, Fact::LOCATION, Fact::OTHER], source, row, out);
    Ok((i, ()))
}
