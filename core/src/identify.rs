//! Which protocol is this?
//!
//! Ports alone decide nothing: a weak signature on a port of the protocol's own, or a strong one anywhere, decides; ties by
//! port, then by the order of the registry.
use crate::protocol::{Carrier, Framing, Probe, Protocol, Resync, Side, Toward, Way};
use memchr::memmem;

/// What the octets seen so far of a conversation say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identification {
    /// It is this protocol.
    Known(&'static Protocol),
    /// It may still be one of those that were asked.
    Open,
    /// It is none of them.
    No,
}

/// Which of these protocols is it? For an owner of streams, who asks with the octets of one direction since its beginning,
/// or with one datagram; of several that fit the same is taken that an [`Engine`](crate::Engine) takes.
///
/// `tcp` tells TCP from UDP, `sender` and `receiver` are the ports. `toward` is what a handshake has told. Octets that begin
/// in the middle of a message are searched for the next one as soon as it is clear that none begins at their head, and at
/// the latest where `last` says that no more will be given.
pub fn identify_octets(
    protocols: &Protocols,
    tcp: bool,
    (sender, receiver): (u16, u16),
    toward: Option<Toward>,
    octets: &[u8],
    last: bool,
) -> Identification {
    let medium = if tcp { Medium::Tcp } else { Medium::Udp };
    let ports = Ports { medium, sender, receiver, told: None };
    let identity = identify(protocols, ports, octets, false, toward, |_| false);
    match identity {
        Identity::Known(protocol, _) => return Identification::Known(protocol),
        Identity::Open if !last => return Identification::Open,
        Identity::Open | Identity::No => {}
    }
    if !tcp || foreign(medium, octets).is_some() {
        return Identification::No;
    }
    let from = usize::from(identity == Identity::Open);
    match search(protocols, ports, octets.get(from..).unwrap_or_default(), toward) {
        Some((protocol, _)) => Identification::Known(protocol),
        None => Identification::No,
    }
}

/// How sure an identification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Confidence {
    /// A weak signature, on a port that is registered for the protocol.
    Port,
    /// A strong signature, or several PDUs that follow one another.
    Certain,
}

impl Confidence {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Port => "port",
            Self::Certain => "certain",
        }
    }
}

/// What the octets looked at so far say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// It is this protocol.
    Known(&'static Protocol, Confidence),
    /// It may still be one.
    Open,
    /// It is none.
    No,
}

/// What carries the octets that are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    Tcp,
    Udp,
    Serial,
}

impl Medium {
    fn carries(self, protocol: &Protocol) -> bool {
        match self {
            Self::Tcp => protocol.over(true),
            Self::Udp => protocol.over(false),
            Self::Serial => protocol.over_serial(),
        }
    }
}

/// The protocols that are looked for, in the order of the registry, and the ports that are registered for any of them.
#[derive(Debug)]
pub struct Protocols {
    all: Vec<&'static Protocol>,
    by_medium: [Vec<&'static Protocol>; 3],
    /// Of TCP and of UDP, in order.
    ports: [Vec<u16>; 2],
}

impl Protocols {
    /// These, in their order.
    pub fn new(all: Vec<&'static Protocol>) -> Self {
        let carried =
            |medium: Medium| all.iter().copied().filter(|protocol| medium.carries(protocol)).collect();
        let ports = |tcp: bool| {
            let of = |protocol: &&'static Protocol| {
                protocol.carriers.iter().flat_map(move |carrier| match carrier {
                    Carrier::Tcp(ports) if tcp => *ports,
                    Carrier::Udp(ports) if !tcp => *ports,
                    _ => &[],
                })
            };
            let mut ports: Vec<u16> = all.iter().flat_map(of).copied().collect();
            ports.sort_unstable();
            ports.dedup();
            ports
        };
        Self {
            by_medium: [carried(Medium::Tcp), carried(Medium::Udp), carried(Medium::Serial)],
            ports: [ports(true), ports(false)],
            all,
        }
    }

