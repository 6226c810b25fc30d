//! Which copy of an octet is used where fragments or segments disagree, by the system that receives them.

/// Which copy of an octet is used where overlapping fragments or segments disagree.
///
/// Receiving systems differ in this, so whoever reads along has to choose. The systems are those of J. Novak, "Target-Based
/// Fragmentation Reassembly" (2005), and J. Novak and S. Sturges, "Target-Based TCP Stream Reassembly" (2007), as Suricata
/// and Snort have them. Each copy is that of a whole fragment or segment: where it begins and ends decides. Windows since
/// Vista, and Linux since it drops datagrams whose fragments overlap, are `First`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OverlapPolicy {
    /// The copy that came first.
    #[default]
    First,
    /// The copy that came last, among octets not handed on yet.
    Last,
    /// As BSD: the first, but for a later copy that begins before it.
    Bsd,
    /// As Linux: the first, but for a later copy that begins before it; of fragments also one that begins where it does, of
    /// segments one that begins where it does and ends behind it.
    Linux,
    /// As Windows up to XP and Server 2003: of fragments the first, but for a later one that begins before it and ends behind
    /// it; segments as BSD.
    Windows,
    /// As Solaris: of fragments the first, but for a later one that begins before it and does not end before it; of segments
    /// a later one that does not begin behind it and does not end before it, or that begins in it and ends behind it.
    Solaris,
}

/// Where a whole fragment or segment begins, and the place behind its end.
type Extent = (u64, u64);

impl OverlapPolicy {
    /// Names and policies.
    pub const NAMED: [(&'static str, Self); 6] = [
        ("first", Self::First),
        ("last", Self::Last),
        ("bsd", Self::Bsd),
        ("linux", Self::Linux),
        ("windows", Self::Windows),
        ("solaris", Self::Solaris),
    ];

    /// The policy of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|(known, _)| *known == name).map(|(_, policy)| policy)
    }

    /// Whether where a copy begins and ends decides, and not only which came first.
    pub(crate) fn is_of_a_system(self) -> bool {
        !matches!(self, Self::First | Self::Last)
    }

    /// Whether of two segments of a stream the later is used.
    pub(crate) fn later_segment(self, (start, end): Extent, (later_start, later_end): Extent) -> bool {
        match self {
            Self::First => false,
            Self::Last => true,
            Self::Bsd | Self::Windows => later_start < start,
            Self::Linux => later_start < start || (later_start == start && later_end > end),
            Self::Solaris => {
                (later_start <= start && later_end >= end) || (later_start > start && later_end > end)
            }
        }
    }

    /// Whether of two fragments of a datagram the later is used.
    pub(crate) fn later_fragment(self, (start, end): Extent, (later_start, later_end): Extent) -> bool {
        match self {
            Self::First => false,
            Self::Last => true,
            Self::Bsd => later_start < start,
            Self::Linux => later_start <= start,
            Self::Windows => later_start < start && later_end > end,
            Self::Solaris => later_start < start && later_end >= end,
        }
    }
}

/// Parts that are told apart. Beyond them the first copy stands: so many are no honest reordering.
const MOST: usize = 4096;

/// Octets that one copy brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    from: u64,
    to: u64,
    copy: Extent,
}

/// Which copy each octet was taken from, where the [`OverlapPolicy`] asks for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owners(Vec<Part>);

impl Owners {
    /// What they cost, in octets.
    pub(crate) fn cost(&self) -> usize {
        self.0.len().saturating_mul(size_of::<Part>())
    }

    /// Takes in a copy, and tells the ranges in which it is used instead of an earlier one.
    pub(crate) fn claim(
        &mut self,
        later: Extent,
        is_later_used: impl Fn(Extent, Extent) -> bool,
        mut replace: impl FnMut(u64, u64),
    ) {
        let (start, end) = later;
        let first = self.0.partition_point(|part| part.to <= start);
        let behind = self.0.partition_point(|part| part.from < end).max(first);
        let is_full = self.0.len() >= MOST;
        let mut parts: Vec<Part> = Vec::new();
        let mut push = |from: u64, to: u64, copy: Extent| match parts.last_mut() {
            _ if from >= to => {}
            Some(last) if last.copy == copy && last.to == from => last.to = to,
            _ => parts.push(Part { from, to, copy }),
        };
        let mut at = start;
        for &Part { from, to, copy } in self.0.get(first..behind).unwrap_or_default() {
            if !is_full {
                push(at, from, later);
            }
            push(from, start, copy);
            let (left, right) = (from.max(start), to.min(end));
            if is_later_used(copy, later) {
                replace(left, right);
                push(left, right, later);
            } else {
                push(left, right, copy);
            }
            push(end.max(from), to, copy);
            at = to;
        }
        if !is_full {
            push(at, end, later);
        }
        self.0.splice(first..behind, parts);
    }

