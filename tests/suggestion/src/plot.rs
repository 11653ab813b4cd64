//! Two pictures in plain SVG: fill over stock, and how often a shelf ran dry over how often it may.

use std::fmt::Write as _;

use crate::compare::Curve;
use crate::report::{Calibration, Sweep};
use crate::totals::Totals;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const MARGIN: f64 = 56.0;
/// Where the picture ends for lines and words.
const RIGHT: f64 = WIDTH - MARGIN / 2.0;
const COLOURS: [&str; 2] = ["#8a8f98", "#0b6e4f"];

/// A line of a picture.
struct Line {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

/// Fill over average stock, both policies over their dials.
pub fn fill_over_stock(title: &str, sweep: &Sweep) -> String {
    let of = |name, curve: Curve| {
        let point = |totals: Totals| (totals.average_stock(), 100.0 * totals.fill());
        let points = curve.0.iter().map(|one| point(one.groups.all()));
        Line { name, points: points.collect() }
    };
    let rule = of("1.5× rule, coefficient 0.75 … 4", Curve::of(&sweep.rule, |done| &done.main));
    let base = of("base stock, p .500 … .995", Curve::of(&sweep.base_stock, |done| &done.main));
    picture(title, "average stock, units per store × SKU", "fill, %", &[rule, base])
}

/// Share of empty shelves over 1 − p, with the line on which both are equal.
pub fn calibration(title: &str, rows: &[Calibration]) -> String {
    let allowed = rows.iter().map(|row| 100.0 * (1.0 - row.p));
    let equal = Line { name: "1 − p", points: allowed.clone().map(|share| (share, share)).collect() };
    let shares = rows.iter().map(|row| 100.0 * row.empty_share);
    let seen = Line { name: "seen", points: allowed.zip(shares).collect() };
    picture(title, "1 − p, %", "shelves that ran dry, %", &[equal, seen])
}

/// Where values lie on the picture.
struct Frame {
    x: (f64, f64),
    y: (f64, f64),
}

impl Frame {
    fn across(&self, x: f64) -> f64 {
        MARGIN + (x - self.x.0) / (self.x.1 - self.x.0) * (RIGHT - MARGIN)
    }

    fn up(&self, y: f64) -> f64 {
        HEIGHT - MARGIN - (y - self.y.0) / (self.y.1 - self.y.0) * (HEIGHT - 2.0 * MARGIN)
    }
}

fn picture(title: &str, x_name: &str, y_name: &str, lines: &[Line]) -> String {
    let all = || lines.iter().flat_map(|line| line.points.iter());
    let frame = Frame { x: range(all().map(|point| point.0)), y: range(all().map(|point| point.1)) };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    text(&mut svg, (WIDTH / 2.0, 24.0), "middle", title);
    text(&mut svg, (WIDTH / 2.0, HEIGHT - 12.0), "middle", x_name);
    text(&mut svg, (8.0, MARGIN - 16.0), "start", y_name);
    grid(&mut svg, &frame);
    let mut beside = HEIGHT - MARGIN;
    for (line, colour) in lines.iter().zip(COLOURS) {
        beside -= 16.0;
        draw(&mut svg, &frame, line, colour, beside);
    }
    svg.push_str("</svg>\n");
    svg
}

fn grid(svg: &mut String, frame: &Frame) {
    for step in 0..=4 {
        let part = f64::from(step) / 4.0;
        let x = frame.x.0 + part * (frame.x.1 - frame.x.0);
        let y = frame.y.0 + part * (frame.y.1 - frame.y.0);
        let height = frame.up(y);
        text(svg, (frame.across(x), HEIGHT - MARGIN + 18.0), "middle", &format!("{x:.1}"));
        text(svg, (MARGIN - 6.0, height + 4.0), "end", &format!("{y:.1}"));
        // a text takes every write, here and below
        let _ = writeln!(
            svg,
            "<line x1=\"{MARGIN}\" x2=\"{RIGHT}\" y1=\"{height:.1}\" y2=\"{height:.1}\" stroke=\"#e3e5e8\"/>"
        );
    }
}

fn draw(svg: &mut String, frame: &Frame, line: &Line, colour: &str, beside: f64) {
    let at = |(x, y): &(f64, f64)| (frame.across(*x), frame.up(*y));
    let path: Vec<String> = line.points.iter().map(at).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(
        svg,
        "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>",
        path.join(" ")
    );
    for (x, y) in line.points.iter().map(at) {
        let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
    }
    let _ = writeln!(
        svg,
        "<text x=\"{RIGHT}\" y=\"{beside:.1}\" text-anchor=\"end\" fill=\"{colour}\">{}</text>",
        line.name
    );
}

fn text(svg: &mut String, at: (f64, f64), anchor: &str, words: &str) {
    let _ =
        writeln!(svg, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{words}</text>", at.0, at.1);
}

/// From the least to the greatest, never empty.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (least, most) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), value| (a.min(value), b.max(value)));
    if most > least { (least, most) } else { (least - 1.0, least + 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_closed_and_stays_inside_its_frame() {
        let rows = [Calibration { p: 0.9, empty_share: 0.08 }, Calibration { p: 0.99, empty_share: 0.02 }];
        let svg = calibration("calibration", &rows);
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }
}
