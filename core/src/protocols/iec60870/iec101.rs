//! IEC 60870-5-101: frames of FT 1.2 with the ASDUs that -104 has too, as terminal servers carry them in TCP or UDP.
use super::{
    asdu::{self, Sizes},
    codes::FrameFormat,
    dialogue,
    ft12::{self, Begins, Frame, Link, Repeats},
    iec103::{self, Fit},
    records::{Iec101, Iec104Authentications, Iec104Files, Iec104Objects},
    security,
    state::Dialogue,
};
use crate::{
    common::{Anomaly, AnomalyKind},
    protocol::{
        Carrier, Dissector, Framing, Functions, Output, Pdu, Probe, Protocol, Resync, Side, Toward, Way,
    },
    record::{Direction, Record},
};

/// IEC 60870-5-101, raw in TCP or UDP.
pub static PROTOCOL: Protocol = Protocol {
    name: "iec101",
    title: "IEC 60870-5-101 over TCP or UDP",
    standard: "IEC 60870-5-101:2003, IEC 60870-5-1:1990, IEC 60870-5-2:1992",
    carriers: &[Carrier::Tcp(&[]), Carrier::Udp(&[]), Carrier::Serial],
    tables: &[Iec101::schema, Iec104Objects::schema, Iec104Files::schema, Iec104Authentications::schema],
    dissector: Functions::of::<Ft12>(),
    vectors: include_str!("vectors_101.md"),
};

struct Ft12;

/// Sizes of link address and fields of the ASDU, all that the standard allows: 0 to 2 octets of link address, the usual one
/// first.
const LINKS: [u8; 3] = [1, 2, 0];
const LAYOUTS: usize = LINKS.len() * Sizes::ALL.len();
/// ASDUs that must agree before the others are no longer looked at.
const AGREE: u8 = 8;

fn layouts() -> impl Iterator<Item = (usize, u8, Sizes)> {
    let all = LINKS.iter().flat_map(|link| Sizes::ALL.iter().map(move |sizes| (*link, *sizes)));
    all.enumerate().map(|(index, (link, sizes))| (index, link, sizes))
}

/// State of a line.
#[derive(Debug)]
pub(super) struct Line {
    /// Octets of the link address, once a frame of fixed length that can be read in one way, or enough ASDUs, have told.
    link: Option<u8>,
    /// What is taken for them until then.
    likely: u8,
    /// Layouts that explain every ASDU so far, a bit each.
    candidates: u64,
    unlikely: [u16; LAYOUTS],
    agreed: u8,
    repeats: Repeats,
    dialogue: Dialogue,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            link: None,
            likely: 1,
            candidates: u64::MAX,
            unlikely: [0; LAYOUTS],
            agreed: 0,
            repeats: Repeats::default(),
            dialogue: Dialogue::default(),
        }
    }
}

impl Line {
    /// Octets of this side were lost.
    fn gap(&mut self, side: Side) {
        self.repeats.gap(side);
        self.dialogue.gap(side);
    }

    /// What is known of the link address.
    fn known_link(&self) -> Link {
        match self.link {
            Some(link) => Link::Known(link),
            None if self.agreed > 0 => Link::Likely(self.likely),
            None => Link::Unknown,
        }
    }

    /// Takes sizes that may explain an ASDU whose length tells nothing, until others do.
    fn suppose(&mut self, behind: &[u8]) {
        let known = self.link;
        let may_be = |(_, link, sizes): &(usize, u8, Sizes)| {
            known.is_none_or(|known| known == *link) && may_be(behind, *link, *sizes)
        };
        if let Some((_, link, sizes)) = layouts().find(may_be) {
            self.likely = link;
            self.dialogue.solver.settle(sizes);
        }
    }

    /// Finds the sizes that explain this ASDU and those before it. Those of a -101 system are its own affair, so that the
    /// likeliest are taken from the first one on.
    fn look(&mut self, behind: &[u8]) {
        if self.agreed >= AGREE {
            return;
        }
        let mut fitting = 0u64;
        for (index, link, sizes) in
            layouts().filter(|(_, link, _)| self.link.is_none_or(|known| known == *link))
        {
            let asdu = behind.get(usize::from(link)..).unwrap_or_default();
            if asdu::fits(asdu, sizes) {
                fitting |= 1 << index;
                if let Some(sum) = self.unlikely.get_mut(index) {
                    *sum = sum.saturating_add(asdu::unlikely(asdu, sizes));
                }
            }
        }
        if self.candidates & fitting == 0 {
            if self.agreed == 0 {
                self.suppose(behind);
            }
            return;
        }
        self.candidates &= fitting;
        self.agreed += 1;
        let left = layouts().filter(|(index, ..)| self.candidates >> index & 1 == 1);
        if let Some((_, link, sizes)) = left.min_by_key(|(index, ..)| self.unlikely.get(*index).copied()) {
            self.likely = link;
            self.dialogue.solver.settle(sizes);
        }
        if self.agreed >= AGREE {
            self.link = Some(self.likely);
        }
    }
}

impl Dissector for Ft12 {
    type State = Line;

    /// M-Bus has the same frames: only an ASDU tells them apart.
    fn probe(octets: &[u8], _: Option<Toward>) -> Probe {
        let mut rest = octets;
        for count in 0..8 {
            match ft12::begins(rest) {
                Begins::No => return Probe::No,
                Begins::Short(_) if count > 0 => return Probe::Possible,
                Begins::Short(len) => return Probe::More(len),
                Begins::Frame(len, frame) => {
                    if frame.format == FrameFormat::VARIABLE {
                        // Some of the many layouts explain one in ten ASDUs of -103, which has one layout; the other way round
                        // it is one in thousands.
                        match fits(&frame) {
                            true if iec103::fit(&frame) != Fit::No => return Probe::Possible,
                            true => return Probe::Certain,
                            false if layouts().any(|(_, link, sizes)| may_be(frame.behind, link, sizes)) => {}
                            false => return Probe::No,
                        }
                    }
                    rest = rest.get(len..).unwrap_or_default();
                }
            }
        }
        Probe::Possible
    }

