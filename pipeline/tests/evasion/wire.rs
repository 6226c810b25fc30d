//! Frames by hand: what an attacker would send.
use super::common::Owned;
use fieldtap::LinkType;

pub const SYN: u8 = 2;
pub const FIN: u8 = 1;
pub const RST: u8 = 4;
pub const ACK: u8 = 16;
/// 2026-03-02 08:00:00 UTC.
pub const START: i64 = 1_772_438_400_000_000_000;
pub const MILLISECOND: i64 = 1_000_000;

/// A host, its port, and the sequence number that it sends next.
#[derive(Clone, Copy, Debug)]
pub struct End {
    pub host: u32,
    pub port: u16,
    pub next: u32,
}

pub const fn end(host: u32, port: u16, next: u32) -> End {
    End { host: 0x0a00_0000 | host, port, next }
}

/// The Internet checksum (RFC 1071).
fn sum(parts: &[&[u8]]) -> [u8; 2] {
    let octets: Vec<u8> = parts.concat();
    let mut sum: u32 = octets
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

/// An IPv4 packet (RFC 791): `fragment` is the field of flags and offset.
pub fn ip(from: u32, to: u32, protocol: u8, identification: u16, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let mut head = vec![0x45, 0];
    head.extend((20 + payload.len() as u16).to_be_bytes());
    head.extend(identification.to_be_bytes());
    head.extend(fragment.to_be_bytes());
    head.extend([64, protocol, 0, 0]);
    head.extend(from.to_be_bytes());
    head.extend(to.to_be_bytes());
    let check = sum(&[&head]);
    head[10..12].copy_from_slice(&check);
    head.extend(payload);
    head
}

fn pseudo(from: u32, to: u32, protocol: u8, len: usize) -> Vec<u8> {
    [&from.to_be_bytes()[..], &to.to_be_bytes(), &[0, protocol], &(len as u16).to_be_bytes()].concat()
}

pub fn tcp(from: End, to: End, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut segment = [from.port.to_be_bytes(), to.port.to_be_bytes()].concat();
    segment.extend(from.next.to_be_bytes());
    segment.extend(if flags & ACK == 0 { 0 } else { to.next }.to_be_bytes());
    segment.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    segment.extend(payload);
    let check = sum(&[&pseudo(from.host, to.host, 6, segment.len()), &segment]);
    segment[16..18].copy_from_slice(&check);
    ip(from.host, to.host, 6, 0, 0x4000, &segment)
}

/// A UDP datagram (RFC 768) without its IP header; it has no checksum.
pub fn udp(from: End, to: End, payload: &[u8]) -> Vec<u8> {
    let mut datagram = [from.port.to_be_bytes(), to.port.to_be_bytes()].concat();
    datagram.extend((8 + payload.len() as u16).to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(payload);
    datagram
}

/// Frames, a millisecond apart.
#[derive(Default)]
pub struct Wire {
    pub frames: Vec<Owned>,
}

impl Wire {
    pub fn raw(&mut self, data: Vec<u8>) {
        self.put(LinkType::RAW, data);
    }
    pub fn ethernet(&mut self, data: Vec<u8>) {
        self.put(LinkType::ETHERNET, data);
    }
    fn put(&mut self, link_type: LinkType, data: Vec<u8>) {
        let ts = START + self.frames.len() as i64 * MILLISECOND;
        let original_len = data.len() as u32;
        self.frames.push(Owned { ts, interface: 0, link_type, original_len, data });
    }
    pub fn tcp(&mut self, from: End, to: End, flags: u8, payload: &[u8]) {
        self.raw(tcp(from, to, flags, payload));
    }
}

/// A TCP connection.
pub struct Talk {
    pub wire: Wire,
    pub client: End,
    pub server: End,
}

impl Talk {
    /// After its handshake; of IEC 60870-5-104 in the middle of a connection, since a new one carries no data before STARTDT.
    pub fn open(port: u16) -> Self {
        if port == 2404 {
            let (client, server) = (end(1, 40_000, 1001), end(2, port, 9001));
            return Self { wire: Wire::default(), client, server };
        }
        Self::between(Wire::default(), end(1, 40_000, 1000), end(2, port, 9000))
    }
    pub fn between(mut wire: Wire, mut client: End, mut server: End) -> Self {
        wire.tcp(client, server, SYN, &[]);
        client.next = client.next.wrapping_add(1);
        wire.tcp(server, client, SYN | ACK, &[]);
        server.next = server.next.wrapping_add(1);
        wire.tcp(client, server, ACK, &[]);
        Self { wire, client, server }
    }
    /// The client sends.
    pub fn c(&mut self, payload: &[u8]) -> &mut Self {
        for part in payload.chunks(1400) {
            self.wire.tcp(self.client, self.server, ACK, part);
            self.client.next = self.client.next.wrapping_add(part.len() as u32);
        }
        self
    }
    /// The server sends.
    pub fn s(&mut self, payload: &[u8]) -> &mut Self {
        for part in payload.chunks(1400) {
            self.wire.tcp(self.server, self.client, ACK, part);
            self.server.next = self.server.next.wrapping_add(part.len() as u32);
        }
        self
    }
    /// Both send in turn: whether it is the client, and what.
    pub fn say(&mut self, messages: &[(bool, Vec<u8>)]) -> &mut Self {
        for (client, octets) in messages {
            if *client {
                self.c(octets);
            } else {
                self.s(octets);
            }
        }
        self
    }
    /// The last frame has a time to live (RFC 791) with which it does not reach its receiver: only who reads along has it.
    pub fn dies(&mut self) -> &mut Self {
        if let Some(frame) = self.wire.frames.last_mut() {
            frame.data[8] = 1;
            frame.data[10..12].fill(0);
            let check = sum(&[&frame.data[..20]]);
            frame.data[10..12].copy_from_slice(&check);
        }
        self
    }
    /// A segment of the client that does not move its sequence on.
    pub fn c_at(&mut self, offset: i32, flags: u8, payload: &[u8]) -> &mut Self {
        let from = End { next: self.client.next.wrapping_add_signed(offset), ..self.client };
        self.wire.tcp(from, self.server, flags, payload);
        self
    }
    /// A segment of the server that does not move its sequence on.
    pub fn s_at(&mut self, offset: i32, flags: u8, payload: &[u8]) -> &mut Self {
        let from = End { next: self.server.next.wrapping_add_signed(offset), ..self.server };
        self.wire.tcp(from, self.client, flags, payload);
        self
    }
    /// The capture lacks these octets of the client.
    pub fn c_lost(&mut self, octets: u32) -> &mut Self {
        self.client.next = self.client.next.wrapping_add(octets);
        // The server acknowledges them: they are lost to the capture alone.
        self.wire.tcp(self.server, self.client, ACK, &[]);
        self
    }
    /// The capture lacks these octets of the server.
    pub fn s_lost(&mut self, octets: u32) -> &mut Self {
        self.server.next = self.server.next.wrapping_add(octets);
        self.wire.tcp(self.client, self.server, ACK, &[]);
        self
    }
    pub fn frames(&mut self) -> Vec<Owned> {
        std::mem::take(&mut self.wire.frames)
    }
}

/// MODBUS Messaging on TCP/IP V1.0b, section 3.1.3.
pub fn modbus(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let len = (pdu.len() as u16 + 1).to_be_bytes();
    [&transaction.to_be_bytes()[..], &[0, 0], &len, &[unit], pdu].concat()
}
/// Reads one holding register.
pub fn read(transaction: u16, address: u16) -> Vec<u8> {
    modbus(transaction, 1, &[&[3][..], &address.to_be_bytes(), &[0, 1]].concat())
}
/// Its answer.
pub fn answer(transaction: u16, value: u16) -> Vec<u8> {
    modbus(transaction, 1, &[&[3, 2][..], &value.to_be_bytes()].concat())
}

/// A single point of IEC 60870-5-104, spontaneous.
pub fn point(send: u16, receive: u16, ioa: u8) -> Vec<u8> {
    let ([a, b], [c, d]) = ((send << 1).to_le_bytes(), (receive << 1).to_le_bytes());
    vec![0x68, 14, a, b, c, d, 1, 1, 3, 0, 1, 0, ioa, 0, 0, 1]
}
/// An I-frame with this ASDU.
pub fn asdu(send: u16, receive: u16, asdu: &[u8]) -> Vec<u8> {
    let ([a, b], [c, d]) = ((send << 1).to_le_bytes(), (receive << 1).to_le_bytes());
    [&[0x68, asdu.len() as u8 + 4, a, b, c, d][..], asdu].concat()
}

/// CRC of DNP3 (IEEE 1815-2012, 9.2.4.3): polynomial 3D65 hex, reflected, inverted.
fn crc_dnp(octets: &[u8]) -> [u8; 2] {
    let mut crc = 0u16;
    for octet in octets {
        crc ^= u16::from(*octet);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xa6bc } else { crc >> 1 };
        }
    }
    (!crc).to_le_bytes()
}
/// A link frame of DNP3: control, destination, source, user data.
pub fn dnp3(control: u8, destination: u16, source: u16, user: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x05, 0x64, user.len() as u8 + 5, control];
    frame.extend(destination.to_le_bytes());
    frame.extend(source.to_le_bytes());
    frame.extend(crc_dnp(&frame));
    for block in user.chunks(16) {
        frame.extend(block);
        frame.extend(crc_dnp(block));
    }
    frame
}
/// A fragment of the master 1 to the outstation 10, in one segment.
pub fn master(sequence: u8, function: u8, objects: &[u8]) -> Vec<u8> {
    let head = [0xc0 | sequence, 0xc0 | sequence, function];
    dnp3(0xc4, 10, 1, &[&head[..], objects].concat())
}
/// A response of the outstation 10, in one segment.
pub fn outstation(sequence: u8, objects: &[u8]) -> Vec<u8> {
    let head = [0xc0 | sequence, 0xc0 | sequence, 0x81, 0, 0];
    dnp3(0x44, 1, 10, &[&head[..], objects].concat())
}