    /// Those with this ethertype.
    pub(crate) fn of_ethertype(&self, number: u16) -> Option<&'static Protocol> {
        self.all.iter().copied().find(|protocol| protocol.has_ethertype(number))
    }

    /// Those that this carries.
    fn over(&self, medium: Medium) -> impl Iterator<Item = &'static Protocol> + '_ {
        let [tcp, udp, serial] = &self.by_medium;
        let over = match medium {
            Medium::Tcp => tcp,
            Medium::Udp => udp,
            Medium::Serial => serial,
        };
        over.iter().copied()
    }

    /// Whether the port is registered for any of them.
    #[inline]
    pub(crate) fn has_port(&self, medium: Medium, port: u16) -> bool {
        let [tcp, udp] = &self.ports;
        match medium {
            Medium::Tcp => tcp.binary_search(&port).is_ok(),
            Medium::Udp => udp.binary_search(&port).is_ok(),
            Medium::Serial => false,
        }
    }
}

/// The two ports, of sender and receiver, and what carries them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) medium: Medium,
    pub(crate) sender: u16,
    pub(crate) receiver: u16,
    /// Where octets of this sender go, if something tells it that goes before the ports.
    pub(crate) told: Option<Toward>,
}

impl Ports {
    /// Whether one of them is registered for any of these protocols; else neither is for one of them.
    fn any(self, protocols: &Protocols) -> bool {
        protocols.has_port(self.medium, self.sender) || protocols.has_port(self.medium, self.receiver)
    }
    fn own(self, protocol: &Protocol) -> bool {
        self.registered(protocol, self.sender) || self.registered(protocol, self.receiver)
    }
    fn registered(self, protocol: &Protocol, port: u16) -> bool {
        self.medium != Medium::Serial && protocol.has_port(self.medium == Medium::Tcp, port)
    }
    /// Where octets of this sender go, if that was told, or the protocol's own port is at one end only.
    pub(crate) fn toward(self, protocol: &Protocol) -> Option<Toward> {
        if self.told.is_some() {
            return self.told;
        }
        match (self.registered(protocol, self.sender), self.registered(protocol, self.receiver)) {
            (false, true) => Some(Toward::Server),
            (true, false) => Some(Toward::Client),
            _ => None,
        }
    }
}

