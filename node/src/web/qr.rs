//! A picture that phones read (QR code), as SVG within the page: what it says is often for one reader alone.

use qrcode::{Color, EcLevel, QrCode};

/// White around it, in modules (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// The picture of a text; nothing where the text is too long for any.
pub(super) fn svg(text: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return String::new() };
    let (width, colors) = (code.width(), code.to_colors());
    let dark = colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark);
    let path: String = dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET)).collect();
    let size = width + 2 * QUIET;
    format!(
        r##"<svg class="qr" viewBox="0 0 {size} {size}" aria-hidden="true" focusable="false" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{path}"/></svg>"##
    )
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn a_picture_is_as_large_as_its_text_needs() {
        assert!(svg("commonweal").contains(r#"viewBox="0 0 29 29""#));
        assert!(svg(&"a".repeat(1_000)).len() > svg("a").len());
        assert_eq!(svg(&"a".repeat(10_000)), "");
    }
}
