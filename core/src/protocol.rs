//! The anatomy of a protocol: what it declares of itself, and the four questions it answers.
use crate::record::Table;

pub use crate::output::Output;

/// One of the two ends of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The end that was heard first.
    First = 0,
    /// The other end.
    Second = 1,
}

impl Side {
    /// The other end.
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
    /// 0 or 1.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Where a message goes, by the roles of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Toward {
    /// From a client (master, controlling station) to a server (slave, outstation).
    Server,
    /// From a server to a client.
    Client,
}

impl Toward {
    /// The way back.
    pub const fn back(self) -> Self {
        match self {
            Self::Server => Self::Client,
            Self::Client => Self::Server,
        }
    }
}

/// Who sends, and where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Way {
    /// The end that sends.
    pub side: Side,
    /// The role of the receiver, as far as handshake, ports and content have told it.
    pub toward: Option<Toward>,
}

/// Answer to the question "is this yours?"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Cannot be told before there are this many octets.
    More(usize),
    /// It is not.
    No,
    /// It may be: one PDU fits, by a signature that other protocols could fit by chance.
    Possible,
    /// It is: a checksum holds, a strong signature fits, or two PDUs follow one another without a gap.
    Certain,
}

/// Answer to the question "where does this PDU end?"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// The PDU has this many octets, or cannot be told before there are this many; always more than were given.
    Need(usize),
    /// The PDU has this many octets; at least 1, at most as many as were given.
    Frame(usize),
    /// No PDU of this protocol begins here, for this reason.
    Malformed(&'static str),
}

/// Answer to the question "where does the next PDU begin?"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resync {
    /// Here, as sure as [`Probe::Certain`].
    Found(usize),
    /// Nowhere before here; whether it begins here cannot be told before there is more.
    Wait(usize),
}

/// The length of the unfinished PDU at whose beginning these octets are, at most `most`, if they tell it. The octets are left
/// as they were.
pub(crate) fn stated_length(
    octets: &mut Vec<u8>,
    most: usize,
    frame: impl Fn(&[u8]) -> Framing,
) -> Option<usize> {
    let have = octets.len();
    let total = match frame(octets) {
        Framing::Need(total) if have > 0 && total > have && total <= most => total,
        _ => return None,
    };
    // It is the length if it does not depend on what is to come, and more than what would tell the length.
    octets.resize(total, 0);
    let is_length = frame(octets) == Framing::Frame(total);
    octets.truncate(have);
    is_length.then_some(total)
}

/// Octets of a PDU whose length a field of 16 bits counts, and of the header before them.
const MOST_COUNTED: usize = 0x1_0000 + 64;

/// One whole PDU.
#[derive(Clone, Copy, Debug)]
pub struct Pdu<'a> {
    /// Its octets: as many as [`Dissector::frame`] said, fewer only if `cut`.
    pub bytes: &'a [u8],
    /// Who sent it.
    pub way: Way,
    /// The capture holds only the beginning of it: it was cut by the snap length, or a gap of the stream begins within it.
    pub cut: bool,
}