/// Asks every protocol about octets at a place where a PDU may begin. `again` is how many datagrams before this one fitted
/// the same weak signature. `toward` is what a handshake has told. Where they are `cut`, the capture lacks what comes behind
/// them.
pub(crate) fn identify(
    protocols: &Protocols,
    ports: Ports,
    bytes: &[u8],
    cut: bool,
    toward: Option<Toward>,
    mut weak: impl FnMut(&'static Protocol) -> bool,
) -> Identity {
    let mut best: Option<(&'static Protocol, (Confidence, bool))> = None;
    let mut open = false;
    let registered = ports.any(protocols);
    for protocol in protocols.over(ports.medium) {
        let own = registered && ports.own(protocol);
        let toward = if own { ports.toward(protocol).or(toward) } else { toward };
        let mut answer = protocol.dissector.probe(bytes, toward);
        // What is not there confirms nothing: a beginning fits no better than on a port of its own.
        if cut && own && !matches!(answer, Probe::Possible | Probe::Certain) {
            answer = (protocol.dissector.probe_beginning)(bytes, toward);
        }
        let found = match answer {
            // On a port of its own one PDU decides, whatever comes behind it.
            Probe::No if own && begins(protocol, bytes, toward) => Confidence::Port,
            Probe::No => continue,
            Probe::More(_) => {
                open = true;
                continue;
            }
            Probe::Possible if own => Confidence::Port,
            Probe::Possible => {
                open = true;
                if !weak(protocol) {
                    continue;
                }
                Confidence::Certain
            }
            Probe::Certain => Confidence::Certain,
        };
        let rank = (found, own);
        if best.is_none_or(|(_, before)| rank > before) {
            best = Some((protocol, rank));
        }
    }
    match best {
        Some((protocol, (confidence, _))) => Identity::Known(protocol, confidence),
        None if open => Identity::Open,
        None => Identity::No,
    }
}

/// Whether a whole PDU stands at the head of octets that are none of this protocol further on.
fn begins(protocol: &Protocol, bytes: &[u8], toward: Option<Toward>) -> bool {
    let dissector = &protocol.dissector;
    match (dissector.state)().frame(Way { side: Side::First, toward }, bytes) {
        Framing::Frame(len) if len < bytes.len() => {
            let head = bytes.get(..len).unwrap_or_default();
            matches!((dissector.probe)(head, toward), Probe::Possible | Probe::Certain)
        }
        _ => false,
    }
}

/// Whether a PDU of this protocol may begin these octets.
pub(crate) fn may_be(protocol: &Protocol, ports: Ports, bytes: &[u8], toward: Option<Toward>) -> bool {
    (protocol.dissector.probe)(bytes, ports.toward(protocol).or(toward)) != Probe::No
}

/// Looks for the first place where a protocol begins for certain: in octets that begin in the middle of a PDU, or behind
/// text that came before the protocol.
pub(crate) fn search(
    protocols: &Protocols,
    ports: Ports,
    bytes: &[u8],
    toward: Option<Toward>,
) -> Option<(&'static Protocol, usize)> {
    let found = protocols.over(ports.medium).filter_map(|protocol| {
        let toward = ports.toward(protocol).or(toward);
        match (protocol.dissector.resync)(bytes, toward) {
            Resync::Found(at) if ports.own(protocol) || goes_on(protocol, bytes.get(at..)?, toward) => {
                Some((protocol, at))
            }
            _ => None,
        }
    });
    found.min_by_key(|(_, at)| *at)
}

/// Whether another PDU follows the first one, or the octets end with it. Among so many places a checksum alone holds by
/// chance now and then; and frames that a protocol shares with others are found by it, whatever they carry.
fn goes_on(protocol: &Protocol, bytes: &[u8], toward: Option<Toward>) -> bool {
    let dissector = &protocol.dissector;
    if (dissector.probe)(bytes, toward) == Probe::No {
        return false;
    }
    match (dissector.state)().frame(Way { side: Side::First, toward }, bytes) {
        Framing::Frame(len) if len == bytes.len() => true,
        Framing::Frame(len) => {
            let behind = bytes.get(len..).unwrap_or_default();
            matches!((dissector.probe)(behind, toward), Probe::Possible | Probe::Certain)
        }
        _ => false,
    }
}

/// What content a foreign protocol has for somebody who listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    pub(crate) name: &'static str,
    pub(crate) encrypted: bool,
}

/// Foreign protocols in plain text that a stream may begin as.
const GREETINGS: [&str; 5] = ["http", "smb", "vnc", "ftp", "smtp"];

/// The place of a foreign protocol among those that a stream may begin as, which takes less room than its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Greeting(u8);

impl Greeting {
    pub(crate) fn of(name: &str) -> Option<Self> {
        let place = GREETINGS.iter().position(|greeting| *greeting == name)?;
        u8::try_from(place).ok().map(Self)
    }
    pub(crate) fn name(self) -> &'static str {
        GREETINGS.get(usize::from(self.0)).copied().unwrap_or_default()
    }
}

const fn encrypted(name: &'static str) -> Option<Foreign> {
    Some(Foreign { name, encrypted: true })
}
const fn plain(name: &'static str) -> Option<Foreign> {
    Some(Foreign { name, encrypted: false })
}

/// Names what is no industrial protocol, by the first octets of a direction.
pub(crate) fn foreign(medium: Medium, bytes: &[u8]) -> Option<Foreign> {
    match medium {
        Medium::Tcp => foreign_stream(bytes),
        Medium::Udp => foreign_datagram(bytes),
        Medium::Serial => None,
    }
}