    /// Forgets what lies before `position`.
    pub(crate) fn release(&mut self, position: u64) {
        let gone = self.0.partition_point(|part| part.to <= position);
        self.0.drain(..gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of copies `name`, which lie at these places; what lies free is taken by whoever comes.
    fn left(is_later_used: impl Fn(Extent, Extent) -> bool, copies: &[(u64, u64, char)]) -> String {
        let (mut owners, mut octets) = (Owners::default(), Vec::new());
        for &(start, len, name) in copies {
            let end = start + len;
            octets.resize(octets.len().max(end as usize), '.');
            octets[start as usize..end as usize]
                .iter_mut()
                .filter(|octet| **octet == '.')
                .for_each(|octet| *octet = name);
            owners.claim((start, end), &is_later_used, |from, to| {
                octets[from as usize..to as usize].fill(name);
            });
            let owned: u64 = owners.0.iter().map(|part| part.to - part.from).sum();
            assert_eq!(owned as usize, octets.iter().filter(|octet| **octet != '.').count());
            assert!(owners.0.windows(2).all(|pair| pair[0].to <= pair[1].from), "{owners:?}");
        }
        octets.into_iter().collect()
    }

    /// The fragments of the paper's figure in units of eight octets, and what each system makes of them, as Suricata's tests
    /// have it (`src/defrag.c`, `DefragSturgesNovak...Test`).
    #[test]
    fn fragments_are_those_of_the_paper() {
        let copies = [
            (0, 3, 'A'),
            (4, 2, 'B'),
            (6, 3, 'C'),
            (10, 1, 'D'),
            (13, 2, 'E'),
            (15, 3, 'F'),
            (18, 2, 'G'),
            (20, 2, 'H'),
            (22, 1, 'I'),
            (1, 4, 'J'),
            (6, 3, 'K'),
            (9, 3, 'L'),
            (12, 3, 'M'),
            (16, 1, 'N'),
            (19, 1, 'O'),
            (20, 1, 'P'),
            (22, 2, 'Q'),
        ];
        for (policy, wanted) in [
            (OverlapPolicy::First, "AAAJBBCCCLDLMEEFFFGGHHIQ"),
            (OverlapPolicy::Last, "AJJJJBKKKLLLMMMFNFGOPHQQ"),
            (OverlapPolicy::Bsd, "AAAJJBCCCLLLMMMFFFGGHHIQ"),
            (OverlapPolicy::Linux, "AAAJJBKKKLLLMMMFFFGGPHQQ"),
            (OverlapPolicy::Windows, "AAAJBBCCCLLLMEEFFFGGHHIQ"),
            (OverlapPolicy::Solaris, "AAAJBBCCCLLLMMMFFFGGHHIQ"),
        ] {
            assert_eq!(left(|old, new| policy.later_fragment(old, new), &copies), wanted, "{policy:?}");
        }
    }

    /// The segments of the paper's figure in octets, and what each system makes of them, as Suricata's tests have it
    /// (`src/tests/stream-tcp-list.c`, `OverlapVISTA` and so on). Where Windows differs from BSD the paper has none.
    #[test]
    fn segments_are_those_of_the_paper() {
        let copies = [
            (1, 3, 'A'),
            (5, 2, 'B'),
            (7, 3, 'C'),
            (11, 1, 'D'),
            (14, 2, 'E'),
            (16, 3, 'F'),
            (19, 2, 'G'),
            (21, 2, 'H'),
            (23, 1, 'I'),
            (2, 4, 'J'),
            (7, 3, 'K'),
            (10, 3, 'L'),
            (13, 3, 'M'),
            (17, 1, 'N'),
            (20, 1, 'O'),
            (21, 1, 'P'),
            (23, 2, 'Q'),
            (0, 1, '0'),
        ];
        for (policy, wanted) in [
            (OverlapPolicy::First, "0AAAJBBCCCLDLMEEFFFGGHHIQ"),
            (OverlapPolicy::Last, "0AJJJJBKKKLLLMMMFNFGOPHQQ"),
            (OverlapPolicy::Bsd, "0AAAJJBCCCLLLMMMFFFGGHHIQ"),
            (OverlapPolicy::Windows, "0AAAJJBCCCLLLMMMFFFGGHHIQ"),
            (OverlapPolicy::Linux, "0AAAJJBCCCLLLMMMFFFGGHHQQ"),
            (OverlapPolicy::Solaris, "0AJJJBBKKKLLLMMMFFFGGHHQQ"),
        ] {
            assert_eq!(left(|old, new| policy.later_segment(old, new), &copies), wanted, "{policy:?}");
        }
    }

    /// A third copy is held against the one that is used, not against the one that came first.
    #[test]
    fn what_was_replaced_no_longer_counts() {
        let copies = [(8, 16, 'A'), (0, 16, 'B'), (4, 8, 'C')];
        assert_eq!(
            left(|old, new| OverlapPolicy::Bsd.later_segment(old, new), &copies),
            format!("{}{}", "B".repeat(16), "A".repeat(8))
        );
    }

    #[test]
    fn parts_are_bounded_and_forgotten() {
        let mut owners = Owners::default();
        for place in 0..2 * MOST as u64 {
            owners.claim((3 * place, 3 * place + 1), |_, _| true, |_, _| panic!("nothing overlaps"));
        }
        assert_eq!(owners.0.len(), MOST);
        owners.release(3 * MOST as u64);
        assert_eq!(owners.0.len(), 0);
    }

    #[test]
    fn every_policy_has_a_name() {
        for (name, policy) in OverlapPolicy::NAMED {
            assert_eq!(OverlapPolicy::named(name), Some(policy));
        }
        assert_eq!(OverlapPolicy::named("both"), None);
    }
}
