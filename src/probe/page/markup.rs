//! Writing HTML and SVG: every element is closed, and every text is escaped, by construction.

use std::fmt::{self, Display, Write as _};

/// Attributes of an element.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a dyn Display)];

/// A document being written.  It is well-formed as XML too.
#[derive(Debug, Default)]
pub(super) struct Html {
    out: String,
    open: Vec<&'static str>,
}

impl Html {
    /// A document of HTML.
    pub(super) fn new() -> Self {
        Html { out: "<!DOCTYPE html>\n".to_owned(), open: Vec::new() }
    }

    /// Opens an element.
    pub(super) fn begin(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.tag(tag, attributes);
        self.out.push('>');
        self.open.push(tag);
    }

    /// Closes the element opened last.
    pub(super) fn end(&mut self) {
        if let Some(tag) = self.open.pop() {
            self.out.push_str("</");
            self.out.push_str(tag);
            self.out.push('>');
            // Where a line end means nothing, it makes the source readable.
            if matches!(
                tag,
                "p" | "tr"
                    | "li"
                    | "table"
                    | "svg"
                    | "g"
                    | "section"
                    | "h1"
                    | "h2"
                    | "h3"
                    | "style"
                    | "title"
            ) {
                self.out.push('\n');
            }
        }
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.tag(tag, attributes);
        self.out.push_str("/>");
    }

    /// An element with a text in it.
    pub(super) fn leaf(&mut self, tag: &'static str, attributes: Attributes<'_>, text: impl Display) {
        self.begin(tag, attributes);
        self.text(text);
        self.end();
    }

    /// A text.
    pub(super) fn text(&mut self, text: impl Display) {
        // Writing into a String does not fail.
        let _ = write!(Escape(&mut self.out), "{text}");
    }

    /// The style sheet: our own text, in which nothing needs to be escaped.
    pub(super) fn style(&mut self, css: &'static str) {
        self.begin("style", &[]);
        self.out.push_str(css);
        self.end();
    }

    /// The document; what is still open is closed.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.end();
        }
        self.out.push('\n');
        self.out
    }

    fn tag(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            let _ = write!(Escape(&mut self.out), "{value}");
            self.out.push('"');
        }
    }
}

/// Escapes what is written through it.
struct Escape<'a>(&'a mut String);

impl fmt::Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' => self.0.push('\n'),
                c if hidden(c) => self.0.push('\u{FFFD}'),
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

/// Characters that show nothing, or turn the text around them: a meter must not decide how a page reads.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
        || matches!(u32::from(c) & 0xFFFF, 0xFFFE | 0xFFFF)
}

/// A length in a drawing, to a tenth.
pub(super) struct Px(pub(super) f64);

impl Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0;
        // Not "-0".
        write!(f, "{}", if tenths == 0.0 { 0.0 } else { tenths })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_attributes_are_escaped() {
        let mut html = Html::default();
        html.begin("p", &[("title", &"\" onmouseover='x'")]);
        html.text("</script><img onerror=alert(1)> & \u{1b}[31m \u{202E}abc \u{FFFF}");
        assert_eq!(
            html.finish(),
            "<p title=\"&quot; onmouseover=&#39;x&#39;\">&lt;/script&gt;&lt;img onerror=alert(1)&gt; &amp; \
             \u{FFFD}[31m \u{FFFD}abc \u{FFFD}</p>\n\n"
        );
    }

    #[test]
    fn what_is_open_is_closed() {
        let mut html = Html::default();
        html.begin("ul", &[]);
        html.leaf("li", &[], 1);
        html.begin("li", &[]);
        html.empty("br", &[]);
        assert_eq!(html.finish(), "<ul><li>1</li>\n<li><br/></li>\n</ul>\n");
    }

    #[test]
    fn lengths_are_short() {
        let text = [1.0, 2.04, -0.01, 1234.56].map(|x| Px(x).to_string());
        assert_eq!(text, ["1", "2", "0", "1234.6"]);
    }
}