pub fn tpkt(tpdu: &[u8]) -> Vec<u8> {
    [&[3, 0][..], &(tpdu.len() as u16 + 4).to_be_bytes(), tpdu].concat()
}
/// A DT of COTP.
pub fn dt(last: bool, octets: &[u8]) -> Vec<u8> {
    tpkt(&[&[2, 0xf0, u8::from(last) << 7][..], octets].concat())
}
/// CR and CC of COTP.
pub const CR: &[u8] = &[3, 0, 0, 22, 17, 0xe0, 0, 0, 0, 1, 0, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2, 0xc0, 1, 10];
pub const CC: &[u8] = &[3, 0, 0, 22, 17, 0xd0, 0, 1, 0, 2, 0, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2, 0xc0, 1, 10];

/// A job of S7comm.
pub fn job(reference: u16, parameters: &[u8]) -> Vec<u8> {
    let head =
        [&[0x32, 1, 0, 0][..], &reference.to_be_bytes(), &(parameters.len() as u16).to_be_bytes(), &[0, 0]];
    dt(true, &[&head.concat()[..], parameters].concat())
}
/// Reads a word of DB 1 at this octet.
pub fn s7_read(reference: u16, octet: u16) -> Vec<u8> {
    let [a, b] = (octet << 3).to_be_bytes();
    job(reference, &[4, 1, 0x12, 10, 0x10, 4, 0, 1, 0, 1, 0x84, 0, a, b])
}
/// Its answer.
pub fn s7_answer(reference: u16, value: u16) -> Vec<u8> {
    let head =
        [&[0x32, 3, 0, 0][..], &reference.to_be_bytes(), &[0, 2, 0, 6, 0, 0, 4, 1, 0xff, 4, 0, 16]].concat();
    dt(true, &[&head[..], &value.to_be_bytes()].concat())
}