/// What a protocol implements. A unit struct of the protocol's folder carries it.
pub trait Dissector: 'static {
    /// What must be remembered of a conversation; `()` if nothing must.
    type State: Default + Send + 'static;

    /// Whether it only carries others, as a transport does: a conversation is then named after what it was found to carry.
    const CARRIES: bool = false;

    /// Is this yours? Asked of the octets at a place where a PDU should begin.
    ///
    /// The answer for longer input that begins with the same octets may turn a [`Probe::Possible`] into anything, but
    /// [`Probe::No`] and [`Probe::Certain`] are final.
    fn probe(bytes: &[u8], toward: Option<Toward>) -> Probe;

    /// Is this yours, of octets behind which the capture lacks some? What [`probe`](Self::probe) leaves open is
    /// [`Probe::Possible`] as soon as the octets tell the length of the PDU, and never [`Probe::Certain`] by what is not there.
    fn probe_beginning(bytes: &[u8], toward: Option<Toward>) -> Probe {
        match Self::probe(bytes, toward) {
            Probe::More(_) => {
                let way = Way { side: Side::First, toward };
                let state = Self::State::default();
                match stated_length(&mut bytes.to_vec(), MOST_COUNTED, |octets| {
                    Self::frame(&state, way, octets)
                }) {
                    Some(_) => Probe::Possible,
                    None => Probe::No,
                }
            }
            decided => decided,
        }
    }

    /// Where does the PDU that begins here end?
    fn frame(state: &Self::State, way: Way, bytes: &[u8]) -> Framing;

    /// Turns one PDU into records. A good header is handed out even if the body is bad; the bad part becomes an anomaly.
    fn dissect(state: &mut Self::State, pdu: Pdu<'_>, out: &mut Output<'_>);

    /// Where does the next PDU begin, after a gap or garbage?
    fn resync(bytes: &[u8], toward: Option<Toward>) -> Resync {
        for start in 0..bytes.len() {
            match Self::probe(bytes.get(start..).unwrap_or_default(), toward) {
                Probe::No => {}
                Probe::Certain => return Resync::Found(start),
                Probe::More(_) | Probe::Possible => return Resync::Wait(start),
            }
        }
        Resync::Wait(bytes.len())
    }

    /// A search that goes on where it stopped, for a protocol whose [`resync`](Self::resync) would else look through the same
    /// octets again and again. It finds what `resync` does.
    fn search() -> Option<Box<dyn Search>> {
        None
    }

    /// What one side sends is seen from its first octet on: the handshake of the connection was seen. Called before its first
    /// message, if at all.
    fn begin(state: &mut Self::State, side: Side) {
        let _ = (state, side);
    }

    /// Octets of one side were lost: what depends on them must be forgotten.
    fn gap(state: &mut Self::State, side: Side) {
        let _ = (state, side);
    }

    /// The end of what one side sends: the time to say what was only counted.
    fn end(state: &mut Self::State, side: Side, out: &mut Output<'_>) {
        let _ = (state, side, out);
    }

    /// Sets the lengths and checksums of one PDU to what the rest of its octets asks for, as its sender would have. What
    /// has no room for them is left as it is. For tests and generators of traffic; dissection never calls it.
    fn mend(pdu: &mut Vec<u8>) {
        let _ = pdu;
    }
}

/// A search for the next PDU of one direction, which remembers what it has looked through.
pub trait Search: core::fmt::Debug + Send {
    /// Where does the next PDU begin? Asked of the octets of the last time, those that were discarded taken off, and more.
    fn resync(&mut self, bytes: &[u8]) -> Resync;
    /// These octets are taken off the head.
    fn discard(&mut self, octets: &[u8]);
}

/// What carries a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// TCP; these are the registered ports. A protocol is looked for on all.
    Tcp(&'static [u16]),
    /// UDP; these are the registered ports.
    Udp(&'static [u16]),
    /// A serial line.
    Serial,
    /// Ethernet, without IP.
    Ethertype(u16),
    /// Another protocol of the registry, which dispatches on a key.
    Within {
        /// Name of the parent.
        parent: &'static str,
        /// The parent's key.
        key: u64,
    },
}

/// What a protocol declares of itself. Everything else follows from it.
#[derive(Debug)]
pub struct Protocol {
    /// Name, as in the envelope and on the command line.
    pub name: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// The standard it follows.
    pub standard: &'static str,
    /// What carries it.
    pub carriers: &'static [Carrier],
    /// The tables that it gives.
    pub tables: &'static [fn() -> &'static Table],
    /// Its dissector.
    pub dissector: Functions,
    /// Cases as prose: annotated hex, then the expected records as JSON.
    pub vectors: &'static str,
}