fn foreign_stream(bytes: &[u8]) -> Option<Foreign> {
    match bytes {
        _ if is_tls(bytes) => encrypted("tls"),
        [b'S', b'S', b'H', b'-', ..] => encrypted("ssh"),
        [b'H', b'T', b'T', b'P', b'/', ..] => plain("http"),
        [0xfc..=0xff, b'S', b'M', b'B', ..] => plain("smb"),
        [0, _, _, _, 0xff | 0xfe, b'S', b'M', b'B', ..] => plain("smb"),
        _ => {
            const METHODS: [&[u8]; 9] = [
                b"GET ",
                b"POST ",
                b"HEAD ",
                b"PUT ",
                b"DELETE ",
                b"OPTIONS ",
                b"CONNECT ",
                b"PATCH ",
                b"TRACE ",
            ];
            if METHODS.iter().any(|method| bytes.starts_with(method)) {
                return plain("http");
            }
            if bytes.starts_with(b"RFB 00") {
                return plain("vnc");
            }
            // Greetings of FTP and SMTP servers (RFC 959 section 4.2, RFC 5321 section 4.2).
            if bytes.starts_with(b"220 ") || bytes.starts_with(b"220-") {
                let smtp = memmem::find(bytes, b"SMTP").is_some();
                return plain(if smtp { "smtp" } else { "ftp" });
            }
            None
        }
    }
}

/// Octets of a TLS record that are enough where nothing else tells that it is one: few messages of others are as long.
const RECORD: usize = 64;

