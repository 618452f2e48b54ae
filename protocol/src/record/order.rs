//! Where items of a list stand: whole numbers with wide gaps, so that an item can be put between two others without
//! touching them. Items that two people put at one place stand in the order of their ids.

/// The gap between neighbours: thirty-two halvings before a list must be numbered anew.
const GAP: i128 = 1 << 32;

/// A place for each item, in their order, given the places they had. As few as possible change: an unchanged place is no
/// operation, and cannot collide with somebody else's.
pub(super) fn places(had: &[(Option<i64>, &str)]) -> Vec<i64> {
    let stays = staying(had);
    let mut places: Vec<i64> = Vec::with_capacity(had.len());
    while places.len() < had.len() {
        let from = places.len();
        if let (true, Some(place)) = (stays[from], had[from].0) {
            places.push(place);
            continue;
        }
        let until = (from..had.len()).find(|at| stays[*at]).unwrap_or(had.len());
        let before = places.last().map(|place| i128::from(*place));
        let after = had.get(until).and_then(|(place, _)| *place).map(i128::from);
        let Some(new) = between(before, after, until - from) else { return anew(had.len()) };
        places.extend(new);
    }
    places
}

/// The longest run of items that are already in order, each by its place and then its id.
fn staying(had: &[(Option<i64>, &str)]) -> Vec<bool> {
    // The best last item of a run of each length so far, and who comes before whom.
    let mut last: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; had.len()];
    for (at, item) in had.iter().enumerate().filter(|(_, item)| item.0.is_some()) {
        let length = last.partition_point(|other| had[*other] < *item);
        before[at] = length.checked_sub(1).map(|shorter| last[shorter]);
        if length == last.len() { last.push(at) } else { last[length] = at }
    }
    let mut stays = vec![false; had.len()];
    let mut at = last.last().copied();
    while let Some(here) = at {
        stays[here] = true;
        at = before[here];
    }
    stays
}

/// This many places between two, if there is room.
fn between(before: Option<i128>, after: Option<i128>, count: usize) -> Option<Vec<i64>> {
    let steps = count as i128 + 1;
    let (start, step) = match (before, after) {
        (None, None) => (0, GAP),
        (Some(before), None) => (before, GAP),
        (None, Some(after)) => (after - GAP * steps, GAP),
        (Some(before), Some(after)) => (before, (after - before) / steps),
    };
    if step == 0 {
        return None;
    }
    (1..steps).map(|nth| i64::try_from(start + step * nth).ok()).collect()
}

fn anew(count: usize) -> Vec<i64> {
    (1..=count as i64).map(|nth| nth.saturating_mul(GAP as i64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_moved_or_added_leaves_the_others_where_they_are() {
        let had = [(Some(10 << 32), "a"), (Some(20 << 32), "b"), (Some(30 << 32), "c")];
        assert_eq!(places(&had), [10 << 32, 20 << 32, 30 << 32]);

        let moved = [(Some(30 << 32), "c"), (Some(10 << 32), "a"), (Some(20 << 32), "b")];
        assert_eq!(places(&moved)[1..], [10 << 32, 20 << 32]);
        assert!(places(&moved)[0] < 10 << 32);

        let added = [(Some(10 << 32), "a"), (None, "x"), (None, "y"), (Some(20 << 32), "b"), (None, "z")];
        let new = places(&added);
        assert!(new.is_sorted() && new[0] == 10 << 32 && new[3] == 20 << 32);
    }

    #[test]
    fn a_list_without_room_is_numbered_anew() {
        for had in [
            vec![(Some(5), "a"), (None, "x"), (Some(5), "b")],
            vec![(Some(i64::MAX), "a"), (None, "x")],
            vec![(None, "x"), (Some(i64::MIN), "a")],
        ] {
            let new = places(&had);
            assert!(new.windows(2).all(|pair| pair[0] < pair[1]), "{new:?}");
        }
    }
}
