//! Quilt blocks: the picture beside a collaborative's name, one of 108.
//!
//! A block is four cells, each drawn four times around the center. It never says anything that its name does not say.

pub(super) use crate::catalog::BLOCKS;

/// Colors of a block, on white and on the dark ground alike: ground, first, second.
const PALETTES: [[&str; 3]; 9] = [
    ["#dfeee6", "#1f6b54", "#f0b429"],
    ["#e6e1f7", "#5a48a8", "#e88fb0"],
    ["#dcebf5", "#1f5f94", "#f0b429"],
    ["#f8e5dc", "#a8432b", "#2d7f86"],
    ["#fbefcf", "#8a5a00", "#2d7f86"],
    ["#e2eedb", "#4b7a1f", "#5a48a8"],
    ["#f6e0e8", "#9c2f5c", "#f0b429"],
    ["#dff0ef", "#12656c", "#e2725b"],
    ["#e4e7ee", "#33456e", "#6fb3d6"],
];

/// Where a cell's triangle has its right angle, before the cell is turned.
#[derive(Clone, Copy)]
enum Corner {
    TopLeft,
    TopRight,
    BottomRight,
    BottomLeft,
}
use Corner::{BottomLeft, BottomRight, TopLeft, TopRight};

/// One cell: the color it is filled with, and the triangle upon it with its color. Colors are places in a palette.
type Cell = (usize, Option<(Corner, usize)>);

/// Sawtooth star, pinwheel, broken dishes, rosette, diamond, evening star, whirl, cross and crown, tide, flower, lantern,
/// windmill.
const PATTERNS: [[Cell; 4]; 12] = [
    [(0, None), (0, Some((BottomLeft, 1))), (0, Some((TopRight, 1))), (2, None)],
    [(0, Some((BottomLeft, 1))), (0, None), (1, None), (2, Some((BottomLeft, 1)))],
    [(0, Some((BottomRight, 1))), (2, Some((BottomLeft, 1))), (2, Some((TopRight, 1))), (0, Some((TopLeft, 1)))],
    [(1, Some((BottomRight, 0))), (0, Some((BottomLeft, 2))), (0, Some((TopRight, 2))), (1, Some((TopLeft, 0)))],
    [(0, Some((BottomRight, 1))), (1, Some((TopLeft, 0))), (1, Some((TopLeft, 0))), (1, Some((BottomRight, 2)))],
    [(2, None), (0, Some((BottomLeft, 1))), (0, Some((TopRight, 1))), (1, Some((BottomRight, 2)))],
    [(1, None), (0, Some((BottomLeft, 2))), (0, Some((BottomRight, 1))), (2, Some((BottomRight, 0)))],
    [(1, None), (0, Some((TopRight, 1))), (0, Some((BottomLeft, 1))), (0, Some((BottomRight, 2)))],
    [(0, Some((TopRight, 1))), (1, Some((BottomLeft, 2))), (0, Some((BottomLeft, 1))), (2, Some((TopLeft, 1)))],
    [(1, Some((TopLeft, 0))), (0, Some((BottomRight, 2))), (0, Some((BottomRight, 2))), (1, Some((BottomRight, 2)))],
    [
        (1, Some((BottomRight, 0))),
        (0, Some((BottomRight, 1))),
        (0, Some((BottomRight, 1))),
        (2, Some((BottomRight, 1))),
    ],
    [(0, Some((BottomLeft, 1))), (0, Some((BottomRight, 2))), (0, Some((BottomRight, 2))), (0, Some((BottomLeft, 1)))],
];

impl Corner {
    /// After a quarter turn to the right.
    fn turned(self) -> Corner {
        match self {
            TopLeft => TopRight,
            TopRight => BottomRight,
            BottomRight => BottomLeft,
            BottomLeft => TopLeft,
        }
    }

    /// The triangle in the cell of two by two at this place.
    fn path(self, x: usize, y: usize) -> String {
        match self {
            TopLeft => format!("M{x} {y}h2l-2 2z"),
            TopRight => format!("M{x} {y}h2v2z"),
            BottomRight => format!("M{} {y}v2h-2z", x + 2),
            BottomLeft => format!("M{x} {y}l2 2h-2z"),
        }
    }
}

/// The block of this number as SVG. Nine palettes and twelve patterns have a common divisor, so both are counted through.
pub(super) fn block(number: u32) -> String {
    let number = (number % BLOCKS) as usize;
    let (pattern, palette) = (&PATTERNS[number % PATTERNS.len()], PALETTES[number / PATTERNS.len()]);
    // One path for each color, so that a block is a handful of elements.
    let (mut fills, mut triangles): ([String; 3], [String; 3]) = Default::default();
    for (place, (fill, triangle)) in pattern.iter().enumerate() {
        let (mut row, mut column, mut triangle) = (place / 2, place % 2, *triangle);
        for _ in 0..4 {
            let (x, y) = (column * 2, row * 2);
            if *fill != 0 {
                fills[*fill].push_str(&format!("M{x} {y}h2v2h-2z"));
            }
            if let Some((corner, color)) = &mut triangle {
                triangles[*color].push_str(&corner.path(x, y));
                *corner = corner.turned();
            }
            (row, column) = (column, 3 - row);
        }
    }
    let ground = format!(r#"<path fill="{}" d="M0 0h8v8H0z"/>"#, palette[0]);
    let paths = [fills, triangles].into_iter().flat_map(|layer| layer.into_iter().zip(palette));
    let paths = paths.filter(|(path, _)| !path.is_empty());
    let paths: String = paths.map(|(path, color)| format!(r#"<path fill="{color}" d="{path}"/>"#)).collect();
    let head = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" shape-rendering="crispEdges">"#;
    format!("{head}{ground}{paths}</svg>")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_block_is_another() {
        let all: BTreeSet<String> = (0..BLOCKS).map(block).collect();
        assert_eq!(all.len() as u32, BLOCKS);
        assert_eq!(block(BLOCKS + 5), block(5));
    }
}