/// An element of BER with the shortest length.
pub fn tlv(tag: &[u8], contents: &[u8]) -> Vec<u8> {
    let length = match contents.len() {
        len @ 0..128 => vec![len as u8],
        len @ 128..256 => vec![0x81, len as u8],
        len @ 256..0x1_0000 => [&[0x82][..], &(len as u16).to_be_bytes()].concat(),
        len => [&[0x84][..], &(len as u32).to_be_bytes()].concat(),
    };
    [tag, &length, contents].concat()
}
/// An MMS message in presentation, session and TSDUs of this size.
pub fn mms(message: &[u8], segment: usize) -> Vec<u8> {
    let list = [&[2, 1, 3][..], &tlv(&[0xa0], message)].concat();
    let data = [&[1, 0, 1, 0][..], &tlv(&[0x61], &tlv(&[0x30], &list))].concat();
    let parts: Vec<&[u8]> = data.chunks(segment).collect();
    parts.iter().enumerate().flat_map(|(place, part)| dt(place + 1 == parts.len(), part)).collect()
}

/// CRC-CCITT of C37.118 (IEEE Std C37.118.2-2011, annex B).
fn crc_ccitt(octets: &[u8]) -> [u8; 2] {
    let mut crc = 0xffffu16;
    for octet in octets {
        crc ^= u16::from(*octet) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 };
        }
    }
    crc.to_be_bytes()
}
/// A frame of C37.118 of this type and stream, in the version of 2011.
pub fn c37118(kind: u8, id: u16, second: u32, fraction: u32, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![0xaa, kind << 4 | 2];
    frame.extend((16 + body.len() as u16).to_be_bytes());
    frame.extend(id.to_be_bytes());
    frame.extend((1_772_438_400 + second).to_be_bytes());
    frame.extend(fraction.to_be_bytes());
    frame.extend(body);
    frame.extend(crc_ccitt(&frame));
    frame
}
/// Its configuration 2: `pmus` claims that many, one is there, with one phasor of integers that is called so.
pub fn configuration(id: u16, pmus: u16, name: &str) -> Vec<u8> {
    let padded = |name: &str| format!("{name:16}").into_bytes();
    let body = [
        &1_000_000u32.to_be_bytes()[..],
        &pmus.to_be_bytes(),
        &padded("NORTH"),
        &id.to_be_bytes(),
        &[0, 0, 0, 1, 0, 0, 0, 0],
        &padded(name),
        &[0, 0, 1, 0, 0, 0, 0, 1, 0, 30],
    ];
    c37118(3, id, 0, 0, &body.concat())
}
/// Data of that configuration.
pub fn data(id: u16, number: u32, value: i16) -> Vec<u8> {
    let body = [&[0, 0][..], &value.to_be_bytes(), &[0, 7, 0, 0, 0, 0]].concat();
    c37118(0, id, number / 30, number % 30 * 33_333, &body)
}

