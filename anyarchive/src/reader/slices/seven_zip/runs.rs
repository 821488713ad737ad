//! Values of which many are the same as the one before.

/// Most runs that are kept: 64 KiB, far less than what decodes a header once more.
const MAX_RUNS: usize = 4096;

/// Values of up to 8 bytes, each with how many there are up to its last.
#[derive(Debug, Default)]
pub(super) struct Runs(Vec<(u64, [u8; 8])>);

impl Runs {
    /// Takes one more; `None` when it becomes too much.
    pub(super) fn push(&mut self, value: &[u8]) -> Option<()> {
        let mut padded = [0; 8];
        padded[..value.len()].copy_from_slice(value);
        let before = match self.0.last_mut() {
            Some((end, last)) if *last == padded => {
                *end += 1;
                return Some(());
            }
            last => last.map_or(0, |(end, _)| *end),
        };
        self.0.push((before + 1, padded));
        (self.0.len() <= MAX_RUNS).then_some(())
    }

    /// The `count` values behind the first `start`, of so many bytes each.
    pub(super) fn values(
        &self,
        start: u64,
        count: u64,
        width: usize,
    ) -> impl Iterator<Item = &[u8]> {
        let mut run = self.0.partition_point(|(end, _)| *end <= start);
        (start..start + count).map_while(move |index| {
            while self.0.get(run)?.0 <= index {
                run += 1;
            }
            Some(&self.0[run].1[..width])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_out_as_they_came_in() {
        let all: Vec<[u8; 4]> = (0..3000_u32).map(|i| (i / 7 % 5).to_le_bytes()).collect();
        let mut runs = Runs::default();
        for value in &all {
            runs.push(value).unwrap();
        }
        assert_eq!(runs.0.len(), 429);
        for (start, count) in [
            (0, 0),
            (0, 3000),
            (6, 1),
            (6, 2),
            (7, 1),
            (1234, 99),
            (2999, 1),
        ] {
            let values: Vec<_> = runs.values(start, count, 4).collect();
            assert_eq!(values, all[start as usize..][..count as usize]);
        }
        assert!((0..3000_u32).all(|i| runs.push(&(i % 5).to_le_bytes()).is_some()));
        assert!(!(0..1000_u32).all(|i| runs.push(&(i % 5).to_le_bytes()).is_some()));
    }
}
