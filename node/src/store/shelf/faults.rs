//! What can go wrong with sled, brought about for tests.

use std::thread;

use super::*;

impl Shelf {
    /// Overwrites the bytes under a key of sled's, as rot would.
    pub(in crate::store) fn spoil(&self, key: &[u8]) {
        self.with(|db| db.insert(key, &[1, 0, 0, 0, 0, 0, 9])).unwrap();
    }

    /// Makes sled hang in the next write, as its deadlock does.
    pub(in crate::store) fn hang(&self) {
        let _ = self.bounded("hang", &self.held(), |_| {
            thread::sleep(Duration::from_secs(3600));
            Ok(())
        });
    }

    /// Refuses, as a full disk would, the piece after so many.
    pub(in crate::store) fn refuse_after(&self, pieces: usize) {
        *self.pieces_taken.lock().unwrap() = Some(pieces);
    }

    pub(super) fn take_piece(&self) -> Result<(), StoreError> {
        match &mut *self.pieces_taken.lock().unwrap() {
            Some(0) => Err(StoreError::Full),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Bytes handed to sled that it was not yet made to write.
    pub(in crate::store) fn unflushed(&self) -> usize {
        self.unflushed.load(Relaxed)
    }
}
