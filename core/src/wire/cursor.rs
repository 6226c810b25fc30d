//! A place in octets, from which fields are read one after the other.

/// Octets of which the first ones are read. What does not fit is `None`, and leaves the place as it was.
///
/// ```
/// let mut cursor = fieldtap::wire::Cursor::new(&[0x12, 0x34, 0x56]);
/// assert_eq!(cursor.u16(), Some(0x1234));
/// assert_eq!(cursor.u16(), None);
/// assert_eq!(cursor.u8(), Some(0x56));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor<'a> {
    rest: &'a [u8],
    len: usize,
}

impl<'a> Cursor<'a> {
    /// At the first of these octets.
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets, len: octets.len() }
    }
    /// Octets that were read.
    pub const fn read(&self) -> usize {
        self.len - self.rest.len()
    }
    /// What was not read yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }
    /// Whether all was read.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
    /// The next octet, which stays unread.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }
    /// The next `len` octets.
    #[inline]
    pub fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }
    /// The next `len` octets, or as many as there are.
    pub fn take_up_to(&mut self, len: usize) -> &'a [u8] {
        self.take(len.min(self.rest.len())).unwrap_or_default()
    }
    #[inline]
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }
    /// The next octet.
    #[inline]
    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }
    /// The next two octets, big endian.
    #[inline]
    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }
    /// The next three octets, big endian.
    #[inline]
    pub fn u24(&mut self) -> Option<u32> {
        self.array().map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }
    /// The next four octets, big endian.
    #[inline]
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
    /// The next eight octets, big endian.
    #[inline]
    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }
}
