//! Figures of a benchmark as a picture: a plain SVG with logarithmic axes, in which a line that goes straight up by one
//! for each one to the right is a cost that grows with the size and no faster.

use std::fmt::Write;

/// One line of a picture: its name, and its points (size, cost), both above zero.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// Its points, by size.
    pub points: Vec<(f64, f64)>,
}

/// Width and height of the picture, and what is left free for words at its edges.
const SIZE: (f64, f64) = (720.0, 420.0);
const LEFT: f64 = 80.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
/// Colors that people with any eyes tell apart (Okabe and Ito).
const COLORS: [&str; 6] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#000000"];

/// The picture.
pub fn svg(title: &str, across: &str, up: &str, lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| line.points.iter().copied());
    let (x, y) = (Axis::of(points().map(|point| point.0)), Axis::of(points().map(|point| point.1)));
    let at_x = |value: f64| LEFT + x.part(value) * (SIZE.0 - LEFT - RIGHT);
    let at_y = |value: f64| SIZE.1 - BOTTOM - y.part(value) * (SIZE.1 - TOP - BOTTOM);
    let (right, bottom) = (SIZE.0 - RIGHT, SIZE.1 - BOTTOM);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{LEFT}\" y=\"24\" font-size=\"16\">{title}</text>\n",
        SIZE.0, SIZE.1
    );
    for tick in x.ticks() {
        let at = at_x(tick);
        let _ = writeln!(out, "<path d=\"M{at:.1} {TOP}V{bottom}\" stroke=\"#ddd\"/>");
        let _ = writeln!(out, "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{tick}</text>", bottom + 18.0);
    }
    for tick in y.ticks() {
        let at = at_y(tick);
        let _ = writeln!(out, "<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#ddd\"/>");
        let _ = writeln!(out, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>", LEFT - 6.0, at + 4.0);
    }
    let _ = writeln!(out, "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{across}</text>", right / 2.0, SIZE.1 - 10.0);
    let _ = writeln!(out, "<text x=\"8\" y=\"{}\">{up}</text>", TOP - 4.0);
    for (n, line) in lines.iter().enumerate() {
        let color = COLORS[n % COLORS.len()];
        let path: Vec<String> = line.points.iter().map(|(x, y)| format!("{:.1} {:.1}", at_x(*x), at_y(*y))).collect();
        let _ = writeln!(out, "<path d=\"M{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>", path.join("L"));
        for (x, y) in &line.points {
            let _ = writeln!(out, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" fill=\"{color}\"/>", at_x(*x), at_y(*y));
        }
        let beside = TOP + 12.0 + 20.0 * n as f64;
        let _ = writeln!(out, "<text x=\"{}\" y=\"{beside}\" fill=\"{color}\">{}</text>", right + 12.0, line.name);
    }
    out + "</svg>\n"
}

/// A logarithmic axis from one power of ten to another.
struct Axis {
    from: f64,
    to: f64,
}

impl Axis {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Axis {
        let from = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
        let to = values.fold(0.0, f64::max).log10().ceil();
        Axis { from, to: to.max(from + 1.0) }
    }

    fn part(&self, value: f64) -> f64 {
        (value.log10() - self.from) / (self.to - self.from)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        (self.from as i32..=self.to as i32).map(|power| 10f64.powi(power))
    }
}
