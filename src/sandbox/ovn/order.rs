//! In which order the tools go through a map of texts. They sort by key, and their sort leaves entries of one key in the order of a
//! hash table: two SNATs of one EIP stand as they do there, and so do load balancers whose names are cut to the same text
//! (Open vSwitch: lib/hmap.c, lib/hash.c without hardware CRC, lib/smap.c).

/// The entries sorted by key, those of one key as a hash table filled in this order gives them back.
pub(super) fn sorted(entries: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut buckets: Vec<Vec<(u32, (String, String))>> = vec![Vec::new()];
    for (count, entry) in (1..).zip(entries) {
        let hash = hash(entry.0.as_bytes());
        insert(&mut buckets, hash, entry);
        let capacity = mask_for(count) + 1;
        if count / 2 >= buckets.len() && capacity > buckets.len() {
            let mut larger = vec![Vec::new(); capacity];
            // chains begin with what came last
            for (hash, entry) in buckets.into_iter().flat_map(|chain| chain.into_iter().rev()) {
                insert(&mut larger, hash, entry);
            }
            buckets = larger;
        }
    }
    let mut all: Vec<(String, String)> =
        buckets.into_iter().flat_map(|chain| chain.into_iter().rev()).map(|(_, entry)| entry).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

fn insert(buckets: &mut [Vec<(u32, (String, String))>], hash: u32, entry: (String, String)) {
    let at = usize::try_from(hash).unwrap_or_default() & (buckets.len() - 1);
    buckets[at].push((hash, entry));
}

/// How many buckets a table of so many entries has, less one.
fn mask_for(count: usize) -> usize {
    let mask = (count / 2 + 1).next_power_of_two() - 1;
    if mask & 1 == 1 { mask | 2 } else { mask }
}

fn hash(bytes: &[u8]) -> u32 {
    let add = |hash: u32, data: u32| {
        let data = data.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
        (hash ^ data).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
    };
    let words = bytes.chunks(4).map(|chunk| chunk.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte)));
    let mut hash = words.fold(0, add) ^ u32::try_from(bytes.len()).unwrap_or_default();
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}