    fn frame(state: &Line, _: Way, octets: &[u8]) -> Framing {
        ft12::frame(octets, state.known_link())
    }

    fn dissect(state: &mut Line, pdu: Pdu<'_>, out: &mut Output<'_>) {
        let Some(frame) = ft12::read(pdu.bytes) else { return out.no_message() };
        if frame.format == FrameFormat::FIXED && frame.wrong.is_none() && state.link.is_none() {
            state.link = ft12::told_link(pdu.bytes);
        }
        if frame.format == FrameFormat::VARIABLE && frame.wrong.is_none() {
            state.look(frame.behind);
        }
        // A frame of fixed length holds nothing else.
        let link = match frame.format {
            FrameFormat::FIXED => frame.behind.len(),
            _ => state.link.unwrap_or(state.likely).into(),
        };
        let (address, octets) = frame.behind.split_at_checked(link).unwrap_or((&[], frame.behind));
        roles(&frame, out);
        let mut row = head(&frame, address);
        if frame.format == FrameFormat::VARIABLE {
            row.length = pdu.bytes.get(1).copied();
        }
        if let Some((expected, found)) = frame.wrong {
            row.data = Some(octets).filter(|octets| !octets.is_empty());
            out.row(&row);
            let anomaly = Anomaly::new(AnomalyKind::CHECKSUM, "checksum of the frame is wrong");
            let place = pdu.bytes.len().saturating_sub(2) as u64;
            out.anomaly(anomaly.at(place).length(1).numbers(expected.into(), found.into()));
            state.gap(pdu.way.side);
            return;
        }
        let again = state.repeats.look(&frame, row.link_address.unwrap_or_default(), pdu.way.side, pdu.bytes);
        row.repeated = Some(again).filter(|_| frame.control.is_some());
        if frame.format != FrameFormat::VARIABLE {
            out.row(&row);
            return;
        }
        let write = |out: &mut Output<'_>, head: &asdu::Stated, data| {
            row.data = data;
            asdu::write_head!(row, head);
            out.row(&row);
        };
        let within = dialogue::Within { offset: 5 + link as u64, cut: pdu.cut, again };
        dialogue::asdu(&mut state.dialogue, pdu.way, octets, within, out, write);
    }

    fn gap(state: &mut Line, side: Side) {
        state.gap(side);
    }

    fn resync(octets: &[u8], _: Option<Toward>) -> Resync {
        ft12::resync(octets)
    }

    fn mend(pdu: &mut Vec<u8>) {
        ft12::mend(pdu);
    }
}

/// Whether some layout makes the user data an ASDU of -101.
pub(super) fn fits(frame: &Frame<'_>) -> bool {
    layouts()
        .any(|(_, link, sizes)| asdu::fits(frame.behind.get(usize::from(link)..).unwrap_or_default(), sizes))
}

/// Whether this layout makes the user data an ASDU of -101 whose length tells nothing: one of authentication, with causes of its
/// own (-7), or one without objects.
fn may_be(behind: &[u8], link: u8, sizes: Sizes) -> bool {
    let asdu = behind.get(usize::from(link)..).unwrap_or_default();
    asdu::head(asdu, sizes).is_some_and(|(head, body)| {
        if security::authenticates(head.type_id) {
            let causes = head.count == 1 && !head.sequence && matches!(head.cause.0, 14..=16);
            return causes && !security::read(head.type_id, body, sizes).short;
        }
        let causes = asdu::kind(head.type_id).map_or(0, |kind| kind.causes);
        head.count == 0 && body.is_empty() && causes >> head.cause.0 & 1 == 1
    })
}

/// What the link layer tells of the roles: DIR of a balanced link, the functions of an unbalanced one.
fn roles(frame: &Frame<'_>, out: &mut Output<'_>) {
    let Some(control) = frame.control else {
        out.set_direction(Direction::RESPONSE);
        return;
    };
    let primary = frame.is_primary() == Some(true);
    out.set_direction(if primary { Direction::REQUEST } else { Direction::RESPONSE });
    match (primary, control & 15) {
        _ if control & 0x80 != 0 => out.learn(Toward::Server),
        (true, 8 | 10 | 11) => out.learn(Toward::Server),
        (false, 8 | 9) => out.learn(Toward::Client),
        _ => {}
    }
}

fn head<'a>(frame: &Frame<'_>, address: &[u8]) -> Iec101<'a> {
    let primary = frame.is_primary();
    let bit = |mask: u8| frame.control.map(|control| control & mask != 0);
    let of_primary = |value: Option<bool>| value.filter(|_| primary == Some(true));
    let of_secondary = |value: Option<bool>| value.filter(|_| primary == Some(false));
    Iec101 {
        frame_format: frame.format,
        length: None,
        direction_bit: bit(0x80),
        primary,
        frame_count: of_primary(bit(0x20)),
        frame_count_valid: of_primary(bit(0x10)),
        access_demand: of_secondary(bit(0x20)),
        data_flow: of_secondary(bit(0x10)),
        repeated: None,
        primary_function: frame.primary_function(),
        secondary_function: frame.secondary_function(),
        link_address: Some(address)
            .filter(|address| !address.is_empty())
            .map(|address| asdu::number(address) as u16),
        type_id: None,
        object_count: None,
        sequence_bit: None,
        cause: None,
        negative: None,
        test: None,
        originator: None,
        common_address: None,
        data: None,
    }
}