/// A TLS record (RFC 8446 section 5.1): content type, version 3.x, a length of 1 to 2^14 + 2048. Five such octets are a request of a
/// serial line, too: a handshake tells itself by its type and version (section 4), others by a record behind them.
fn is_tls(bytes: &[u8]) -> bool {
    let Some((&[kind @ 20..=24, 3, 0..=4, high, low], body)) = bytes.split_first_chunk() else {
        return false;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if !(1..=0x4800).contains(&length) {
        return false;
    }
    let begins_as_record = |behind: &[u8]| match *behind {
        [] => true,
        [kind, ref rest @ ..] => (20..=24).contains(&kind) && matches!(*rest, [] | [3, ..]),
    };
    let hello =
        matches!(*body, [1 | 2] | [1 | 2, 0] | [1 | 2, 0, _] | [1 | 2, 0, _, _] | [1 | 2, 0, _, _, 3, ..]);
    match (kind, body.get(length..)) {
        (22, _) if hello => true,
        (20, Some(_)) if length != 1 => false,
        (_, Some(behind)) => begins_as_record(behind),
        (_, None) => body.len() >= RECORD,
    }
}

fn foreign_datagram(bytes: &[u8]) -> Option<Foreign> {
    match bytes {
        // L2TP control message: flags, version 2, its length, and the AVP that names it, or none (RFC 2661 sections 3.1, 4.1).
        [0xc8, 2, high, low, ..]
            if usize::from(u16::from_be_bytes([*high, *low])) == bytes.len()
                && matches!(bytes.get(12..), Some([] | [0x80, 8, 0, 0, 0, 0, ..])) =>
        {
            plain("l2tp")
        }
        // DTLS record: content type, version 254.x (RFC 6347 section 4.1).
        [20..=25, 0xfe, 0xfd..=0xff, _, _, _, _, _, _, _, _, _, _, ..] => encrypted("dtls"),
        // DHCP: magic cookie behind the BOOTP fields (RFC 2131 section 3).
        _ if bytes.get(236..240) == Some(&[99, 130, 83, 99]) => plain("dhcp"),
        // SSDP.
        _ if bytes.starts_with(b"M-SEARCH ") || bytes.starts_with(b"NOTIFY ") => plain("ssdp"),
        // QUIC long header, version 1 or 2 (RFC 9000 section 17.2, RFC 9369).
        [first, 0, 0, 0, 1, ..] | [first, 0x6b, 0x33, 0x43, 0xcf, ..]
            if first & 0xc0 == 0xc0 && bytes.len() >= 1200 =>
        {
            encrypted("quic")
        }
        _ if is_dns(bytes) => plain("dns"),
        _ => None,
    }
}

/// A DNS message (RFC 1035 section 4.1): a header whose counts are small, and a first name that is one.
fn is_dns(bytes: &[u8]) -> bool {
    let Some(&[_, _, flags, low, q1, questions, a1, answers, n1, authorities, x1, additional]) =
        bytes.first_chunk::<12>()
    else {
        return false;
    };
    let opcode = (flags >> 3) & 15;
    let small = [q1, a1, n1, x1] == [0; 4]
        && questions <= 32
        && answers <= 64
        && authorities <= 32
        && additional <= 32;
    let some = questions > 0 || answers > 0;
    if !small || !some || opcode > 5 || low & 0x40 != 0 {
        return false;
    }
    let mut rest = bytes.get(12..).unwrap_or_default();
    for _ in 0..128 {
        match rest.split_first() {
            // End of the name: type and class follow, both of the known ones.
            Some((0, behind)) => {
                return matches!(behind, [0, 1..=65, class, 1..=4, ..] | [0, 255, class, 1, ..] if class & 0x7f == 0);
            }
            Some((&len, behind)) if len < 64 => {
                let Some((label, behind)) = behind.split_at_checked(len.into()) else { return false };
                if label.iter().any(|c| c.is_ascii_control()) {
                    return false;
                }
                rest = behind;
            }
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// STARTDT, act and con (IEC 60870-5-104 section 5.3), and S frames.
    const STARTDT: [u8; 6] = [0x68, 4, 7, 0, 0, 0];
    const CON: [u8; 6] = [0x68, 4, 0x0b, 0, 0, 0];

    #[test]
    fn octets_are_identified_as_an_engine_does() {
        let all = Protocols::new(crate::protocols::PROTOCOLS.to_vec());
        let ask = |ports, octets: &[u8], last| identify_octets(&all, true, ports, None, octets, last);
        let iec104 = Identification::Known(crate::protocols::named("iec104").unwrap());
        // On its port one message is enough, elsewhere several have to follow one another.
        assert_eq!(ask((40000, 2404), &STARTDT, false), iec104);
        assert_eq!(ask((40000, 5000), &STARTDT[..3], false), Identification::Open);
        assert_ne!(ask((40000, 5000), &STARTDT, false), iec104);
        assert_eq!(ask((40000, 5000), &[STARTDT, CON].concat(), false), iec104);
        // What begins in the middle of a message is searched for the next one: on its port, or where it is strong.
        let middle = [&[0, 0, 0][..], &STARTDT, &CON, &STARTDT].concat();
        assert_eq!(ask((40000, 2404), &middle, true), iec104);
        // No message, and another protocol.
        assert_eq!(ask((40000, 2404), &[0xff; 64], true), Identification::No);
        assert_eq!(ask((40000, 2404), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", true), Identification::No);
        // A protocol that was not asked for is not found, and TCP is not UDP.
        let others = Protocols::new(vec![crate::protocols::named("modbus").unwrap()]);
        let not_asked = identify_octets(&others, true, (40000, 2404), None, &STARTDT, true);
        assert_eq!(not_asked, Identification::No);
        let over_udp = identify_octets(&all, false, (40000, 2404), None, &STARTDT, true);
        assert_eq!(over_udp, Identification::No);
    }

    /// HARD_CASES, identification: "Registered port, but TLS (`16 03 0x`), SSH or HTTP on it -> named as such".
    #[test]
    fn what_is_no_industrial_protocol_is_named() {
        let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
        assert_eq!(foreign(Medium::Tcp, &hello), encrypted("tls"));
        assert_eq!(foreign(Medium::Tcp, &hello[..7]), encrypted("tls"));
        // Records in the middle of a connection, whole and not, follow one another.
        let data = [&[0x17, 3, 3, 0, 40][..], &[0x5a; 40]].concat();
        assert_eq!(foreign(Medium::Tcp, &data), encrypted("tls"));
        assert_eq!(foreign(Medium::Tcp, &[&data[..], &[0x14, 3, 3, 0, 1, 1]].concat()), encrypted("tls"));
        let long = [&[0x17, 3, 3, 0x40, 0][..], &[0x5a; 70]].concat();
        assert_eq!(foreign(Medium::Tcp, &long), encrypted("tls"));
        // Modbus: a read by station 22 over a serial line, and an answer whose transaction is 1603 hex.
        assert_eq!(foreign(Medium::Tcp, b"\x16\x03\x00\x10\x00\x03\x06\x2a"), None);
        assert_eq!(foreign(Medium::Tcp, &[&b"\x16\x03\0\0\0\xcb\x01\x03\xc8"[..], &[0; 200]].concat()), None);
        assert_eq!(foreign(Medium::Tcp, b"SSH-2.0-OpenSSH_9.2\r\n"), encrypted("ssh"));
        assert_eq!(foreign(Medium::Tcp, b"GET / HTTP/1.1\r\n"), plain("http"));
        assert_eq!(foreign(Medium::Tcp, b"220 mail ESMTP\r\n"), plain("smtp"));
        assert_eq!(foreign(Medium::Tcp, b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x01"), None);
    }

    /// The query is the example of RFC 1035 section 4.1.1's header with the name F.ISI.ARPA of section 4.1.4.
    #[test]
    fn dns_is_told_by_its_question() {
        let query =
            b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01F\x03ISI\x04ARPA\x00\x00\x01\x00\x01";
        assert_eq!(foreign(Medium::Udp, query), plain("dns"));
        assert_eq!(foreign(Medium::Udp, &query[..20]), None);
        assert_eq!(foreign(Medium::Udp, b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x01"), None);
    }

    /// Each beginning is of the document that says how the protocol begins; what is cut short of it is not named.
    #[test]
    fn each_foreign_protocol_is_named_by_its_beginning() {
        // [MS-SMB2] section 2.2.1: protocol identifier; RFC 1002 section 4.3.1: session message before it.
        assert_eq!(foreign(Medium::Tcp, b"\xfeSMB\x40\x00"), plain("smb"));
        assert_eq!(foreign(Medium::Tcp, b"\x00\x00\x00\x85\xffSMB\x72"), plain("smb"));
        assert_eq!(foreign(Medium::Tcp, b"HTTP/1.1 200 OK\r\n"), plain("http"));
        assert_eq!(foreign(Medium::Tcp, b"OPTIONS * HTTP/1.1\r\n"), plain("http"));
        // RFC 6143 section 7.1.1: ProtocolVersion.
        assert_eq!(foreign(Medium::Tcp, b"RFB 003.008\n"), plain("vnc"));
        assert_eq!(foreign(Medium::Tcp, b"220-ftp.example.org ready\r\n"), plain("ftp"));
        assert_eq!(foreign(Medium::Tcp, b"221 goodbye\r\n"), None);
        // Each of them in plain text is one that a stream may begin as.
        for begins in [&b"GET "[..], b"\xfeSMB", b"RFB 003.008\n", b"220 x", b"220 SMTP", b"HTTP/1.1"] {
            let name = foreign(Medium::Tcp, begins).unwrap().name;
            assert_eq!(Greeting::of(name).unwrap().name(), name);
        }
        // A record of TLS that is longer than RFC 8446 section 5.1 allows is none.
        assert_eq!(foreign(Medium::Tcp, &[0x16, 3, 1, 0x49, 0, 1]), None);

        // RFC 6347 section 4.1: handshake, DTLS 1.2, epoch 0, sequence number 0, length 1.
        let dtls = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
        assert_eq!(foreign(Medium::Udp, &dtls), encrypted("dtls"));
        assert_eq!(foreign(Medium::Udp, &dtls[..12]), None);
        // RFC 2661: SCCRQ, and an acknowledgement without content; another length is none.
        let asks = [0xc8, 2, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 8, 0, 0, 0, 0, 0, 1];
        assert_eq!(foreign(Medium::Udp, &asks), plain("l2tp"));
        assert_eq!(foreign(Medium::Udp, &[&[0xc8, 2, 0, 12], &asks[4..12]].concat()), plain("l2tp"));
        assert_eq!(foreign(Medium::Udp, &asks[..19]), None);
        // RFC 2131 section 3: the first four octets of the options field.
        let mut dhcp = vec![1; 236];
        dhcp.extend([99, 130, 83, 99]);
        assert_eq!(foreign(Medium::Udp, &dhcp), plain("dhcp"));
        dhcp[239] = 98;
        assert_eq!(foreign(Medium::Udp, &dhcp), None);
        assert_eq!(foreign(Medium::Udp, b"M-SEARCH * HTTP/1.1\r\n"), plain("ssdp"));
        assert_eq!(foreign(Medium::Udp, b"NOTIFY * HTTP/1.1\r\n"), plain("ssdp"));
        // RFC 9000 section 17.2.2 and 14.1, RFC 9369 section 3.1: an Initial is in a datagram of at least 1200 octets.
        for version in [[0, 0, 0, 1], [0x6b, 0x33, 0x43, 0xcf]] {
            let mut quic = vec![0xc3; 1200];
            quic[1..5].copy_from_slice(&version);
            assert_eq!(foreign(Medium::Udp, &quic), encrypted("quic"));
            assert_eq!(foreign(Medium::Udp, &quic[..1199]), None);
        }
        assert_eq!(foreign(Medium::Serial, b"SSH-2.0-"), None);
    }

    /// RFC 1035 section 4.1: what is no name, or a count beyond reason, is no DNS.
    #[test]
    fn what_only_looks_like_dns_is_not_named() {
        let dns = |head: &[u8; 12], name: &[u8]| foreign(Medium::Udp, &[&head[..], name].concat());
        let head = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00";
        assert_eq!(dns(head, b"\x01a\x00\x00\x01\x00\x01"), plain("dns"));
        // Any type; the unicast bit of mDNS (RFC 6762 section 5.4).
        assert_eq!(dns(head, b"\x01a\x00\x00\xff\x80\x01"), plain("dns"));
        // A control character in a label; a label beyond 63 octets; a label beyond the datagram; an unknown class.
        assert_eq!(dns(head, b"\x01\x07\x00\x00\x01\x00\x01"), None);
        assert_eq!(dns(head, b"\x41a\x00\x00\x01\x00\x01"), None);
        assert_eq!(dns(head, b"\x3fa"), None);
        assert_eq!(dns(head, b"\x01a\x00\x00\x01\x00\x05"), None);
        // A name without end: more labels than one may have.
        assert_eq!(dns(head, &b"\x01a".repeat(200)), None);
        // No question and no answer; 33 questions; operation code 6; the bit that is reserved.
        assert_eq!(dns(b"\x12\x34\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00", b"\x00\x00\x01\x00\x01"), None);
        assert_eq!(dns(b"\x12\x34\x01\x00\x00\x21\x00\x00\x00\x00\x00\x00", b"\x00\x00\x01\x00\x01"), None);
        assert_eq!(dns(b"\x12\x34\x31\x00\x00\x01\x00\x00\x00\x00\x00\x00", b"\x00\x00\x01\x00\x01"), None);
        assert_eq!(dns(b"\x12\x34\x01\x40\x00\x01\x00\x00\x00\x00\x00\x00", b"\x00\x00\x01\x00\x01"), None);
    }

    /// For owners of streams: asked again with more octets, the answer is final but while it is open, and a message that
    /// begins behind others is found at the end only. The request is that of MODBUS Application Protocol V1.1b3 section 6.3.
    #[test]
    fn whoever_owns_streams_may_ask() {
        let protocols = Protocols::new(crate::protocols::PROTOCOLS.to_vec());
        let request = [0, 1, 0, 0, 0, 6, 1, 3, 0, 7, 0, 1];
        let ask = |tcp, ports, octets: &[u8], last| match identify_octets(
            &protocols,
            tcp,
            ports,
            Some(Toward::Server),
            octets,
            last,
        ) {
            Identification::Known(protocol) => protocol.name,
            Identification::Open => "open",
            Identification::No => "no",
        };
        assert_eq!(ask(true, (40_000, 502), &request, false), "modbus");
        assert_eq!(ask(true, (40_000, 502), &request[..3], false), "open");
        assert_eq!(ask(true, (40_000, 502), &request[..3], true), "no");
        assert_eq!(ask(true, (40_000, 502), b"GET / HTTP/1.1\r\n\r\n", true), "no");
        // Two messages behind the end of one whose beginning was not seen.
        let behind = [&[0xee; 5][..], &request, &request].concat();
        assert_eq!(ask(true, (40_000, 502), &behind, true), "modbus");
        assert_eq!(ask(false, (40_000, 502), &behind, true), "no");
    }
}