fn publication(group: u8, sender: u16, ethertype: [u8; 2], apdu: &[u8]) -> Vec<u8> {
    let [high, low] = sender.to_be_bytes();
    let head = [1, 0x0c, 0xcd, group, 0, 1, 0, 0x30, 0xa7, 0, high, low];
    let length = (apdu.len() as u16 + 8).to_be_bytes();
    let appid: u8 = if group == 4 { 0x40 } else { 0 };
    [&head[..], &ethertype, &[appid, 1], &length, &[0; 4], apdu].concat()
}
/// What a GOOSE message says beside its name.
#[derive(Clone, Copy)]
pub struct Said {
    pub st_num: u32,
    pub sq_num: u32,
    pub allowed: u32,
    pub t: u32,
    pub simulation: bool,
    pub value: bool,
}
pub const SAID: Said =
    Said { st_num: 5, sq_num: 1, allowed: 2000, t: 1_772_438_000, simulation: false, value: false };
/// A GOOSE message with one truth value (IEC 61850-8-1, annex A).
pub fn goose(sender: u16, reference: &str, said: Said) -> Vec<u8> {
    let number = |number: u32| [&[0][..], &number.to_be_bytes()].concat();
    let body = [
        tlv(&[0x80], reference.as_bytes()),
        tlv(&[0x81], &number(said.allowed)),
        tlv(&[0x82], b"ds"),
        tlv(&[0x84], &[&said.t.to_be_bytes()[..], &[0, 0, 0, 0x0a]].concat()),
        tlv(&[0x85], &number(said.st_num)),
        tlv(&[0x86], &number(said.sq_num)),
        tlv(&[0x87], &[u8::from(said.simulation)]),
        tlv(&[0x88], &[1]),
        tlv(&[0x89], &[0]),
        tlv(&[0x8a], &[1]),
        tlv(&[0xab], &tlv(&[0x83], &[u8::from(said.value)])),
    ];
    let mut frame = publication(1, sender, [0x88, 0xb8], &tlv(&[0x61], &body.concat()));
    if said.simulation {
        // The S bit of the header says the same.
        frame[18] = 0x80;
    }
    frame
}
/// A message of sampled values with one sample (IEC 61850-9-2).
pub fn sampled(sender: u16, id: &str, count: u16) -> Vec<u8> {
    let asdu = [
        tlv(&[0x80], id.as_bytes()),
        tlv(&[0x82], &count.to_be_bytes()),
        tlv(&[0x83], &[0, 0, 0, 1]),
        tlv(&[0x85], &[2]),
        tlv(&[0x87], &[0; 64]),
    ];
    let body = [tlv(&[0x80], &[1]), tlv(&[0xa2], &tlv(&[0x30], &asdu.concat()))];
    publication(4, sender, [0x88, 0xba], &tlv(&[0x60], &body.concat()))
}