impl PartialEq for Protocol {
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self, other)
    }
}
impl Eq for Protocol {}

impl Protocol {
    /// Whether `port` is registered for it over TCP (`tcp`) or UDP.
    pub fn has_port(&self, tcp: bool, port: u16) -> bool {
        self.carriers.iter().any(|carrier| match carrier {
            Carrier::Tcp(ports) => tcp && ports.contains(&port),
            Carrier::Udp(ports) => !tcp && ports.contains(&port),
            _ => false,
        })
    }
    /// Whether it is carried by TCP (`tcp`) or UDP.
    pub fn over(&self, tcp: bool) -> bool {
        self.carriers.iter().any(|carrier| match carrier {
            Carrier::Tcp(_) => tcp,
            Carrier::Udp(_) => !tcp,
            _ => false,
        })
    }
    /// Whether it is carried by serial lines.
    pub fn over_serial(&self) -> bool {
        self.carriers.contains(&Carrier::Serial)
    }
    /// Whether frames without IP carry it under this ethertype.
    pub fn has_ethertype(&self, number: u16) -> bool {
        self.carriers.contains(&Carrier::Ethertype(number))
    }
}

/// The state of one conversation in one protocol, together with what is asked of it.
pub(crate) trait Live: Send {
    fn frame(&self, way: Way, bytes: &[u8]) -> Framing;
    fn dissect(&mut self, pdu: Pdu<'_>, out: &mut Output<'_>);
    fn begin(&mut self, side: Side);
    fn gap(&mut self, side: Side);
    fn end(&mut self, side: Side, out: &mut Output<'_>);
}

impl core::fmt::Debug for dyn Live {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("State")
    }
}

struct Of<D: Dissector>(D::State);

impl<D: Dissector> Live for Of<D> {
    fn frame(&self, way: Way, bytes: &[u8]) -> Framing {
        D::frame(&self.0, way, bytes)
    }
    fn dissect(&mut self, pdu: Pdu<'_>, out: &mut Output<'_>) {
        D::dissect(&mut self.0, pdu, out);
    }
    fn begin(&mut self, side: Side) {
        D::begin(&mut self.0, side);
    }
    fn gap(&mut self, side: Side) {
        D::gap(&mut self.0, side);
    }
    fn end(&mut self, side: Side, out: &mut Output<'_>) {
        D::end(&mut self.0, side, out);
    }
}

/// A state whose type only its protocol knows. One without content costs no allocation.
pub(crate) type State = Box<dyn Live>;

/// A [`Dissector`]'s functions, without its type.
#[derive(Clone, Copy, Debug)]
pub struct Functions {
    pub(crate) state: fn() -> State,
    pub(crate) probe: fn(&[u8], Option<Toward>) -> Probe,
    pub(crate) probe_beginning: fn(&[u8], Option<Toward>) -> Probe,
    pub(crate) resync: fn(&[u8], Option<Toward>) -> Resync,
    pub(crate) search: fn() -> Option<Box<dyn Search>>,
    pub(crate) mend: fn(&mut Vec<u8>),
    pub(crate) carries: bool,
}

impl Functions {
    /// The functions of this dissector.
    pub const fn of<D: Dissector>() -> Self {
        Self {
            state: || Box::new(Of::<D>(D::State::default())),
            probe: D::probe,
            probe_beginning: D::probe_beginning,
            resync: D::resync,
            search: D::search,
            mend: D::mend,
            carries: D::CARRIES,
        }
    }
    /// Is this yours? See [`Dissector::probe`].
    pub fn probe(&self, bytes: &[u8], toward: Option<Toward>) -> Probe {
        (self.probe)(bytes, toward)
    }
    /// Sets the lengths and checksums of one PDU to what its other octets ask for. See [`Dissector::mend`].
    pub fn mend(&self, pdu: &mut Vec<u8>) {
        (self.mend)(pdu);
    }
}
